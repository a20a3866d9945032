"""Monitoring: the Prometheus operator, and one Prometheus for all ServiceMonitors and rules of the cluster."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import metadata
from components.platform.addons import addon
from components.platform.charts import Chart, Edit

VERBS = (b"create", b"delete", b"deletecollection", b"get", b"list", b"patch", b"update", b"watch")
"""All verbs, of which the bundle's role has none by name."""

CHART = Chart(
    name="prometheus-operator",
    repository="prometheus-operator/prometheus-operator",
    tag="v0.85.0",
    version="0.85.0",
    app_version="v0.85.0",
    # No chart of its project's, but all that it needs, made for one namespace.
    files={"bundle.yaml": "templates/bundle.yaml"},
    edits=(
        Edit("templates/", rb"^  namespace: default$", b"  namespace: {{ .Release.Namespace }}"),
        Edit("templates/", rb"^( +)memory: [12]00Mi$", rb"\g<0>\n\1ephemeral-storage: 64Mi"),
        Edit(
            "templates/",
            rb"^kind: Deployment\nmetadata:$",
            rb"\g<0>\n  annotations: {{ .Values.annotations | toJson }}",
        ),
        Edit("templates/", rb"^  - '\*'$", b"\n".join(b"  - " + verb for verb in VERBS)),
    ),
    digest="2f44af7f50d1d97c4442ad6663c29b36053521fc6503bfab89b8e91f5092d267",
)

IMAGE = "quay.io/prometheus/prometheus:v3.5.0"

NAME = "prometheus"

RETENTION = "15d"
STORAGE = "50Gi"


def install(
    name: str, namespace: str, storage_class: str, production: bool, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """Install the operator, and have it make a Prometheus.

    Args:
        name: the prefix of Pulumi's names.
        namespace: the namespace that is made for both.
        storage_class: class of Prometheus's ReadWriteOnce volume.
        production: whether there are two of Prometheus, and Pulumi refuses to delete the namespace.
        parent: the parent, which has the cluster's provider.

    Returns:
        What has to be there before anything that needs it.
    """
    installed = addon.install(
        name, addon.AddonArgs(CHART, namespace, {}, protect=production, annotated=("annotations",)), parent
    )
    opts = pulumi.ResourceOptions(parent=parent, depends_on=installed)
    own, everywhere = metadata(NAME, namespace, None), metadata("smarthr360-prometheus", None, None)
    account = k8s.core.v1.ServiceAccount(
        f"{name}-account", metadata=own, automount_service_account_token=False, opts=opts
    )
    look = ["get", "list", "watch"]
    role = k8s.rbac.v1.ClusterRole(
        f"{name}-role",
        metadata=everywhere,
        rules=[
            k8s.rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["services", "endpoints", "pods"], verbs=look),
            k8s.rbac.v1.PolicyRuleArgs(api_groups=["discovery.k8s.io"], resources=["endpointslices"], verbs=look),
        ],
        opts=opts,
    )
    k8s.rbac.v1.ClusterRoleBinding(
        f"{name}-binding",
        metadata=everywhere,
        role_ref=k8s.rbac.v1.RoleRefArgs(
            api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=role.metadata.name
        ),
        subjects=[k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=account.metadata.name, namespace=namespace)],
        opts=opts,
    )
    everything: dict[str, object] = {}
    k8s.apiextensions.CustomResource(
        f"{name}-prometheus",
        api_version="monitoring.coreos.com/v1",
        kind="Prometheus",
        metadata=own,
        spec={
            "image": IMAGE,
            "version": IMAGE.rpartition(":")[2],
            "replicas": 2 if production else 1,
            "serviceAccountName": account.metadata.name,
            "serviceMonitorSelector": everything,
            "serviceMonitorNamespaceSelector": everything,
            "ruleSelector": everything,
            "ruleNamespaceSelector": everything,
            "retention": RETENTION,
            "resources": addon.resources("100m 2", "512Mi 2Gi"),
            "storage": {
                "volumeClaimTemplate": {
                    "spec": {"storageClassName": storage_class, "resources": {"requests": {"storage": STORAGE}}}
                }
            },
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65534,
                "runAsGroup": 65534,
                "fsGroup": 65534,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        },
        opts=opts,
    )
    return installed
