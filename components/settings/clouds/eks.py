"""A cluster on Amazon EKS."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from pydantic import Field

from components.settings.base import Section
from components.settings.clouds.common import Creation, Nodes, Version


class EksVersion(Version):
    """A minor version that EKS offers (docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html)."""

    __slots__ = ()
    supported_until: ClassVar[Mapping[str, date]] = {"1.34": date(2026, 12, 2), "1.35": date(2027, 3, 27)}
    example = max(supported_until)
    allowed = f"a version that EKS supports: {' or '.join(supported_until)}"


class EksNodes(Nodes):
    """The nodes that the workloads run on."""

    machine: str = Field(default="m7i.large", min_length=1, description="EC2 instance type of each node.")


class EksCreation(Creation):
    """A cluster that the stack makes."""

    version: EksVersion = Field(description="Kubernetes' minor version.")
    nodes: EksNodes = Field(default=EksNodes(), description="The nodes that the workloads run on.")


class Eks(Section):
    """A cluster on Amazon EKS."""

    name: str = Field(min_length=1, description="The cluster's name.", examples=["smarthr360-staging"])
    region: str = Field(min_length=1, description="AWS region that it is in.", examples=["eu-west-3"])
    create: EksCreation | None = Field(
        default=None, description="How the stack makes it; left out for a cluster that is there already."
    )
