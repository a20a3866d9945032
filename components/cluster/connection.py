"""What the rest of the program knows of a cluster, whichever kind it is, and how it is connected to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, Protocol, TypeVar

import pulumi
import pulumi_kubernetes as k8s

from components.settings import StorageClasses
from components.settings.cluster import Cluster

CloudSettings = TypeVar("CloudSettings")
Creation = TypeVar("Creation")


@dataclass(frozen=True)
class ClusterArgs:
    """Which cluster to connect to.

    Args:
        cluster: what the stack says of it.
        environment: which environment it is for; a tag of everything that is made.
        storage_classes: the names of its storage classes.
        protect: whether Pulumi and the cloud refuse to delete what is made.
    """

    cluster: Cluster
    environment: str
    storage_classes: StorageClasses
    protect: bool


@dataclass(frozen=True)
class CloudClusterArgs(Generic[CloudSettings, Creation]):
    """What a cloud's cluster is made from, or looked up by.

    Args:
        settings: which cluster it is.
        creation: how it is made; None for one that exists.
        environment: which environment it is for; a tag of everything that is made.
        storage_classes: the names of its storage classes.
        protect: whether Pulumi and the cloud refuse to delete it.
    """

    settings: CloudSettings
    creation: Creation
    environment: str
    storage_classes: StorageClasses
    protect: bool


@dataclass(frozen=True)
class SecretAccess:
    """How the pods of one ServiceAccount read one secret of the cloud's secret manager.

    Args:
        store: `spec.provider` of an external-secrets.io/v1 SecretStore, with its reference to the ServiceAccount.
        key: the secret's name there.
        annotations: what the ServiceAccount needs for its identity.
        granted: what has to exist first.
    """

    store: Mapping[str, Any]
    key: pulumi.Input[str]
    annotations: Mapping[str, pulumi.Input[str]]
    granted: tuple[pulumi.Resource, ...]


class SecretManager(Protocol):
    """Where a cloud keeps secrets."""

    def grant(
        self, name: str, namespace: str, service_account: str, key: str, opts: pulumi.ResourceOptions | None = None
    ) -> SecretAccess:
        """Let a ServiceAccount read one secret and nothing else, by the cloud's workload identity, without a key.

        Args:
            name: prefix of the names of what is made for it.
            namespace: the ServiceAccount's namespace.
            service_account: its name.
            key: which secret, such as `smarthr360/staging`; a cloud whose names take no slash gets a hyphen instead.
            opts: the usual resource options.
        """


@dataclass(frozen=True)
class ClusterConnection:
    """How to reach a cluster, and what is special about it.

    Args:
        provider: the Kubernetes provider of every object that Pulumi applies.
        kubeconfig: a kubeconfig file's path, or its content, which holds no credential.
        secret_manager: where its cloud keeps secrets; None for a cluster whose cloud is not known.
        tags: tags of what the cluster itself makes in its cloud and can tag, such as load balancers; none by default.
    """

    provider: k8s.Provider
    kubeconfig: pulumi.Input[str]
    secret_manager: SecretManager | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def connect(name: str, args: ClusterArgs) -> ClusterConnection:
    """Make the cluster, or look up the one that exists.

    This is the one function that knows all kinds. A cloud's SDK takes more than a second to import, so only the
    selected one is imported.

    Args:
        name: prefix of the names of all that is made.
        args: see `ClusterArgs`.

    Raises:
        pulumi.RunError: the kubeconfig can't be used, the cluster can't be looked up, or the stack file overrides a
            resource that does not exist.
    """
    cluster, common = args.cluster, (args.environment, args.storage_classes, args.protect)
    if cluster.creation and (notice := cluster.creation.version.notice(date.today())):
        pulumi.log.warn(f"smarthr360:cluster.{cluster.kind}.create.version: {notice}")
    if cluster.existing:
        from components.cluster.existing import ExistingCluster, ExistingClusterArgs

        existing = ExistingClusterArgs(cluster.existing.kubeconfig, cluster.existing.context)
        return ExistingCluster(name, existing).connection
    if eks := cluster.eks:
        from components.cluster.eks.cluster import EksCluster
        from components.cluster.eks.existing import ExistingEksCluster

        if eks.create:
            return EksCluster(name, CloudClusterArgs(eks, eks.create, *common)).connection
        return ExistingEksCluster(name, CloudClusterArgs(eks, None, *common)).connection
    if gke := cluster.gke:
        from components.cluster.gke.cluster import GkeCluster
        from components.cluster.gke.existing import ExistingGkeCluster

        if gke.create:
            return GkeCluster(name, CloudClusterArgs(gke, gke.create, *common)).connection
        return ExistingGkeCluster(name, CloudClusterArgs(gke, None, *common)).connection
    if aks := cluster.aks:
        from components.cluster.aks.cluster import AksCluster
        from components.cluster.aks.existing import ExistingAksCluster

        if aks.create:
            return AksCluster(name, CloudClusterArgs(aks, aks.create, *common)).connection
        return ExistingAksCluster(name, CloudClusterArgs(aks, None, *common)).connection
    raise AssertionError("the settings accept no stack without a cluster")
