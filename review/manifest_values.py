"""Reads manifests of any shape, so that a program whose objects Kubernetes would refuse gets a report, too."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from snapshot.model import Object
from units import Quantity


def at(source: Object | Mapping[str, Any] | None, *path: str) -> Any:
    """What a manifest has at the end of a path of keys; None if it has nothing there.

    Args:
        source: an object or a part of a manifest; None for an object that does not exist.
        path: the keys.
    """
    value: Any = source.manifest if isinstance(source, Object) else source
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def mapping(source: Object | Mapping[str, Any] | None, *path: str) -> Mapping[str, Any]:
    """The mapping at the end of a path; an empty one if there is no mapping."""
    value = at(source, *path)
    return value if isinstance(value, Mapping) else {}


def items(source: Object | Mapping[str, Any] | None, *path: str) -> list[Any]:
    """The list at the end of a path; an empty one if there is no list."""
    value = at(source, *path)
    return value if isinstance(value, list) else []


def mappings(source: Object | Mapping[str, Any] | None, *path: str) -> list[Mapping[str, Any]]:
    """The mappings in the list at the end of a path."""
    return [item for item in items(source, *path) if isinstance(item, Mapping)]


def amount(value: Any) -> Fraction:
    """A quantity as a number; 0 for anything else."""
    try:
        return Quantity(str(value)).value
    except ValueError:
        return Fraction(0)
