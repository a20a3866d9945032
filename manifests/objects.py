"""Reads manifests: plain ones, and those of Pulumi's policy pack.

The policy pack's are read-only mappings and sequences in which every number is a float, and reading a value that is not
known before the deployment raises. So nothing here checks for a `dict` or a `list`, or copies more than it needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Manifest = Mapping[str, Any]

MISSHAPEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading a manifest raises if it lacks the shape that Kubernetes expects; a revision's can have any."""


def part(manifest: Manifest, *path: str) -> Manifest:
    """An object inside a manifest, by the keys that lead to it; an empty one if a key is missing."""
    for key in path:
        manifest = manifest.get(key) or {}
    return manifest


def items(manifest: Manifest, key: str) -> Sequence[Any]:
    """A list inside a manifest; an empty one if the key is missing."""
    values: Sequence[Any] = manifest.get(key) or ()
    return values


def kind_of(manifest: Manifest) -> tuple[str, str]:
    """The API group and the kind of an object; the core group is empty."""
    group, slash, _ = str(manifest.get("apiVersion") or "").rpartition("/")
    return (group if slash else ""), str(manifest.get("kind") or "")


def opened(manifest: Manifest) -> Iterator[Manifest]:
    """The objects of a `List` or of a typed list such as a `PodList`; otherwise the object itself.

    The items of a typed list can leave out apiVersion and kind, which follow from the list's.
    """
    kind = str(manifest.get("kind") or "")
    if not kind.endswith("List") or not is_list(manifest.get("items")):
        yield manifest
        return
    implied = {"apiVersion": manifest.get("apiVersion"), "kind": kind.removesuffix("List")} if kind != "List" else {}
    for item in items(manifest, "items"):
        yield from opened({**implied, **item})


def is_list(value: Any) -> bool:
    """Whether a value is a list; strings, which are sequences in Python, are not."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The path and the value of every string in a manifest."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key in value:
            yield from texts(value[key], f"{path}.{key}" if path else key)
    elif isinstance(value, Sequence):
        for index, inner in enumerate(value):
            yield from texts(inner, f"{path}[{index}]")
