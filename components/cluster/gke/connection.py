"""How the program reaches a cluster on GKE."""

from __future__ import annotations

from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.gke.cluster import Gke as MadeGke
from components.cluster.gke.existing import ExistingGke
from components.settings.clouds.gke import Gke


def connect(name: str, args: CloudClusterArgs[Gke]) -> ClusterConnection:
    """Make the cluster, or find the one that is there.

    Args:
        name: the prefix of everything that is made.
        args: see `CloudClusterArgs`.

    Raises:
        pulumi.RunError: `overrides` names a resource that there is not.
    """
    return (MadeGke if args.settings.create else ExistingGke)(name, args).connection
