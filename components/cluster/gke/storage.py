"""The storage classes of a cluster on GKE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.gke.keys import Keys
from components.cluster.gke.network import Network
from components.environment.metadata import metadata
from components.settings import StorageClasses
from components.settings.clouds.gke import GkeCreation


@dataclass(frozen=True)
class StorageArgs:
    """What the storage classes are made from.

    Args:
        names: their names.
        creation: what the stack says of the cluster.
        cluster: the cluster's name, which its network's is.
        network: where shared volumes get addresses.
        keys: what volumes are encrypted with.
        labels: labels of each volume's disk or instance.
        protect: whether a volume stays when its claim goes.
    """

    names: StorageClasses
    creation: GkeCreation
    cluster: str
    network: Network
    keys: Keys
    labels: Mapping[str, str]
    protect: bool


def make_storage(name: str, args: StorageArgs, opts: pulumi.ResourceOptions) -> None:
    """Make a class of volumes for one pod, on Persistent Disk, and one for many pods, on Filestore.

    Children: `<name>-storage-rwo`, `<name>-storage-rwx`.

    Args:
        name: the prefix of the children's names.
        args: see `StorageArgs`.
        opts: options of each, with the cluster's provider.
    """
    labels = ",".join(f"{key}={value}" for key, value in args.labels.items())

    def storage_class(suffix: str, class_name: str, driver: str, parameters: Mapping[str, pulumi.Input[str]]) -> None:
        k8s.storage.v1.StorageClass(
            f"{name}-storage-{suffix}",
            metadata=metadata(class_name, None, None),
            provisioner=f"{driver}.csi.storage.gke.io",
            parameters={**parameters, "labels": labels},
            reclaim_policy="Retain" if args.protect else "Delete",
            # The volume is made where the pod can run: a disk is in one zone.
            volume_binding_mode="WaitForFirstConsumer",
            allow_volume_expansion=True,
            opts=opts,
        )

    disk: dict[str, pulumi.Input[str]] = {"type": "pd-balanced", "disk-encryption-kms-key": args.keys.volumes.id}
    storage_class("rwo", args.names.read_write_once, "pd", disk)
    storage_class("rwx", args.names.read_write_many, "filestore", _filestore(args))


def _filestore(args: StorageArgs) -> dict[str, pulumi.Input[str]]:
    """The driver's parameters; the tiers' names are its own (kubernetes-sigs/gcp-filestore-csi-driver)."""
    network: dict[str, pulumi.Input[str]] = {"network": args.cluster, "reserved-ipv4-cidr": args.network.ranges.files}
    if args.creation.filestore == "basic":
        return {**network, "tier": "standard"}
    return {
        **network,
        "tier": "enterprise",
        "instance-encryption-kms-key": args.keys.volumes.id,
        "multishare": "true",
        "instance-storageclass-label": args.cluster,
        "max-volume-size": "512Gi",  # so 20 shares fit on one instance, and one can be as small as 10Gi
    }
