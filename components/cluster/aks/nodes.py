"""The nodes of a cluster on AKS."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import containerservice as aks

from components.cluster.aks.group import Group
from components.cluster.aks.network import ZONES
from components.cluster.options import extended
from components.settings.clouds.aks import SPOT_TAINT, AksCreation, AksNodes
from units import Size

_SYSTEM_DISK = 64  # GiB; the size P6
_SECURITY = aks.AgentPoolSecurityProfileArgs(enable_secure_boot=True, enable_vtpm=True)
"""Nothing of SSH: to switch its service off is a preview, which has to be registered (DisableSSHPreview). Without a key
of ours, AKS makes one and throws it away, so nobody logs in (learn.microsoft.com/azure/aks/manage-ssh-node-access)."""


@dataclass(frozen=True)
class NodesArgs:
    """What the nodes are made from.

    Args:
        group: the cluster's resource group.
        cluster: whose nodes they are.
        creation: what the stack says of the cluster.
        subnet: id of the subnet of all nodes.
    """

    group: Group
    cluster: aks.ManagedCluster
    creation: AksCreation
    subnet: pulumi.Input[str]


def system_nodes(
    creation: AksCreation, subnet: pulumi.Input[str], tags: Mapping[str, str]
) -> aks.ManagedClusterAgentPoolProfileArgs:
    """Return the pool that every cluster has: for the cluster's own pods, and for nothing else.

    With spot nodes it takes other pods, too: a pod that does not tolerate spot nodes has to run somewhere.

    Args:
        creation: what the stack says of the cluster.
        subnet: id of the subnet of all nodes.
        tags: tags of the nodes.
    """
    nodes = creation.system_nodes
    return aks.ManagedClusterAgentPoolProfileArgs(
        name="system",
        mode=aks.AgentPoolMode.SYSTEM,
        node_taints=[] if creation.nodes.spot else ["CriticalAddonsOnly=true:NoSchedule"],
        vm_size=nodes.machine,
        count=nodes.min,
        min_count=nodes.min,
        max_count=nodes.max,
        os_disk_size_gb=_SYSTEM_DISK,
        upgrade_settings=aks.AgentPoolUpgradeSettingsArgs(max_surge="33%"),
        type=aks.AgentPoolType.VIRTUAL_MACHINE_SCALE_SETS,
        orchestrator_version=creation.version,
        availability_zones=ZONES,
        vnet_subnet_id=subnet,
        os_type=aks.OSType.LINUX,
        os_sku=aks.OSSKU.AZURE_LINUX,
        # Not Ephemeral: such disks take a new version of their key only when the pool is scaled to nothing.
        os_disk_type=aks.OSDiskType.MANAGED,
        enable_auto_scaling=True,
        enable_encryption_at_host=True,
        enable_node_public_ip=False,
        security_profile=_SECURITY,
        tags=tags,
    )


def make_nodes(name: str, args: NodesArgs, opts: pulumi.ResourceOptions) -> aks.AgentPool:
    """Make the pool that the workloads run on, over three zones. Child: `<name>-nodes`.

    Args:
        name: prefix of its name.
        args: see `NodesArgs`.
        opts: its resource options.
    """
    creation = args.creation
    nodes = creation.nodes
    spot = nodes.spot
    return aks.AgentPool(
        f"{name}-nodes",
        agent_pool_name=pool_name(nodes),
        resource_group_name=args.group.name,
        resource_name_=args.cluster.name,
        mode=aks.AgentPoolMode.USER,
        vm_size=nodes.machine,
        count=nodes.min,
        min_count=nodes.min,
        max_count=nodes.max,
        os_disk_size_gb=gibibytes(nodes.disk),
        scale_set_priority=aks.ScaleSetPriority.SPOT if spot else aks.ScaleSetPriority.REGULAR,
        scale_set_eviction_policy=aks.ScaleSetEvictionPolicy.DELETE if spot else None,
        spot_max_price=-1 if spot else None,  # up to the price of regular nodes
        node_taints=["{}={}:NoSchedule".format(*SPOT_TAINT)] if spot else None,
        # Spot nodes have no surge: Azure does not always have one more.
        upgrade_settings=None if spot else aks.AgentPoolUpgradeSettingsArgs(max_surge="33%"),
        type=aks.AgentPoolType.VIRTUAL_MACHINE_SCALE_SETS,
        orchestrator_version=creation.version,
        availability_zones=ZONES,
        vnet_subnet_id=args.subnet,
        os_type=aks.OSType.LINUX,
        os_sku=aks.OSSKU.AZURE_LINUX,
        os_disk_type=aks.OSDiskType.MANAGED,
        enable_auto_scaling=True,
        enable_encryption_at_host=True,
        enable_node_public_ip=False,
        security_profile=_SECURITY,
        tags=args.group.tags,
        # How many there are is the autoscaler's.
        opts=extended(opts, ignore_changes=["count"]),
    )


def pool_name(nodes: AksNodes) -> str:
    """A pool's name, of at most 12 lower-case letters and digits, that says what can't be changed of a pool.

    So other machines come as a new pool: it is there before the old one is drained and deleted.
    """
    fixed = f"{nodes.machine} {nodes.disk} {nodes.spot}"
    return f"work{hashlib.sha256(fixed.encode()).hexdigest()[:8]}"


def gibibytes(size: Size) -> int:
    """A size in whole GiB, rounded up."""
    return math.ceil(size.value / 2**30)
