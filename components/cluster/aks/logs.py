"""The logs of a cluster on AKS: of its control plane, and of the use of its keys."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import containerservice, keyvault, monitor, operationalinsights

from components.cluster.aks.group import Group

CONTROL_PLANE = (
    *("kube-apiserver", "kube-controller-manager", "kube-scheduler", "cloud-controller-manager"),
    *("cluster-autoscaler", "guard", "kube-audit-admin"),
)
"""`kube-audit-admin` is the audit log without what only reads, which is most of it and most of the price; `guard` says
who came in by Entra ID."""


@dataclass(frozen=True)
class LogsArgs:
    """What the logs are made from.

    Args:
        group: the cluster's resource group.
        cluster: the cluster.
        vault: the vault of its keys.
        days: for how many days they are kept.
    """

    group: Group
    cluster: containerservice.ManagedCluster
    vault: keyvault.Vault
    days: int


def make_logs(name: str, args: LogsArgs, opts: pulumi.ResourceOptions) -> None:
    """Send the logs of the control plane, and of the use of keys, to a workspace.

    The workspace is encrypted with Azure's key: one's own needs a dedicated Log Analytics cluster, of at least 100 GB a
    day. Children: `<name>-logs`, `<name>-control-plane-logs` and `<name>-vault-logs`.

    Args:
        name: prefix of the children's names.
        args: see `LogsArgs`.
        opts: options of each.
    """
    group = args.group
    workspace = operationalinsights.Workspace(
        f"{name}-logs",
        workspace_name=f"{group.cluster}-logs",
        **group.common,
        sku=operationalinsights.WorkspaceSkuArgs(name=operationalinsights.WorkspaceSkuNameEnum.PER_GB2018),
        retention_in_days=args.days,
        opts=opts,
    )

    def send(what: str, source: pulumi.Input[str], categories: tuple[str, ...]) -> None:
        monitor.DiagnosticSetting(
            f"{name}-{what}",
            name="logs",
            resource_uri=source,
            workspace_id=workspace.id,
            log_analytics_destination_type="Dedicated",  # a table for each kind, cheaper and quicker to ask
            logs=[monitor.DiagnosticsLogSettingsArgs(category=category, enabled=True) for category in categories],
            opts=opts,
        )

    send("control-plane-logs", args.cluster.id, CONTROL_PLANE)
    send("vault-logs", args.vault.id, ("AuditEvent",))
