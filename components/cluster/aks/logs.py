"""What a cluster on AKS writes down about itself, and for how long that is kept."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import containerservice, keyvault, monitor, operationalinsights

from components.cluster.aks.context import Place

CONTROL_PLANE = (
    *("kube-apiserver", "kube-controller-manager", "kube-scheduler", "cloud-controller-manager"),
    *("cluster-autoscaler", "guard", "kube-audit-admin"),
)
"""`kube-audit-admin` is the audit log without what only reads, which is most of it and most of the price; `guard` says
who came in by Entra ID."""


def keep_logs(place: Place, cluster: containerservice.ManagedCluster, vault: keyvault.Vault, retention: int) -> None:
    """Send the logs of the control plane, and of the use of keys, to a workspace.

    The workspace is encrypted with Azure's key: one's own needs a dedicated Log Analytics cluster, of at least 100 GB a
    day. Children: `<name>-logs`, `<name>-control-plane-logs` and `<name>-vault-logs`.

    Args:
        place: where.
        cluster: the cluster.
        vault: the vault of its keys.
        retention: days for which logs are kept.
    """
    workspace = operationalinsights.Workspace(
        f"{place.name}-logs",
        workspace_name=f"{place.cluster}-logs",
        resource_group_name=place.group,
        location=place.region,
        sku=operationalinsights.WorkspaceSkuArgs(name=operationalinsights.WorkspaceSkuNameEnum.PER_GB2018),
        retention_in_days=retention,
        tags=place.tags,
        opts=place.options,
    )
    _send(place, "control-plane-logs", cluster.id, CONTROL_PLANE, workspace)
    _send(place, "vault-logs", vault.id, ("AuditEvent",), workspace)


def _send(
    place: Place,
    what: str,
    source: pulumi.Input[str],
    categories: tuple[str, ...],
    workspace: operationalinsights.Workspace,
) -> None:
    monitor.DiagnosticSetting(
        f"{place.name}-{what}",
        name="logs",
        resource_uri=source,
        workspace_id=workspace.id,
        log_analytics_destination_type="Dedicated",  # a table for each kind, cheaper and quicker to ask
        logs=[monitor.DiagnosticsLogSettingsArgs(category=category, enabled=True) for category in categories],
        opts=place.options,
    )
