"""How the program reaches a cluster on AKS."""

from __future__ import annotations

from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.settings.clouds.aks import Aks


def connect(name: str, args: CloudClusterArgs[Aks]) -> ClusterConnection:
    """Make the cluster, or find the one that is there.

    Args:
        name: the prefix of everything that is made.
        args: see `CloudClusterArgs`.
    """
    raise NotImplementedError
