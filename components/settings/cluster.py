"""Which cluster a stack is for."""

from typing import Literal, Self

from pydantic import Field, model_validator

from components.settings.base import Section
from components.settings.names import DnsSubdomain
from components.settings.schema import ConflictError

BLOCK_STORAGE = (
    *("gp2", "gp3", "standard", "standard-rwo", "premium-rwo"),
    *("default", "managed-csi", "managed-csi-premium", "embedded-rwo"),
)
"""Classes that EKS, GKE, AKS and the embedded cluster bring, and whose volumes are disks: ReadWriteOnce only.

A claim on such a class that asks for ReadWriteMany stays Pending for ever; the replaced tree had three of them.
"""


class StorageClasses(Section):
    """Which storage classes the cluster's claims use."""

    read_write_once: DnsSubdomain = Field(description="Storage class for a volume of one pod: PostgreSQL, Redis.")
    read_write_many: DnsSubdomain = Field(
        description="Storage class for a volume that many pods write, such as media files.", examples=["shared-rwx"]
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


class ExistingCluster(Section):
    """A cluster that is there already, such as the embedded one."""

    kind: Literal["existing"] = Field(description="Where the cluster comes from.")
    kubeconfig: str = Field(
        min_length=1, description="Path of the kubeconfig file; `~` is the home folder.", examples=["~/.kube/config"]
    )
    context: str = Field(
        min_length=1,
        description="Context in that file; never the current one, which changes behind one's back.",
        examples=["staging-cluster"],
    )
    storage_classes: StorageClasses = Field(description="The cluster's storage classes.")


# A cluster that is made joins here, as a union that its `kind` tells apart.
Cluster = ExistingCluster
