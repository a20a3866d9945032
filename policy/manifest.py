"""Reading manifests, whoever made them: plain ones, and those of the policy pack.

The policy pack's are read-only mappings and sequences in which every number is a float, and which raise when a value is
touched that is not known before the deployment. So nothing here asks for a `dict` or a `list`, or copies more than it
needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ops.model import Object

Manifest = Mapping[str, Any]

POD_KINDS = (
    *("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout"),
    *("Job", "CronJob", "Pod"),
)
"""The kinds that make pods."""

LISTS = ("initContainers", "containers", "ephemeralContainers")


def part(manifest: Manifest, *path: str) -> Manifest:
    """An object inside a manifest, by the keys that lead there; an empty one where there is none."""
    for key in path:
        manifest = manifest.get(key) or {}
    return manifest


def items(manifest: Manifest, key: str) -> Sequence[Any]:
    """A list inside a manifest; an empty one where there is none."""
    found: Sequence[Any] = manifest.get(key) or ()
    return found


def spec(found: Object) -> Manifest:
    """What an object is to be."""
    return part(found.manifest, "spec")


def template(found: Object) -> Manifest:
    """The template of the pods that an object makes, or the pod itself: metadata and spec."""
    match found.kind:
        case "Pod":
            return found.manifest
        case "CronJob":
            return part(spec(found), "jobTemplate", "spec", "template")
        case _:
            return part(spec(found), "template")


def pod(found: Object) -> Manifest:
    """The spec of the pods that an object makes."""
    return part(template(found), "spec")


def pod_labels(found: Object) -> Manifest:
    """The labels of the pods that an object makes."""
    return part(template(found), "metadata", "labels")


def containers(found: Object) -> Iterator[tuple[str, Manifest]]:
    """Every container of an object's pods, init containers too, and what it is called in a message."""
    for key in LISTS:
        for container in items(pod(found), key):
            yield f"container {container.get('name')}", container


def of_kind(objects: Iterable[Object], *kinds: str) -> list[Object]:
    """The objects of these kinds."""
    return [found for found in objects if found.kind in kinds and found.type.startswith("kubernetes:")]


def selects(selector: Manifest, labels: Manifest) -> bool:
    """Whether a label selector selects what has these labels; an empty one selects everything."""
    wanted = part(selector, "matchLabels")
    return all(labels.get(key) == wanted[key] for key in wanted) and all(
        _fits(expression, labels) for expression in items(selector, "matchExpressions")
    )


def _fits(expression: Manifest, labels: Manifest) -> bool:
    value, values = labels.get(expression["key"]), items(expression, "values")
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None


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
