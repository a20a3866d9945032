"""What is allowed before and after a change, to find what is newly allowed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from manifests import addresses
from manifests.objects import part

_SHOWN = 3


class Grant(NamedTuple):
    """Something that is allowed.

    Attributes:
        pattern: what, in steps: `*` matches anything, and JSON is a network policy's peer or port.
        phrase: the same for people.
    """

    pattern: tuple[str, ...]
    phrase: str


def added(before: Iterable[Grant], after: Iterable[Grant]) -> str:
    """Say what is allowed only after a change; "" if nothing is."""
    had = [grant.pattern for grant in before]
    new = dict.fromkeys(grant.phrase for grant in after if not any(_covers(old, grant.pattern) for old in had))
    shown = list(new)[:_SHOWN]
    return ", ".join(shown) + (f" and {len(new) - _SHOWN} more" if len(new) > _SHOWN else "")


def _covers(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    return len(old) == len(new) and all(_covers_step(*steps) for steps in zip(old, new, strict=True))


def _covers_step(old: str, new: str) -> bool:
    if old == new or old == "*":
        return True
    if old.startswith("{") and new.startswith("{"):
        wide, narrow = (addresses.block(part(json.loads(peer), "ipBlock")) for peer in (old, new))
        return bool(narrow) and all(addresses.covers(wide, piece) for piece in narrow)
    return "{" not in old and fnmatchcase(new, old)
