"""The cluster that a stack names: the one place that knows all kinds, and imports only the one that is asked for."""

from __future__ import annotations

from datetime import date

import pulumi

from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.settings import Settings
from components.settings.clouds.aks import AksCreation
from components.settings.clouds.eks import EksCreation
from components.settings.clouds.gke import GkeCreation

_Creation = EksCreation | GkeCreation | AksCreation


def connect(name: str, settings: Settings) -> ClusterConnection:
    """Make the cluster, or find the one that is there.

    A cloud's SDK takes more than a second to import, so only the one that is needed is.

    Args:
        name: the prefix of everything that is made for it.
        settings: what the stack says.

    Raises:
        pulumi.RunError: a kubeconfig that is not good.
    """
    cluster = settings.cluster
    if cluster.existing:
        from components.cluster.existing import ExistingCluster, ExistingClusterArgs

        existing = ExistingClusterArgs(cluster.existing.kubeconfig, cluster.existing.context)
        return ExistingCluster(name, existing).connection
    common = (settings.environment, settings.storage.classes, settings.protect)
    if cluster.eks:
        from components.cluster.eks import connection as eks

        _warn("eks", cluster.eks.create)
        return eks.connect(name, CloudClusterArgs(cluster.eks, *common))
    if cluster.gke:
        from components.cluster.gke import connection as gke

        _warn("gke", cluster.gke.create)
        return gke.connect(name, CloudClusterArgs(cluster.gke, *common))
    if cluster.aks:
        from components.cluster.aks import connection as aks

        _warn("aks", cluster.aks.create)
        return aks.connect(name, CloudClusterArgs(cluster.aks, *common))
    raise AssertionError("the settings let no stack without a cluster pass")


def _warn(kind: str, create: _Creation | None) -> None:
    """Say at every run that the cloud's support of a cluster's version ends."""
    if create and (notice := create.version.notice(date.today())):
        pulumi.log.warn(f"smarthr360:cluster.{kind}.create.version: {notice}")
