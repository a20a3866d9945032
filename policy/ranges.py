"""What a cloud's firewall opens to the whole internet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from manifests import addresses

PUBLIC = (80, 443)
"""The ports of the web, the only ones that everybody is allowed to reach."""
ALL = (0, 65535)


def for_everybody(ranges: Iterable[str | None]) -> bool:
    """Whether address ranges together mean everybody; see `addresses.everybody`."""
    return addresses.everybody(addresses.read(ranges))


def ports(ranges: Iterable[str | None]) -> Iterator[tuple[int, int]]:
    """The first and the last port of each range, as firewalls write them: "443", "8000-9000", "*"."""
    for text in ranges:
        first, _, last = (text or "*").partition("-")
        yield ALL if first == "*" else (int(first), int(last or first))


def beyond_the_web(first: float, last: float) -> str:
    """A range of ports in words; "" if it is a single port of the web."""
    if first == last and first in PUBLIC:
        return ""
    return "all ports" if (first, last) == ALL else f"port {first:.0f}" if first == last else f"{first:.0f}-{last:.0f}"
