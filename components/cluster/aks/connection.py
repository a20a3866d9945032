"""How the program reaches a cluster on AKS."""

from __future__ import annotations

from components.cluster.aks.cluster import Aks
from components.cluster.aks.existing import ExistingAks
from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.settings.clouds.aks import Aks as AksSettings


def connect(name: str, args: CloudClusterArgs[AksSettings]) -> ClusterConnection:
    """Make the cluster, or find the one that is there.

    Args:
        name: the prefix of everything that is made.
        args: see `CloudClusterArgs`.

    Raises:
        pulumi.RunError: an override of what there is not.
    """
    create = args.settings.create
    return Aks(name, args, create).connection if create else ExistingAks(name, args).connection
