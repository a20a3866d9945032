"""A cluster on Google Kubernetes Engine."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from pydantic import Field

from components.settings.base import Section
from components.settings.clouds.common import Creation, Nodes, Version


class GkeVersion(Version):
    """A minor version that GKE offers."""

    __slots__ = ()
    supported_until: ClassVar[Mapping[str, date]] = {"1.34": date(2026, 10, 1), "1.35": date(2027, 4, 11)}
    example = max(supported_until)
    allowed = f"a version that GKE supports: {' or '.join(supported_until)}"


class GkeNodes(Nodes):
    """The nodes that the workloads run on."""

    machine: str = Field(default="e2-standard-4", min_length=1, description="Machine type of each node.")


class GkeCreation(Creation):
    """A cluster that the stack makes."""

    version: GkeVersion = Field(description="Kubernetes' minor version.")
    nodes: GkeNodes = Field(default=GkeNodes(), description="The nodes that the workloads run on.")


class Gke(Section):
    """A cluster on Google Kubernetes Engine."""

    name: str = Field(min_length=1, description="The cluster's name.", examples=["smarthr360-staging"])
    project: str = Field(min_length=1, description="Google Cloud project that it is in.", examples=["smarthr360"])
    region: str = Field(min_length=1, description="Region that it is in.", examples=["europe-west9"])
    create: GkeCreation | None = Field(
        default=None, description="How the stack makes it; left out for a cluster that is there already."
    )
