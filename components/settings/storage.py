"""The volumes: on which storage classes, and how large those that several workloads share."""

from typing import Self

from pydantic import Field, model_validator

from components.settings.base import Section
from components.settings.schema import ConflictError
from components.settings.types.measures import Volume
from components.settings.types.names import DnsSubdomain

BLOCK_STORAGE = (
    *("gp2", "gp3", "standard", "standard-rwo", "premium-rwo"),
    *("default", "managed-csi", "managed-csi-premium"),
)
"""Classes that EKS, GKE and AKS bring, and whose volumes are disks: ReadWriteOnce only.

A claim on such a class that asks for ReadWriteMany stays Pending; the replaced tree had three of them.
"""


class StorageClasses(Section):
    """Which storage classes the claims use. The defaults are what the platform's own clusters call theirs."""

    read_write_once: DnsSubdomain = Field(
        default=DnsSubdomain("smarthr360-rwo"),
        description="Storage class for a volume of one pod: PostgreSQL, Redis.",
    )
    read_write_many: DnsSubdomain = Field(
        default=DnsSubdomain("smarthr360-rwx"),
        description="Storage class for a volume that many pods write, such as media files.",
    )

    @model_validator(mode="after")
    def _many_can_mount(self) -> Self:
        if self.read_write_many == self.read_write_once:
            raise ConflictError(
                "readWriteMany",
                f"{self.read_write_many} is the class of volumes that one node mounts; "
                "allowed is another, whose volumes many nodes mount at once",
            )
        if self.read_write_many in BLOCK_STORAGE:
            raise ConflictError(
                "readWriteMany",
                f"{self.read_write_many} is block storage, which one node mounts; "
                "allowed is a file storage class such as efs-sc, standard-rwx or azurefile-csi",
            )
        return self


class Storage(Section):
    """The volumes that several workloads share, and the classes of all volumes."""

    media: Volume = Field(description="Size of the volume of uploaded files.", examples=["25Gi"])
    ml_models: Volume = Field(description="Size of the volume of machine learning models.", examples=["10Gi"])
    logs: Volume = Field(default=Volume("30Gi"), description="Size of the volume of log files.")
    classes: StorageClasses = Field(
        default=StorageClasses(), description="Storage classes of all volumes, the database's and Redis's too."
    )
