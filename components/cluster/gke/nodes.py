"""The nodes of a cluster on GKE, and who they are."""

from __future__ import annotations

import math

import pulumi
import pulumi_gcp as gcp

from components.cluster.gke.keys import Keys
from components.settings.clouds.gke import GkeNodes

ROLES = {
    # Writes logs and metrics, and no more: Google's own least for a node.
    "telemetry": "roles/container.defaultNodeServiceAccount",
    # Images that are mirrored into the project's own registry.
    "images": "roles/artifactregistry.reader",
}
"""What nodes may do in the project; pods never have these rights."""

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""The old limit beside IAM, switched off: the account's roles say what it may do."""

_ZONES = 3
_UPGRADE = "8h"  # a hundred nodes one after the other; the provider's own half an hour is enough for some six
_GIBIBYTE = 2**30


def make_account(
    name: str, cluster: str, project: str, opts: pulumi.ResourceOptions
) -> tuple[gcp.serviceaccount.Account, tuple[pulumi.Resource, ...]]:
    """Make the account that nodes act as, instead of the project's default one, which may do nearly everything.

    Children: `<name>-node-account`, `<name>-node-role-<role>`.

    Args:
        name: the prefix of the children's names.
        cluster: the cluster's name, which the account's begins with.
        project: where it has its roles.
        opts: options of each.

    Returns:
        The account, and its roles, without which no node becomes ready.
    """
    account = gcp.serviceaccount.Account(
        f"{name}-node-account",
        gcp.serviceaccount.AccountArgs(account_id=f"{cluster}-nodes", display_name=f"Nodes of {cluster}"),
        opts,
    )
    roles = tuple(
        gcp.projects.IAMMember(
            f"{name}-node-role-{key}",
            gcp.projects.IAMMemberArgs(project=project, role=role, member=account.member),
            opts,
        )
        for key, role in ROLES.items()
    )
    return account, roles


def make_nodes(
    name: str,
    cluster: gcp.container.Cluster,
    account: gcp.serviceaccount.Account,
    keys: Keys,
    settings: GkeNodes,
    labels: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> gcp.container.NodePool:
    """Make a pool of private nodes over the region's zones, which repairs, patches and scales itself.

    With another minor version of the control plane they are upgraded at once, one after the other.

    Child: `<name>-nodes`. It has no fixed name, so that with another machine type the new pool is there before the old
    one goes.

    Args:
        name: the prefix of the child's name.
        cluster: whose nodes they are.
        account: what they act as.
        keys: what their disks are encrypted with.
        settings: what the stack says of them.
        labels: labels of their machines and disks.
        opts: options of the pool.
    """
    return gcp.container.NodePool(
        f"{name}-nodes",
        gcp.container.NodePoolArgs(
            cluster=cluster.id,
            # The exclusion that keeps the minor version keeps the nodes', too. So they follow what the control plane
            # has come to, which is never behind what GKE's own upgrades have given them.
            version=cluster.master_version,
            initial_node_count=math.ceil(settings.min / _ZONES),
            autoscaling=gcp.container.NodePoolAutoscalingArgs(
                total_min_node_count=settings.min,
                total_max_node_count=settings.max,
                # Spare capacity is taken where there is some; other nodes are spread evenly over the zones.
                location_policy="ANY" if settings.spot else "BALANCED",
            ),
            management=gcp.container.NodePoolManagementArgs(auto_repair=True, auto_upgrade=True),
            upgrade_settings=gcp.container.NodePoolUpgradeSettingsArgs(
                strategy="SURGE", max_surge=1, max_unavailable=0
            ),
            network_config=gcp.container.NodePoolNetworkConfigArgs(enable_private_nodes=True),
            node_config=gcp.container.NodePoolNodeConfigArgs(
                machine_type=settings.machine,
                spot=settings.spot,
                image_type="COS_CONTAINERD",
                disk_type="pd-balanced",
                disk_size_gb=math.ceil(settings.disk.value / _GIBIBYTE),
                boot_disk_kms_key=keys.volumes.id,
                service_account=account.email,
                oauth_scopes=[SCOPE],
                gvnic=gcp.container.NodePoolNodeConfigGvnicArgs(enabled=True),
                shielded_instance_config=gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgs(
                    enable_secure_boot=True, enable_integrity_monitoring=True
                ),
                workload_metadata_config=gcp.container.NodePoolNodeConfigWorkloadMetadataConfigArgs(
                    mode="GKE_METADATA"
                ),
                metadata={"disable-legacy-endpoints": "true"},
                kubelet_config=gcp.container.NodePoolNodeConfigKubeletConfigArgs(
                    insecure_kubelet_readonly_port_enabled="FALSE"
                ),
                resource_labels=labels,
            ),
        ),
        # The autoscaler changes the count, and another first one would replace the pool.
        pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                ignore_changes=["initialNodeCount"], custom_timeouts=pulumi.CustomTimeouts(update=_UPGRADE)
            ),
        ),
    )
