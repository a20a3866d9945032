"""What the rest of the program knows of a cluster, whichever kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import pulumi
import pulumi_kubernetes as k8s

from components.settings import StorageClasses

CloudSettings = TypeVar("CloudSettings")


@dataclass(frozen=True)
class CloudClusterArgs(Generic[CloudSettings]):
    """What a cloud's cluster is made from, or found by.

    Args:
        settings: what the stack says of it.
        environment: which environment it is for; a tag of everything that is made.
        storage_classes: what its storage classes are called.
        protect: whether Pulumi and the cloud refuse to delete it.
    """

    settings: CloudSettings
    environment: str
    storage_classes: StorageClasses
    protect: bool


@dataclass(frozen=True)
class SecretAccess:
    """How the pods of one ServiceAccount read one secret of the cloud's secret manager.

    Args:
        store: `spec.provider` of an external-secrets.io/v1 SecretStore, with its reference to the ServiceAccount.
        key: what the secret is called there.
        annotations: what the ServiceAccount has to say for its identity.
        granted: what has to be there first.
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
            namespace: where the ServiceAccount is.
            service_account: its name.
            key: which secret, such as `smarthr360/staging`; a cloud may have to write it in another way.
            opts: the usual resource options.
        """


@dataclass(frozen=True)
class ClusterConnection:
    """How to reach a cluster, and what is special about it.

    Args:
        provider: the Kubernetes provider of every object that Pulumi applies.
        kubeconfig: a kubeconfig file's path, or its content: without a credential that lasts.
        secret_manager: where its cloud keeps secrets; None for a cluster that has no cloud that we know.
        tags: tags of what the cluster itself makes in its cloud and may tag, such as load balancers; none by default.
    """

    provider: k8s.Provider
    kubeconfig: pulumi.Input[str]
    secret_manager: SecretManager | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
