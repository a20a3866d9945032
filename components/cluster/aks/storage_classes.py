"""The storage classes of a cluster on AKS."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.aks.context import Place
from components.environment.metadata import PART_OF
from components.settings import StorageClasses


def make_storage_classes(
    place: Place,
    names: StorageClasses,
    disks: pulumi.Input[str],
    files: str,
    opts: pulumi.ResourceOptions,
) -> None:
    """Make one for disks and one for files.

    In production both are in three zones, so that a pod may come up in another, and a deleted claim leaves its volume.
    Children: `<name>-read-write-once` and `<name>-read-write-many`.

    Args:
        place: where the disks and files are made.
        names: what they are called in the cluster.
        disks: id of what encrypts disks.
        files: name of the account for file shares.
        opts: of both: the parent, the cluster's provider, and what has to be there first.
    """
    sku = "Premium_ZRS" if place.protect else "Premium_LRS"
    once = {
        "skuName": sku,
        "diskEncryptionSetID": disks,
        "networkAccessPolicy": "DenyAll",  # nobody exports a disk by a link
        "tags": ",".join(f"{key}={value}" for key, value in place.tags.items()),
    }
    many = {
        "protocol": "nfs",
        "encryptInTransit": "true",
        "skuName": sku,
        "storageAccount": files,
        "resourceGroup": place.group,
        # It is there. Without this, the driver would change the nodes' subnet instead.
        "networkEndpointType": "privateEndpoint",
    }
    keep = "Retain" if place.protect else "Delete"
    _class(f"{place.name}-read-write-once", names.read_write_once, "disk.csi.azure.com", once, keep, opts)
    _class(f"{place.name}-read-write-many", names.read_write_many, "file.csi.azure.com", many, keep, opts)


def _class(
    resource_name: str,
    name: str,
    driver: str,
    parameters: Mapping[str, pulumi.Input[str]],
    reclaim_policy: str,
    opts: pulumi.ResourceOptions,
) -> None:
    k8s.storage.v1.StorageClass(
        resource_name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, labels=PART_OF),
        provisioner=driver,
        parameters=parameters,
        reclaim_policy=reclaim_policy,
        allow_volume_expansion=True,
        # A disk of one zone is made where its pod is; files are there from everywhere.
        volume_binding_mode="WaitForFirstConsumer" if driver.startswith("disk") else "Immediate",
        opts=opts,
    )
