"""A cluster on Google Kubernetes Engine."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from checked import Text
from components.settings.base import Section
from components.settings.clouds.common import Callers, Creation, Nodes, Version
from components.settings.schema import ConflictError
from units import Size

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")
_LONGEST_NAME = 24  # of a cluster that is made: its nodes' account is called `<name>-nodes`, which has at most 30
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{1,63}")


class GkeVersion(Version):
    """A minor version that GKE offers.

    The dates are of Google's release schedule (docs.cloud.google.com/kubernetes-engine/docs/release-schedule): standard
    support ends 14 months after a version comes to the Regular channel, which 1.36 did in June 2026.
    """

    __slots__ = ()
    supported_until: ClassVar[Mapping[str, date]] = {
        "1.34": date(2026, 11, 30),
        "1.35": date(2027, 4, 11),
        "1.36": date(2027, 8, 1),
    }
    example = max(supported_until)
    allowed = f"a version that GKE supports: {' or '.join(supported_until)}"


class ClusterName(Text):
    """The name of a cluster on GKE."""

    __slots__ = ()
    example = "smarthr360-staging"
    allowed = (
        f"a name of at most 40 lower-case letters, digits and hyphens that begins with a letter, such as {example}"
    )

    @classmethod
    def _fault(cls, text: str) -> str | None:
        return None if _NAME.fullmatch(text) else "is not a valid cluster name"


class GkeNodes(Nodes):
    """The nodes that the workloads run on."""

    # A node takes a /24 for its pods, of the /17 that there is; an upgrade needs more than there are nodes.
    max: Annotated[int, Field(ge=1, le=100)] = Field(
        default=9, description="Most nodes, in all zones together; not below `min`."
    )
    machine: str = Field(default="e2-standard-4", min_length=1, description="Machine type of each node.")


class GkeCreation(Creation):
    """A cluster that the stack makes."""

    version: GkeVersion = Field(description="Kubernetes' minor version.")
    nodes: GkeNodes = Field(default=GkeNodes(), description="The nodes that the workloads run on.")
    api_access: tuple[Callers, ...] = Field(
        default=(),
        description="From where the control plane's public address is reached; empty for no such address.",
    )
    dns_endpoint: bool = Field(
        default=True,
        description="Whether Google accounts with the right `container.clusters.connect` reach the control plane by "
        "its DNS name from anywhere. Without, and without `apiAccess`, it is reached from its own network only.",
    )
    filestore: Literal["enterprise", "basic"] = Field(
        default="enterprise",
        description="What shared volumes are made of. `enterprise`: shares of 10Gi or more on one instance of 1 TiB "
        "in all zones, encrypted with the cluster's own key. `basic`: an instance of at least 100 GiB in one zone for "
        "each, encrypted with Google's key; much cheaper.",
    )

    @property
    def ip_endpoint(self) -> bool:
        """Whether the control plane has an address: a public one for `api_access`, or a private one and no name."""
        return bool(self.api_access) or not self.dns_endpoint

    @property
    def smallest_share(self) -> Size | None:
        """The smallest shared volume of a claim; None where a smaller claim gets a larger volume by itself."""
        return Size("10Gi") if self.filestore == "enterprise" else None

    @field_validator("tags")
    @classmethod
    def _labels(cls, tags: dict[str, str]) -> dict[str, str]:
        for key, value in tags.items():
            if not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
                raise ConflictError(
                    key,
                    "is not a label that Google takes; allowed are lower-case letters, digits, _ and - in key and "
                    "value, at most 63 of them, the key beginning with a letter",
                )
        return tags


class Gke(Section):
    """A cluster on Google Kubernetes Engine."""

    name: ClusterName = Field(description="The cluster's name.", examples=["smarthr360-staging"])
    project: str = Field(min_length=1, description="Google Cloud project that it is in.", examples=["smarthr360"])
    region: str = Field(min_length=1, description="Region that it is in.", examples=["europe-west9"])
    create: GkeCreation | None = Field(
        default=None, description="How the stack makes it; left out for a cluster that exists already."
    )

    @model_validator(mode="after")
    def _can_be_made(self) -> Self:
        if self.create and len(self.name) > _LONGEST_NAME:
            raise ConflictError(
                "name",
                f"{self.name} is too long for a cluster that the stack makes; "
                f"allowed are at most {_LONGEST_NAME} characters",
            )
        if self.create and re.search(r"-[a-z]$", self.region):
            raise ConflictError(
                "region", f"{self.region} is a zone; a cluster is made in a region such as {self.region[:-2]}"
            )
        return self
