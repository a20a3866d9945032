"""What the pods are allowed to call: a network policy names addresses and namespaces, never hosts."""

import ipaddress
from typing import Annotated, Self

from annotated_types import Ge, Le
from pydantic import Field, model_validator

from checked import Text
from components.settings.base import Section
from components.settings.types.names import DnsLabel

INTERNET = "internet"

_WIDEST = {4: 8, 6: 16}
"""Shortest prefix of a range by IP version; `internet` means more, and leaves out what is private."""

CREDENTIALS = ("169.254.169.254", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254")
"""Where AWS, Google Cloud and Azure tell a machine who it is and hand out its credentials."""

Port = Annotated[int, Ge(1), Le(65535)]


class Reach(Text):
    """A range of IPv4 or IPv6 addresses, or `internet` for all public ones."""

    __slots__ = ()
    example = "10.40.0.0/16"
    allowed = (
        f"{INTERNET}, or a range of addresses such as {example} or fd12:3456::/48, no wider than "
        f"/{_WIDEST[4]} (IPv6: /{_WIDEST[6]})"
    )

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if text == INTERNET:
            return None
        if "/" not in text:
            return "has no length such as /16"
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            return "is not a range of addresses that begins with its first"
        if network.prefixlen < _WIDEST[network.version]:
            return "is too wide"
        hands_out = [address for address in CREDENTIALS if ipaddress.ip_address(address) in network]
        return f"has {hands_out[0]} in it, where clouds hand out credentials" if hands_out else None


class NameServer(Text):
    """The address of a name server."""

    __slots__ = ()
    example = "10.96.0.10"
    allowed = f"one IPv4 or IPv6 address such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return "is not an address"
        if address.is_unspecified or address.is_loopback or address.is_multicast:
            return "is not another machine's"
        return None


class Destination(Section):
    """What the API and the workers are allowed to call by TCP: a network, or the pods of a namespace."""

    network: Reach | None = Field(
        default=None,
        description="A range of addresses; or `internet`, which is every public address, and no private one.",
    )
    namespace: DnsLabel | None = Field(default=None, description="A namespace of the cluster, with all of its pods.")
    ports: tuple[Port, ...] = Field(
        min_length=1, description="TCP ports, such as 587 for e-mail by SMTP.", examples=[587]
    )

    def __str__(self) -> str:
        where = f"namespace {self.namespace}" if self.namespace else self.network
        return f"{where} on {' and '.join(map(str, self.ports))}"

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in ("network", "namespace") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(f"{'has both' if given else 'has neither'}; allowed is one of network, namespace")
        return self


class Network(Section):
    """What the pods are allowed to call; everything else is denied."""

    egress: tuple[Destination, ...] = Field(
        default=(Destination(network=Reach(INTERNET), ports=(443,)),),
        description="What the API and the workers call besides PostgreSQL and Redis. What is given here replaces the "
        "default, which is HTTPS to the internet.",
    )
    dns: tuple[NameServer, ...] = Field(
        default=(),
        description="Addresses of more name servers, beside cluster DNS' pods and the caches on nodes that NodeLocal "
        "DNSCache, GKE and AKS have: for example the cluster IP of kube-dns, where a cache on the node takes it over.",
    )
