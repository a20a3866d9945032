"""What a cloud's firewall opens to the whole internet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from manifests import addresses

PUBLIC = (80, 443)
"""The ports of the web; nothing else is for everybody."""
ALL = (0, 65535)


def for_everybody(ranges: Iterable[str | None]) -> bool:
    """Whether these address ranges add up to more of the internet than anyone owns: halves of it are all of it."""
    return addresses.everybody(addresses.read(ranges))


def ports(ranges: Iterable[str | None]) -> Iterator[tuple[int, int]]:
    """First and last port of each of these ranges, as a firewall writes them: "443", "8000-9000", "*"."""
    for text in ranges:
        first, _, last = (text or "*").partition("-")
        yield ALL if first == "*" else (int(first), int(last or first))


def beyond_the_web(first: float, last: float) -> str:
    """The ports of a range, in words, where one of them is not the web's; "" otherwise."""
    if first == last and first in PUBLIC:
        return ""
    return "all ports" if (first, last) == ALL else f"port {first:.0f}" if first == last else f"{first:.0f}-{last:.0f}"
