"""The load balancer of the cloud's by which the world reaches the edge, and what each cloud takes for it."""

import re
from typing import Literal

from pydantic import Field, field_validator

from components.settings.base import Section
from components.settings.cluster import Cluster
from components.settings.schema import ConflictError
from components.settings.types.names import DnsLabel

_ALLOCATION = re.compile(r"eipalloc-[0-9a-f]{8,17}")
_ANNOTATION = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")


class LoadBalancer(Section):
    """How the load balancer of Envoy Gateway's Envoys is made."""

    scheme: Literal["internet-facing", "internal"] = Field(
        default="internet-facing", description="Whether the world reaches it, or the cluster's network only."
    )
    name: DnsLabel | None = Field(
        default=None,
        description="EKS: its name. AKS: the label of its public address, which becomes "
        "`<name>.<region>.cloudapp.azure.com`. Google Cloud names it itself.",
    )
    addresses: tuple[str, ...] = Field(
        default=(),
        description="Static addresses that are there already. EKS: the allocation of an Elastic IP for each zone. GKE: "
        "the name of one reserved regional address. AKS: the name of one public address in the nodes' resource group.",
    )
    annotations: dict[str, str] = Field(
        default={},
        description="More annotations of its Service, which win over those that follow from the other keys: the way "
        "out for what there is no key for.",
    )

    @field_validator("annotations")
    @classmethod
    def _keys_of_annotations(cls, annotations: dict[str, str]) -> dict[str, str]:
        for key, value in annotations.items():
            if not value.isprintable():
                raise ConflictError(key, "has a control character, which the API server does not take; leave it out")
            if not _ANNOTATION.fullmatch(key):
                raise ConflictError(
                    key, "is not the key of an annotation; allowed is one with its prefix such as example.com/key"
                )
        return annotations

    def check(self, cluster: Cluster) -> None:
        """Refuse what the cluster's cloud can't make of it.

        Args:
            cluster: the stack's.

        Raises:
            ConflictError: with the key below this section.
        """
        if cluster.eks:
            zones = cluster.eks.create.zones if cluster.eks.create else None
            self._on_aws(len(zones) if zones else None)
        elif cluster.gke:
            if self.name:
                raise ConflictError("name", "is not possible on GKE, where Google Cloud names it; leave it out")
            self._one_address("GKE")
        elif cluster.aks:
            self._on_azure()
        else:
            for key, given in (
                ("scheme", self.scheme == "internal"),
                ("name", self.name),
                ("addresses", self.addresses),
            ):
                if given:
                    raise ConflictError(
                        key, "has no effect with cluster.existing, whose cloud is not known; allowed are annotations"
                    )

    def _on_aws(self, zones: int | None) -> None:
        # The limits are those of CreateLoadBalancer in the API's reference of Elastic Load Balancing.
        if self.name and (len(self.name) > 32 or self.name.startswith("internal-")):
            raise ConflictError(
                "name",
                f"{self.name} is not possible on EKS; allowed are at most 32 characters, not beginning with internal-",
            )
        if self.addresses and self.scheme == "internal":
            raise ConflictError("addresses", "are public, and scheme is internal; leave them out")
        for address in self.addresses:
            if not _ALLOCATION.fullmatch(address):
                raise ConflictError(
                    "addresses", f"{address} is not an allocation of an Elastic IP such as eipalloc-0123456789abcdef0"
                )
        # The controller refuses another number than that of its subnets, one in each zone.
        if self.addresses and zones and len(self.addresses) != zones:
            raise ConflictError(
                "addresses", f"are {len(self.addresses)}, and the cluster has {zones} zones; allowed is one for each"
            )

    def _on_azure(self) -> None:
        # learn.microsoft.com: a public address' dnsSettings.domainNameLabel
        if self.name and not re.fullmatch(r"[a-z][a-z0-9-]{1,61}[a-z0-9]", self.name):
            raise ConflictError(
                "name", f"{self.name} is not possible on AKS; allowed are 3 to 63 characters that begin with a letter"
            )
        if self.scheme == "internal":
            for key in ("name", "addresses"):
                if getattr(self, key):
                    raise ConflictError(key, "belongs to a public address, and scheme is internal; leave it out")
        self._one_address("AKS")

    def _one_address(self, cloud: str) -> None:
        if len(self.addresses) > 1:
            raise ConflictError("addresses", f"are {len(self.addresses)}; allowed on {cloud} is one")
        for address in self.addresses:
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}", address):
                raise ConflictError("addresses", f"{address} is not the name of an address of {cloud}'s cloud")
