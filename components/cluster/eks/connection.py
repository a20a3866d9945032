"""How the program reaches a cluster on EKS."""

from __future__ import annotations

from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.eks.cluster import EksCluster
from components.cluster.eks.existing import ExistingEksCluster
from components.settings.clouds.eks import Eks


def connect(name: str, args: CloudClusterArgs[Eks]) -> ClusterConnection:
    """Make the cluster, or find the one that is there.

    Args:
        name: the prefix of everything that is made.
        args: see `CloudClusterArgs`.

    Raises:
        pulumi.RunError: the overrides name a resource that there is not, or one of the administrators is who makes it.
    """
    if creation := args.settings.create:
        return EksCluster(name, args, creation).connection
    return ExistingEksCluster(name, args).connection
