"""Envoy Gateway: it makes an Envoy of each Gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import metadata
from components.platform.addons import addon
from components.platform.charts import Chart, Edit
from components.settings import Edge

CHART = Chart(
    name="gateway-helm",
    repository="envoyproxy/gateway",
    tag="v1.6.0",
    version="1.6.0",
    app_version="v1.6.0",
    files={"charts/gateway-helm/values.tmpl.yaml": "values.yaml", "charts/gateway-helm": ""},
    # Nobody runs hooks here, and one is the Job that makes the certificates by which it and its Envoys know each other.
    edits=(Edit("templates/certgen", rb'^ *"?helm\.sh/hook.*\n'),),
    digest="6ebec59e3969142b1c8f23644316683840ee9219f85a05bf386c42b6e6bf1cd5",
)

IMAGE = f"docker.io/envoyproxy/gateway:{CHART.app_version}"

CONTROLLER = "gateway.envoyproxy.io/gatewayclass-controller"


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
        "certgen": {
            "job": {
                "resources": addon.resources("10m 500m", "64Mi 256Mi"),
                # Never: Pulumi would make a Job anew that it misses.
                "ttlSecondsAfterFinished": 2**31 - 1,
            }
        },
        # A webhook for all pods of the namespace, whose certificate that Job would put in as well.
        "topologyInjector": {"enabled": False},
    }
    return addon.AddonArgs(CHART, namespace, values, protect=production, annotated=("deployment.annotations",))


def install(
    name: str, edge: Edge, load_balancer: Mapping[str, str], production: bool, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """Install it, with the class that Gateways name.

    Args:
        name: the prefix of Pulumi's names.
        edge: what the class, and its namespace, are called.
        load_balancer: annotations of the Service by which the world reaches the Envoys.
        production: see `args`; each Gateway then has three Envoys.
        parent: the parent, which has the cluster's provider.

    Returns:
        What has to be there before anything that needs it.
    """
    installed = addon.install(name, args(production, edge.namespace), parent)
    _class(name, edge, load_balancer, production, pulumi.ResourceOptions(parent=parent, depends_on=installed))
    return installed


def _class(
    name: str, edge: Edge, load_balancer: Mapping[str, str], production: bool, opts: pulumi.ResourceOptions
) -> None:
    """Make the class of Gateways, and say how its Envoys run."""
    kubernetes = {
        "envoyDeployment": {
            "replicas": 3 if production else 1,
            "container": {"resources": addon.resources("100m 2", "256Mi 1Gi")},
        },
        # Local: so that no node on the way puts its own address in the place of the client's.
        "envoyService": {
            "type": "LoadBalancer",
            "externalTrafficPolicy": "Local",
            **({"annotations": dict(load_balancer)} if load_balancer else {}),
        },
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
