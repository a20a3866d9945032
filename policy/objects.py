"""What rules ask of objects: which they are, which pods they make, and how a message names those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from manifests import pods as made
from manifests.objects import Manifest, kind_of, opened, part
from manifests.pods import Pods
from snapshot.model import Object

KUBERNETES = "kubernetes:"
MAKES_PODS = "pods"
"""Among the kinds of a policy: whatever says what pods are to be."""


class Container(NamedTuple):
    """A container of some pods.

    Attributes:
        title: what it is called in a message.
        own: what it is to be.
        pod: the spec of its pod.
    """

    title: str
    own: Manifest
    pod: Manifest


def separate(objects: Iterable[Object]) -> list[Object]:
    """Objects as the cluster has them: each of a list's by itself. Messages name it, not the list."""
    return [one for found in objects for one in _opened(found)]


def is_patch(found: Object) -> bool:
    """Whether a resource changes an object of somebody else's, as all of Pulumi's types `...Patch` do."""
    kind = str(found.manifest.get("kind") or "")
    name = found.type.rpartition(":")[2]
    return found.type.startswith(KUBERNETES) and name == f"{kind}Patch" if kind else name.endswith("Patch")


def spec(found: Object) -> Manifest:
    """What an object is to be."""
    return part(found.manifest, "spec")


def makes_pods(found: Object) -> bool:
    """Whether an object says what pods are to be."""
    return found.type.startswith(KUBERNETES) and any(True for _ in made.pods(found.manifest))


def pods(found: Object) -> list[Pods]:
    """Everything that an object says of pods."""
    return list(made.pods(found.manifest))


def pod_labels(found: Object) -> Manifest:
    """The labels of the pods that an object makes."""
    return next((part(pod.metadata, "labels") for pod in pods(found)), {})


def containers(found: Object) -> Iterator[Container]:
    """Every container of an object's pods, whenever it runs."""
    for pod in pods(found):
        for own in made.containers(pod.spec):
            yield Container(f"container {own.get('name')}", own, pod.spec)


def of_kind(objects: Iterable[Object], *kinds: str) -> list[Object]:
    """The objects of these kinds; no part of one."""
    return [
        found for found in objects if found.kind in kinds and found.type.startswith(KUBERNETES) and not is_patch(found)
    ]


def _opened(found: Object) -> Iterator[Object]:
    if not found.type.startswith(KUBERNETES) or not found.kind.endswith("List"):
        yield found
        return
    for manifest in opened(found.manifest):
        if manifest is found.manifest:
            yield found
        else:
            group, kind = kind_of(manifest)
            version = str(manifest.get("apiVersion") or "").removeprefix(f"{group}/")
            metadata = part(manifest, "metadata")
            yield replace(
                found,
                type=f"{KUBERNETES}{group or 'core'}/{version}:{kind}",
                kind=kind,
                namespace=metadata.get("namespace"),
                name=metadata.get("name") or "",
                manifest=manifest,
            )
