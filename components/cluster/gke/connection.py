"""How the program reaches a cluster on GKE."""

from __future__ import annotations

from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.settings.clouds.gke import Gke


def connect(name: str, args: CloudClusterArgs[Gke]) -> ClusterConnection:
    """Make the cluster, or find the one that is there.

    Args:
        name: the prefix of everything that is made.
        args: see `CloudClusterArgs`.
    """
    raise NotImplementedError
