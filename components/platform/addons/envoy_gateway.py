"""Envoy Gateway: it makes an Envoy of each Gateway."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.metadata import metadata
from components.platform.addons import addon
from components.platform.charts import Chart
from components.settings import Edge
from components.workloads.pod import container_security_context, pod_security_context

CHART = Chart(
    name="gateway-helm",
    repository="envoyproxy/gateway",
    tag="v1.6.0",
    version="1.6.0",
    app_version="v1.6.0",
    files={"charts/gateway-helm/values.tmpl.yaml": "values.yaml", "charts/gateway-helm": ""},
    digest="6ebec59e3969142b1c8f23644316683840ee9219f85a05bf386c42b6e6bf1cd5",
)

IMAGE = f"docker.io/envoyproxy/gateway:{CHART.app_version}"

CONTROLLER = "gateway.envoyproxy.io/gatewayclass-controller"

CERTGEN = "envoy-gateway-certgen"

SECRETS = ("envoy-gateway", "envoy", "envoy-rate-limit", "envoy-oidc-hmac")
"""What its Job makes."""

USER = 65532


def args(production: bool, namespace: str) -> addon.AddonArgs:
    """What it is installed with.

    Args:
        production: whether there are two of it, and Pulumi refuses to delete its namespace.
        namespace: the namespace that it and its Envoys are in.
    """
    values: dict[str, Any] = {
        # The chart's own are filled in when it is packed.
        "global": {"images": {"envoyGateway": {"image": IMAGE, "pullPolicy": "IfNotPresent"}}},
        "deployment": {
            "replicas": 2 if production else 1,
            "envoyGateway": {"resources": addon.resources("100m 1", "256Mi 1Gi")},
        },
        "podDisruptionBudget": {"minAvailable": 1 if production else 0},
        # A webhook for all pods of the namespace, whose certificate a hook of Helm's would put in.
        "topologyInjector": {"enabled": False},
    }
    return addon.AddonArgs(CHART, namespace, values, protect=production)


def install(name: str, edge: Edge, production: bool, parent: pulumi.Resource) -> list[pulumi.Resource]:
    """Install it, with its certificates and the class that Gateways name.

    Args:
        name: the prefix of Pulumi's names.
        edge: what the class, and its namespace, are called.
        production: see `args`; each Gateway then has three Envoys.
        parent: the parent, which has the cluster's provider.

    Returns:
        What has to be there before anything that needs it.
    """
    made = addon.install(name, args(production, edge.namespace), parent)
    namespace, *_ = made
    # Its pods wait for them, and the chart for its pods.
    _certificates(name, edge.namespace, parent, [namespace])
    _class(name, edge, production, pulumi.ResourceOptions(parent=parent, depends_on=made))
    return made


def _certificates(name: str, namespace: str, parent: pulumi.Resource, before: list[pulumi.Resource]) -> None:
    """Make the certificates by which Envoy Gateway and its Envoys know each other.

    The chart does so in a hook of Helm's, which nobody runs here; this is the same Job. A new version has a new one,
    which keeps the certificates that are there.
    """
    opts = pulumi.ResourceOptions(parent=parent, depends_on=before)
    own = metadata(CERTGEN, namespace, None)
    account = k8s.core.v1.ServiceAccount(f"{name}-certgen-account", metadata=own, opts=opts)
    # Nobody can be allowed to create by name.
    rules = [
        k8s.rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["secrets"], verbs=["create"]),
        k8s.rbac.v1.PolicyRuleArgs(
            api_groups=[""], resources=["secrets"], resource_names=[*SECRETS], verbs=["get", "update"]
        ),
    ]
    role = k8s.rbac.v1.Role(f"{name}-certgen-role", metadata=own, rules=rules, opts=opts)
    binding = k8s.rbac.v1.RoleBinding(
        f"{name}-certgen-binding",
        metadata=own,
        role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=role.metadata.name),
        subjects=[k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=account.metadata.name, namespace=namespace)],
        opts=opts,
    )
    bounds = addon.resources("10m 500m", "64Mi 256Mi")
    container = k8s.core.v1.ContainerArgs(
        name="certgen",
        image=IMAGE,
        command=["envoy-gateway", "certgen"],
        env=[k8s.core.v1.EnvVarArgs(name="ENVOY_GATEWAY_NAMESPACE", value=namespace)],
        resources=k8s.core.v1.ResourceRequirementsArgs(requests=bounds["requests"], limits=bounds["limits"]),
        security_context=container_security_context(),
    )
    pod = k8s.core.v1.PodSpecArgs(
        service_account_name=account.metadata.name,
        restart_policy="Never",
        security_context=pod_security_context(USER),
        containers=[container],
    )
    k8s.batch.v1.Job(
        f"{name}-certgen-job",
        metadata=metadata(f"{CERTGEN}-{CHART.version.replace('.', '-')}", namespace, None),
        spec=k8s.batch.v1.JobSpecArgs(backoff_limit=3, template=k8s.core.v1.PodTemplateSpecArgs(spec=pod)),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*before, binding], delete_before_replace=True),
    )


def _class(name: str, edge: Edge, production: bool, opts: pulumi.ResourceOptions) -> None:
    """Make the class of Gateways, and say how its Envoys run."""
    kubernetes = {
        "envoyDeployment": {
            "replicas": 3 if production else 1,
            "container": {"resources": addon.resources("100m 2", "256Mi 1Gi")},
        },
        # So that Envoy sees the client's address.
        "envoyService": {"type": "LoadBalancer", "externalTrafficPolicy": "Local"},
        **({"envoyPDB": {"minAvailable": 2}} if production else {}),
    }
    k8s.apiextensions.CustomResource(
        f"{name}-proxy",
        api_version="gateway.envoyproxy.io/v1alpha1",
        kind="EnvoyProxy",
        metadata=metadata(edge.class_name, edge.namespace, None),
        spec={"provider": {"type": "Kubernetes", "kubernetes": kubernetes}},
        opts=opts,
    )
    parameters = {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy"}
    k8s.apiextensions.CustomResource(
        f"{name}-class",
        api_version="gateway.networking.k8s.io/v1",
        kind="GatewayClass",
        metadata=metadata(edge.class_name, None, None),
        spec={
            "controllerName": CONTROLLER,
            "parametersRef": {**parameters, "name": edge.class_name, "namespace": edge.namespace},
        },
        opts=opts,
    )
