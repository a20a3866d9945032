"""What a cluster is made from on every cloud."""

import ipaddress
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from checked import Text
from components.settings.base import Section
from components.settings.schema import ConflictError
from components.settings.types.measures import Machines
from units import Size

_NOTICE = timedelta(days=91)  # a quarter, in which an upgrade can be planned
_SHORTEST_PREFIX = 8  # of callers' addresses: nobody owns more, and 0.0.0.0/0 is everybody


class _Range(Text):
    """A range of IPv4 addresses, written with its first address."""

    __slots__ = ()

    @classmethod
    def _fault(cls, text: str) -> str | None:
        try:
            network = ipaddress.IPv4Network(text)
        except ValueError:
            return "is not a range of IPv4 addresses that begins with its first"
        return cls._unfit(network) if "/" in text else "has no length such as /16"

    @classmethod
    def _unfit(cls, network: ipaddress.IPv4Network) -> str | None:
        raise NotImplementedError


class Callers(_Range):
    """Addresses from which the control plane can be reached."""

    __slots__ = ()
    example = "203.0.113.0/24"
    allowed = f"a range of addresses such as {example}, no wider than /{_SHORTEST_PREFIX}"

    @classmethod
    def _unfit(cls, network: ipaddress.IPv4Network) -> str | None:
        return "lets almost everybody in" if network.prefixlen < _SHORTEST_PREFIX else None


class PrivateNetwork(_Range):
    """The addresses of a network of our own, enough for three zones of nodes and pods."""

    __slots__ = ()
    example = "10.20.0.0/16"
    allowed = f"a private range of /16 such as {example}"

    @classmethod
    def _unfit(cls, network: ipaddress.IPv4Network) -> str | None:
        if not network.is_private:
            return "is not private"
        return None if network.prefixlen == 16 else f"is a /{network.prefixlen}"


class Version(Text):
    """A minor version of Kubernetes that a cloud offers.

    Attributes:
        supported_until: The last day of the cloud's standard support, by version.
    """

    __slots__ = ()
    supported_until: ClassVar[Mapping[str, date]]

    @classmethod
    def _fault(cls, text: str) -> str | None:
        return None if text in cls.supported_until else "is not offered"

    def notice(self, today: date) -> str:
        """Return a sentence about the end of its support from a quarter before that, and nothing until then.

        Args:
            today: The date.
        """
        end = self.supported_until[self]
        if today <= end - _NOTICE:
            return ""
        later = [version for version, until in self.supported_until.items() if until > end]
        return (
            f"standard support of Kubernetes {self} {'ends' if today <= end else 'ended'} on {end}; "
            f"{f'upgrade to {min(later)} before' if later else 'look for a newer release of this program'}"
        )


class Nodes(Section):
    """The nodes that the workloads run on: a pool over three zones, which repairs, upgrades and scales itself.

    The machine's type is each cloud's own.
    """

    min: Machines = Field(default=3, description="Fewest nodes, in all zones together.")
    max: Machines = Field(default=9, description="Most nodes, in all zones together; not below `min`.")
    disk: Size = Field(default=Size("50Gi"), description="Each node's encrypted disk.")
    spot: bool = Field(
        default=False,
        description="Whether the nodes are the cloud's spare capacity: much cheaper, and taken away at any time.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ConflictError("min", f"{self.min} is above max {self.max}")
        return self


class Creation(Section):
    """A cluster that the stack makes."""

    network: PrivateNetwork = Field(
        default=PrivateNetwork("10.20.0.0/16"), description="Addresses of the network that is made for it."
    )
    api_access: tuple[Callers, ...] = Field(
        default=(),
        description="From where the control plane is reached, beside its own network; empty for from nowhere else.",
    )
    tags: dict[str, str] = Field(
        default={}, description="More tags (Google: labels) of everything that is made, by key."
    )
    overrides: dict[str, dict[str, Any]] = Field(
        default={},
        description="What the cloud's own resources get instead or as well, by the last part of the resource's name, "
        "with the names of the provider's documentation. The way out for what there is no key for.",
    )

    @field_validator("tags")
    @classmethod
    def _listed(cls, tags: dict[str, str]) -> dict[str, str]:
        # Storage classes and load balancers take tags as `key=value,key=value`.
        for key, value in tags.items():
            if "," in key + value or "=" in key:
                raise ConflictError(key, "has a comma, or = in its key; allowed is neither, as tags stand in lists")
        return tags
