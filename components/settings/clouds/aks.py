"""A cluster on Azure Kubernetes Service."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from checked import Text
from components.settings.base import Section
from components.settings.clouds.common import Creation, Nodes, Version
from components.settings.schema import ConflictError
from components.settings.types.measures import Machines
from units import Size

_SMALLEST_DISK = Size("30Gi")


class _Matched(Text):
    """A name that Azure takes only in a certain form."""

    __slots__ = ()
    form: ClassVar[re.Pattern[str]]

    @classmethod
    def _fault(cls, text: str) -> str | None:
        return None if cls.form.fullmatch(text) else "is not valid"


class AzureId(_Matched):
    """The id of a subscription or of a group of Entra ID."""

    __slots__ = ()
    form = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    example = "11111111-2222-3333-4444-555555555555"
    allowed = f"an id in lower case such as {example}"


class AksName(_Matched):
    """The name of a cluster, short enough to be a DNS prefix, too, which has at most 54 characters."""

    __slots__ = ()
    form = re.compile(r"[a-z0-9]([a-z0-9-]{0,52}[a-z0-9])?")
    example = "smarthr360-staging"
    allowed = f"a name of at most 54 lower-case letters, digits and hyphens such as {example}"


class ResourceGroupName(_Matched):
    """The name of a resource group, short enough to stand before `-nodes` (such a name has at most 80 characters)."""

    __slots__ = ()
    form = re.compile(r"[\w().-]{0,73}[\w()-]", re.ASCII)
    example = "smarthr360-staging"
    allowed = f"a name of at most 74 letters, digits, hyphens, dots and underscores, the last no dot, such as {example}"


class AzureRegion(_Matched):
    """The short name of a region, as it is part of host names."""

    __slots__ = ()
    form = re.compile(r"[a-z]+[0-9]?")
    example = "francecentral"
    allowed = f"the short name of a region such as {example}"


class VaultName(_Matched):
    """The name of a key vault, unique in the whole world."""

    __slots__ = ()
    form = re.compile(r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]")
    example = "smarthr360-staging"
    allowed = f"a name of 3 to 24 letters, digits and single hyphens that begins with a letter such as {example}"


class AksVersion(Version):
    """A minor version that AKS offers.

    From the release calendar (learn.microsoft.com/azure/aks/supported-kubernetes-versions), where support ends with a
    month; 1.37 is there since the release of 2026-10-25 (github.com/Azure/AKS/releases/tag/2026-10-25).
    """

    __slots__ = ()
    supported_until: ClassVar[Mapping[str, date]] = {
        "1.34": date(2026, 11, 30),
        "1.35": date(2027, 3, 31),
        "1.36": date(2027, 6, 30),
        "1.37": date(2027, 10, 31),
    }
    example = "1.36"
    allowed = f"a version that AKS supports: {', '.join(supported_until)}"


SPOT_TAINT = ("kubernetes.azure.com/scalesetpriority", "spot")
"""Key and value of the taint that AKS puts on spot nodes, and puts back when somebody removes it."""


_TAG_KEY = re.compile(r"[^<>%&\\?/,=\s]{1,128}")
_TAG_VALUE = re.compile(r"[^,=\r\n]{1,256}")
_MOST_TAGS = 40  # of the 50 that Azure allows; the program and AKS add some of their own


class AksNodes(Nodes):
    """The nodes that the workloads run on."""

    # A node takes a /24 for its pods, of the /16 that there is, and the system's nodes and a third more of all during
    # upgrades have to fit, too (learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay).
    max: Annotated[int, Field(ge=1, le=150)] = Field(
        default=9, description="Most nodes, in all zones together; not below `min`."
    )
    machine: str = Field(default="Standard_D4s_v5", min_length=1, description="Size of each node.")

    @model_validator(mode="after")
    def _room_for_the_image(self) -> Self:
        if self.disk.value < _SMALLEST_DISK.value:
            raise ConflictError("disk", f"{self.disk} is below {_SMALLEST_DISK}, which is the smallest that AKS makes")
        return self


class AksSystemNodes(Section):
    """The nodes that are kept for what the cluster itself needs, such as its DNS."""

    machine: str = Field(
        default="Standard_D2s_v5",
        min_length=1,
        description="Size of each node; at least 2 cores and 4 GiB. Chosen once: AKS refuses another for a pool that "
        "is there.",
    )
    min: Machines = Field(default=3, description="Fewest nodes: one in each zone.")
    max: Annotated[int, Field(ge=1, le=30)] = Field(default=5, description="Most nodes; not below `min`.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ConflictError("min", f"{self.min} is above max {self.max}")
        return self


class AksCreation(Creation):
    """A cluster that the stack makes."""

    version: AksVersion = Field(description="Kubernetes' minor version.")
    admin_groups: tuple[AzureId, ...] = Field(
        min_length=1,
        description="Entra ID groups, by object id, whose members administer the cluster. Who runs Pulumi "
        "has to be in one: there is no other way in.",
    )
    nodes: AksNodes = Field(default=AksNodes(), description="The nodes that the workloads run on.")
    system_nodes: AksSystemNodes = Field(
        default=AksSystemNodes(), description="The nodes that are kept for what the cluster itself needs."
    )
    uptime_sla: bool = Field(
        default=True,
        description="Whether Azure guarantees the control plane's uptime (tier Standard), or it is free of charge.",
    )
    log_retention: Annotated[int, Field(ge=30, le=730)] = Field(
        default=90, description="Days for which the control plane's logs are kept."
    )

    @field_validator("tags")
    @classmethod
    def _tags(cls, tags: dict[str, str]) -> dict[str, str]:
        # The driver for disks gets them as one text, key=value,key=value (kubernetes-sigs/azuredisk-csi-driver).
        for key, value in tags.items():
            if not _TAG_KEY.fullmatch(key) or not _TAG_VALUE.fullmatch(value):
                raise ConflictError(
                    key,
                    "is not a tag that disks on AKS can have; allowed are 1 to 128 characters in the key, without "
                    "space and < > % & \\ ? / , = and 1 to 256 in the value, without , and =",
                )
        if len(tags) > _MOST_TAGS:
            raise ValueError(f"has {len(tags)} tags; allowed are at most {_MOST_TAGS}")
        return tags


class AksVault(Section):
    """A key vault that people have made and fill."""

    name: VaultName = Field(description="The vault's name.")
    resource_group: ResourceGroupName = Field(description="Resource group that it is in, another than the cluster's.")


class Aks(Section):
    """A cluster on Azure Kubernetes Service."""

    name: AksName = Field(description="The cluster's name.")
    subscription: AzureId = Field(description="Azure subscription that it is in.")
    resource_group: ResourceGroupName = Field(description="Resource group that it is in; the stack makes it, too.")
    region: AzureRegion = Field(description="Azure region that it is in, one with three zones.")
    secret_vault: AksVault | None = Field(
        default=None, description="Where the environment's secrets are, for a stack that takes them from there."
    )
    create: AksCreation | None = Field(
        default=None, description="How the stack makes it; left out for a cluster that exists already."
    )

    @model_validator(mode="after")
    def _vault_outlives_the_cluster(self) -> Self:
        if self.create and self.secret_vault and self.secret_vault.resource_group == self.resource_group:
            raise ConflictError(
                "secretVault.resourceGroup",
                f"{self.resource_group} is the cluster's, which the stack makes and deletes; allowed is another",
            )
        return self
