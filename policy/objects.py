"""What rules need to know of objects: which there are, which pods they make, and how messages name containers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from manifests import pods as templates
from manifests.objects import Manifest, kind_of, opened, part
from manifests.pods import Pods
from snapshot.model import Object

KUBERNETES = "kubernetes:"
MAKES_PODS = "pods"
"""Among the kinds of a policy: every object with a pod template."""


class Container(NamedTuple):
    """A container of an object's pods.

    Attributes:
        title: its name in messages.
        own: its entry in the manifest.
        pod: the spec of its pod.
    """

    title: str
    own: Manifest
    pod: Manifest


def separate(objects: Iterable[Object]) -> list[Object]:
    """Objects as the cluster has them: those in lists one by one, so that messages name them and not the list."""
    return [one for item in objects for one in _opened(item)]


def is_patch(item: Object) -> bool:
    """Whether a resource changes a part of an existing object, as Pulumi's `...Patch` types do."""
    kind = str(item.manifest.get("kind") or "")
    name = item.type.rpartition(":")[2]
    return item.type.startswith(KUBERNETES) and name == f"{kind}Patch" if kind else name.endswith("Patch")


def spec(item: Object) -> Manifest:
    """An object's spec."""
    return part(item.manifest, "spec")


def makes_pods(item: Object) -> bool:
    """Whether an object has a pod template."""
    return item.type.startswith(KUBERNETES) and any(True for _ in templates.pods(item.manifest))


def pods(item: Object) -> list[Pods]:
    """An object's pod templates."""
    return list(templates.pods(item.manifest))


def pod_labels(item: Object) -> Manifest:
    """The labels of the pods that an object makes."""
    return next((part(pod.metadata, "labels") for pod in pods(item)), {})


def containers(item: Object) -> Iterator[Container]:
    """Every container of an object's pods, init containers included."""
    for pod in pods(item):
        for own in templates.containers(pod.spec):
            yield Container(f"container {own.get('name')}", own, pod.spec)


def of_kind(objects: Iterable[Object], *kinds: str) -> list[Object]:
    """The objects of these kinds, without patches."""
    return [item for item in objects if item.kind in kinds and item.type.startswith(KUBERNETES) and not is_patch(item)]


def _opened(item: Object) -> Iterator[Object]:
    if not item.type.startswith(KUBERNETES) or not item.kind.endswith("List"):
        yield item
        return
    for manifest in opened(item.manifest):
        if manifest is item.manifest:
            yield item
        else:
            group, kind = kind_of(manifest)
            version = str(manifest.get("apiVersion") or "").removeprefix(f"{group}/")
            metadata = part(manifest, "metadata")
            yield replace(
                item,
                type=f"{KUBERNETES}{group or 'core'}/{version}:{kind}",
                kind=kind,
                namespace=metadata.get("namespace"),
                name=metadata.get("name") or "",
                manifest=manifest,
            )
