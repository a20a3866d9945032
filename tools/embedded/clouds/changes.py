"""What a changed input does to a resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.runtime.proto.provider_pb2 import DiffResponse, PropertyDiff

_REPLACED_FOR = {
    "aws:ec2/subnet:Subnet": {"availabilityZone", "cidrBlock", "vpcId"},
    "aws:ec2/vpc:Vpc": {"cidrBlock"},
    "aws:eks/cluster:Cluster": {"name", "encryptionConfig", "kubernetesNetworkConfig"},
    "aws:eks/nodeGroup:NodeGroup": {"capacityType", "clusterName", "instanceTypes", "nodeGroupName", "subnetIds"},
    "azure-native:containerservice:ManagedCluster": {"location", "resourceGroupName", "resourceName"},
    "azure-native:network:VirtualNetwork": {"location", "resourceGroupName", "virtualNetworkName"},
    "gcp:compute/network:Network": {"name", "project"},
    "gcp:compute/subnetwork:Subnetwork": {"name", "network", "project", "region"},
    "gcp:container/cluster:Cluster": {"location", "name", "network", "project", "subnetwork"},
    "gcp:container/nodePool:NodePool": {"cluster", "location", "name", "project"},
}
"""What the real provider replaces a resource for. The SDK does not say, so this is what matters most and no more:
everything else is changed in place here."""

_ADDED, _DELETED, _CHANGED = 0, 1, 2
_KINDS = {
    _ADDED: (PropertyDiff.ADD, PropertyDiff.ADD_REPLACE),
    _DELETED: (PropertyDiff.DELETE, PropertyDiff.DELETE_REPLACE),
    _CHANGED: (PropertyDiff.UPDATE, PropertyDiff.UPDATE_REPLACE),
}


def differences(token: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> DiffResponse:
    """Compare inputs.

    Args:
        token: the type of what is made from them.
        before: from what it was made.
        after: from what it is to be made.
    """
    replaced_for = _REPLACED_FOR.get(token, set())
    detailed, replaces = {}, []
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            continue
        kind = _ADDED if name not in before else _DELETED if name not in after else _CHANGED
        replace = name in replaced_for
        detailed[name] = PropertyDiff(kind=_KINDS[kind][replace], inputDiff=True)
        if replace:
            replaces.append(name)
    return DiffResponse(
        changes=DiffResponse.DIFF_SOME if detailed else DiffResponse.DIFF_NONE,
        diffs=list(detailed),
        replaces=replaces,
        # Two clusters, or networks, of one name can't be side by side.
        deleteBeforeReplace=bool(replaces),
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )
