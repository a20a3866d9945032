"""Volumes: the claims that outlive the pods which mount them."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import metadata
from components.settings import Storage as StorageSettings
from units import Quantity


@dataclass(frozen=True)
class StorageArgs:
    """What the shared volumes are made from.

    Args:
        namespace: where they are made.
        storage_class: class of their ReadWriteMany volumes.
        settings: their sizes.
        protect: whether Pulumi refuses to delete them.
    """

    namespace: pulumi.Input[str]
    storage_class: str
    settings: StorageSettings
    protect: bool


class Storage(pulumi.ComponentResource):
    """Makes the volumes that several workloads mount: uploaded files, machine learning models, log files.

    Type token `smarthr360:workloads:Storage`; children: `<name>-media`, `<name>-ml-models`, `<name>-logs`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `StorageArgs`.
        opts: the usual resource options.
    """

    media: pulumi.Output[str]
    """Name of the claim for uploaded files."""
    ml_models: pulumi.Output[str]
    """Name of the claim for machine learning models."""
    logs: pulumi.Output[str]
    """Name of the claim for log files."""

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Storage", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self, protect=args.protect)

        def shared(volume: str, size: Quantity) -> pulumi.Output[str]:
            mode = "ReadWriteMany"
            return claim(f"{name}-{volume}", volume, "storage", args.namespace, args.storage_class, mode, size, child)

        self.media = shared("media", args.settings.media)
        self.ml_models = shared("ml-models", args.settings.ml_models)
        self.logs = shared("logs", args.settings.logs)
        self.register_outputs({"media": self.media, "mlModels": self.ml_models, "logs": self.logs})


def claim(
    resource_name: str,
    name: str,
    component: str,
    namespace: pulumi.Input[str],
    storage_class: str,
    access_mode: str,
    size: Quantity,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """Make one claim, and return its name in the cluster.

    A claim of its own rather than a StatefulSet's template: a template can't be changed, so that a larger volume
    would replace the StatefulSet, where a claim simply grows.

    Args:
        resource_name: Pulumi's name for it.
        name: its name in the cluster.
        component: whose it is, for its labels.
        namespace: where it is made.
        storage_class: the class that makes the volume.
        access_mode: ReadWriteOnce or ReadWriteMany.
        size: how much it holds.
        opts: the component's, with the parent.
    """
    volume_claim = k8s.core.v1.PersistentVolumeClaim(
        resource_name,
        metadata=metadata(name, namespace, component),
        spec=k8s.core.v1.PersistentVolumeClaimSpecArgs(
            access_modes=[access_mode],
            storage_class_name=storage_class,
            resources=k8s.core.v1.VolumeResourceRequirementsArgs(requests={"storage": str(size)}),
        ),
        opts=opts,
    )
    return volume_claim.metadata.name
