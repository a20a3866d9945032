"""A cluster on Azure Kubernetes Service."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from pydantic import Field

from components.settings.base import Section
from components.settings.clouds.common import Creation, Nodes, Version


class AksVersion(Version):
    """A minor version that AKS offers."""

    __slots__ = ()
    supported_until: ClassVar[Mapping[str, date]] = {"1.34": date(2026, 11, 30), "1.35": date(2027, 3, 31)}
    example = max(supported_until)
    allowed = f"a version that AKS supports: {' or '.join(supported_until)}"


class AksNodes(Nodes):
    """The nodes that the workloads run on."""

    machine: str = Field(default="Standard_D4s_v5", min_length=1, description="Size of each node.")


class AksCreation(Creation):
    """A cluster that the stack makes."""

    version: AksVersion = Field(description="Kubernetes' minor version.")
    nodes: AksNodes = Field(default=AksNodes(), description="The nodes that the workloads run on.")


class Aks(Section):
    """A cluster on Azure Kubernetes Service."""

    name: str = Field(min_length=1, description="The cluster's name.", examples=["smarthr360-staging"])
    resource_group: str = Field(
        min_length=1, description="Resource group that it is in.", examples=["smarthr360-staging"]
    )
    region: str = Field(min_length=1, description="Azure region that it is in.", examples=["francecentral"])
    create: AksCreation | None = Field(
        default=None, description="How the stack makes it; left out for a cluster that is there already."
    )
