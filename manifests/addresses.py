"""Sets of IP addresses, and the ranges by which network policies and firewalls name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from manifests.objects import Manifest, items

Network = IPv4Network | IPv6Network

PRIVATE: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"),
            *("fc00::/7", "fe80::/10", "::1/128"),
        ),
    )
)
"""Networks that are not on the internet: those of clouds, clusters and nodes (RFC 6890)."""

_OWNABLE = {4: 1 << 24, 6: 1 << 112}
"""The most addresses that any one owner has on the internet: an IPv4 /8, an IPv6 /16."""

_MAPPED = IPv6Network("::ffff:0:0/96")
_LEADING_ZEROS = re.compile(r"\b0+(?=\d+\.|\d+/)(?<![:/])")
"""Kubernetes reads `010.0.0.0/8` as 10.0.0.0/8; Python refuses it."""

_ANY = ("*", "any", "internet")
"""How firewalls write all addresses."""


def read(ranges: Iterable[str | None]) -> list[Network]:
    """The networks of ranges; a single address is a network, and `*` is all. What is not a range is left out."""
    networks: list[Network] = []
    for text in ranges:
        if (text or "").strip().lower() in _ANY:
            networks += [ip_network("0.0.0.0/0"), ip_network("::/0")]
            continue
        try:
            networks.append(_plain(ip_network(_LEADING_ZEROS.sub("", (text or "").strip()), strict=False)))
        except ValueError:  # one of Azure's service tags, such as VirtualNetwork, or nothing
            continue
    return networks


def block(given: Manifest) -> list[Network]:
    """The addresses of a NetworkPolicy's `ipBlock`, without its `except`; none if it is empty."""
    holes = read(items(given, "except"))
    return [piece for network in read([given.get("cidr")]) for piece in without(network, holes)]


def _plain(network: Network) -> Network:
    """A network; one of IPv4-mapped IPv6 addresses as the IPv4 network."""
    if network.version == 6 and network.subnet_of(_MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network


def without(network: Network, holes: Iterable[Network]) -> list[Network]:
    """A network without some parts of it, in pieces."""
    left = [network]
    for hole in holes:
        left = [piece for part in left for piece in _cut(part, hole)]
    return left


def covers(networks: Iterable[Network], inner: Network) -> bool:
    """Whether every address of a network is in one of several others."""
    return not without(inner, networks)


def overlap(networks: Iterable[Network], other: Network) -> bool:
    """Whether any address of a network is in one of several others."""
    return any(network.version == other.version and network.overlaps(other) for network in networks)


def everybody(networks: Sequence[Network]) -> bool:
    """Whether networks together are more of the internet than any one owner has, and so mean everybody.

    That includes two halves of the internet, and all of it but one address.
    """
    for version, ownable in _OWNABLE.items():
        merged = collapse_addresses([network for network in networks if network.version == version])  # type: ignore[type-var]
        public = [piece for network in merged for piece in without(network, PRIVATE)]
        if sum(piece.num_addresses for piece in public) > ownable:
            return True
    return False


def _cut(network: Network, hole: Network) -> list[Network]:
    if network.version != hole.version or not network.overlaps(hole):
        return [network]
    if network.subnet_of(hole):  # type: ignore[arg-type]
        return []
    return list(network.address_exclude(hole))  # type: ignore[arg-type]
