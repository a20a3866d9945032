"""Reading manifests: plain ones, and those of Pulumi's policy pack.

The policy pack's are read-only mappings and sequences in which every number is a float, and they raise when a value is
read that is not known before the deployment. So nothing here checks for a `dict` or a `list`, or copies more than it
needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Manifest = Mapping[str, Any]

MISSHAPEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading a manifest raises when it does not have the shape that Kubernetes expects: a revision may have any."""


def part(manifest: Manifest, *path: str) -> Manifest:
    """An object inside a manifest, by the keys that lead to it; an empty one where a key is missing."""
    for key in path:
        manifest = manifest.get(key) or {}
    return manifest


def items(manifest: Manifest, key: str) -> Sequence[Any]:
    """A list inside a manifest; an empty one where the key is missing."""
    found: Sequence[Any] = manifest.get(key) or ()
    return found


def kind_of(manifest: Manifest) -> tuple[str, str]:
    """Its API group and its kind; the group of Kubernetes' oldest kinds is empty."""
    group, slash, _ = str(manifest.get("apiVersion") or "").rpartition("/")
    return (group if slash else ""), str(manifest.get("kind") or "")


def opened(manifest: Manifest) -> Iterator[Manifest]:
    """The objects of a `List`, or of a list of one kind such as a `PodList`; otherwise the object itself.

    An item of the latter can leave out kind and version, which the list gives.
    """
    kind = str(manifest.get("kind") or "")
    if not kind.endswith("List") or not is_list(manifest.get("items")):
        yield manifest
        return
    said = {"apiVersion": manifest.get("apiVersion"), "kind": kind.removesuffix("List")} if kind != "List" else {}
    for item in items(manifest, "items"):
        yield from opened({**said, **item})


def is_list(value: Any) -> bool:
    """Whether a value is a list, and not a text, which Python takes for one of characters."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a manifest, and where it is."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key in value:
            yield from texts(value[key], f"{path}.{key}" if path else key)
    elif isinstance(value, Sequence):
        for index, inner in enumerate(value):
            yield from texts(inner, f"{path}[{index}]")
