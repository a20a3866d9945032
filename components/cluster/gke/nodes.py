"""The nodes of a cluster on GKE, and who they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.cluster.gke.keys import Keys
from components.cluster.options import extended
from components.settings.clouds.gke import GkeNodes

ROLES = {
    # Writes logs and metrics, and no more: Google's own least for a node.
    "telemetry": "roles/container.defaultNodeServiceAccount",
    # Images that are mirrored into the project's own registry.
    "images": "roles/artifactregistry.reader",
}
"""What nodes are allowed to do in the project; pods never have these rights."""

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""The old limit beside IAM, switched off: the account's roles decide what it is allowed to do."""

_ZONES = 3
_UPGRADE = "8h"  # a hundred nodes one after the other; the provider's own half an hour is enough for some six
_GIBIBYTE = 2**30


@dataclass(frozen=True)
class NodeAccountArgs:
    """What the nodes' account is made from.

    Args:
        cluster: the cluster's name, which the account's begins with.
        project: the project in which it has its roles.
    """

    cluster: str
    project: str


@dataclass(frozen=True)
class NodeAccount:
    """The account that nodes act as.

    Attributes:
        account: the account.
        roles: its roles, without which no node becomes ready.
    """

    account: gcp.serviceaccount.Account
    roles: tuple[pulumi.Resource, ...]


@dataclass(frozen=True)
class NodesArgs:
    """What the nodes are made from.

    Args:
        cluster: whose nodes they are.
        account: the account that they act as.
        keys: what their disks are encrypted with.
        nodes: what the stack says of them.
        labels: labels of their machines and disks.
    """

    cluster: gcp.container.Cluster
    account: gcp.serviceaccount.Account
    keys: Keys
    nodes: GkeNodes
    labels: Mapping[str, str]


def make_node_account(name: str, args: NodeAccountArgs, opts: pulumi.ResourceOptions) -> NodeAccount:
    """Make the account that nodes act as, instead of the project's default one, which has nearly all rights.

    Children: `<name>-node-account`, `<name>-node-role-<role>`.

    Args:
        name: the prefix of the children's names.
        args: see `NodeAccountArgs`.
        opts: options of each.
    """
    account = gcp.serviceaccount.Account(
        f"{name}-node-account",
        gcp.serviceaccount.AccountArgs(account_id=f"{args.cluster}-nodes", display_name=f"Nodes of {args.cluster}"),
        opts,
    )
    roles = tuple(
        gcp.projects.IAMMember(
            f"{name}-node-role-{key}",
            gcp.projects.IAMMemberArgs(project=args.project, role=role, member=account.member),
            opts,
        )
        for key, role in ROLES.items()
    )
    return NodeAccount(account, roles)


def make_nodes(name: str, args: NodesArgs, opts: pulumi.ResourceOptions) -> gcp.container.NodePool:
    """Make a pool of private nodes over the region's zones, which repairs, patches and scales itself.

    With another minor version of the control plane they are upgraded at once, one after the other.

    Child: `<name>-nodes`. It has no fixed name, so that with another machine type the new pool is there before the old
    one goes.

    Args:
        name: the prefix of the child's name.
        args: see `NodesArgs`.
        opts: options of the pool.
    """
    cluster, nodes = args.cluster, args.nodes
    return gcp.container.NodePool(
        f"{name}-nodes",
        gcp.container.NodePoolArgs(
            cluster=cluster.id,
            # The exclusion that keeps the minor version keeps the nodes', too. So they follow what the control plane
            # has come to, which is never behind what GKE's own upgrades have given them.
            version=cluster.master_version,
            initial_node_count=math.ceil(nodes.min / _ZONES),
            autoscaling=gcp.container.NodePoolAutoscalingArgs(
                total_min_node_count=nodes.min,
                total_max_node_count=nodes.max,
                # Spare capacity is taken where there is some; other nodes are spread evenly over the zones.
                location_policy="ANY" if nodes.spot else "BALANCED",
            ),
            management=gcp.container.NodePoolManagementArgs(auto_repair=True, auto_upgrade=True),
            upgrade_settings=gcp.container.NodePoolUpgradeSettingsArgs(
                strategy="SURGE", max_surge=1, max_unavailable=0
            ),
            network_config=gcp.container.NodePoolNetworkConfigArgs(enable_private_nodes=True),
            node_config=gcp.container.NodePoolNodeConfigArgs(
                machine_type=nodes.machine,
                spot=nodes.spot,
                image_type="COS_CONTAINERD",
                disk_type="pd-balanced",
                disk_size_gb=math.ceil(nodes.disk.value / _GIBIBYTE),
                boot_disk_kms_key=args.keys.volumes.id,
                service_account=args.account.email,
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
                resource_labels=args.labels,
            ),
        ),
        # The autoscaler changes the count, and another first one would replace the pool.
        extended(opts, ignore_changes=["initialNodeCount"], custom_timeouts=pulumi.CustomTimeouts(update=_UPGRADE)),
    )
