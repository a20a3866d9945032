"""The objects of one stack together: whether a reference leads to one, and which pods a selector selects.

Optional references, those to other namespaces, and those to what a controller derives count as existing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from manifests.derived import derived_objects
from manifests.objects import Manifest, part
from manifests.pods import Pods, pods, says_all
from manifests.selectors import selects

ALL_KEYS = "*"
"""Among the keys of a ConfigMap or Secret: any key can exist, as it is hidden as a whole or filled in elsewhere."""

_OF_THE_CLUSTER = {"PriorityClass": ("system-cluster-critical", "system-node-critical"), "ServiceAccount": ("default",)}
_CLUSTER_SCOPED = ("ClusterIssuer", "PriorityClass")

Faults = Iterator[tuple[Manifest, str]]
"""An object, and a phrase that says what is wrong with it."""


class Workload(NamedTuple):
    """An object that makes pods, and their template."""

    manifest: Manifest
    pods: Pods

    def may_match(self, selector: Manifest) -> bool:
        """Whether a selector selects the pods, or could do so because the object does not declare their labels."""
        return not says_all(self.manifest) or selects(selector, part(self.pods.metadata, "labels"))


class Objects:
    """The objects of one stack.

    Args:
        manifests: all of them.
    """

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self.manifests = list(manifests)
        self.workloads = [Workload(each, template) for each in self.manifests for template in pods(each)]
        self._objects = {(str(each.get("kind")), *place(each)): each for each in self.manifests}
        derived = {tuple(item[:3]) for each in self.manifests for item in derived_objects(each)}
        kinds = {kind for kind, _, _ in self._objects}
        # Without any Secret, all of them are made elsewhere, as where only manifests are written.
        self._secrets_elsewhere = kinds.isdisjoint({"Secret", "ExternalSecret"})
        self._keys = {key: {ALL_KEYS} for key in derived} | {key: _keys(each) for key, each in self._objects.items()}

    def of(self, *kinds: str) -> Iterator[Manifest]:
        """The objects of some kinds."""
        return (each for each in self.manifests if each.get("kind") in kinds)

    def get(self, kind: str, namespace: str, name: str) -> Manifest:
        """One object; an empty one if the stack does not have it."""
        return self._objects.get((kind, namespace, name), {})

    def keys(self, kind: str, namespace: str, name: str) -> set[str]:
        """The keys of a ConfigMap or Secret; `ALL_KEYS` if the stack does not have it."""
        return self._keys.get((kind, namespace, name), {ALL_KEYS})

    def missing(self, namespace: str, kind: str, reference: Manifest, keys: Iterable[str] = ()) -> Iterator[str]:
        """Say what is missing of an object that another one refers to: the object, or some keys.

        Args:
            namespace: of the object that refers.
            kind: of the object that is referred to.
            reference: its `name`, its `namespace` if it differs, and whether it is `optional`.
            keys: the keys that a ConfigMap or Secret has to have.
        """
        name = str(reference.get("name") or "")
        elsewhere = (reference.get("namespace") or namespace) != namespace
        if elsewhere or reference.get("optional") or name in _OF_THE_CLUSTER.get(kind, ()):
            return
        if kind == "Secret" and self._secrets_elsewhere:
            return
        known = self._keys.get((kind, "" if kind in _CLUSTER_SCOPED else namespace, name))
        if known is None:
            yield f"there is no {kind} {name}"
        elif ALL_KEYS not in known:
            yield from (f"{kind} {name} has no key {key}" for key in keys if key not in known)

    def selected(self, selector: Manifest, namespace: str) -> list[Workload]:
        """The workloads of a namespace whose pods a selector selects, or could select; see `Workload.may_match`."""
        return [
            workload
            for workload in self.workloads
            if place(workload.manifest)[0] == namespace and workload.may_match(selector)
        ]

    def faults(self, checks: Mapping[str, Callable[[Objects, Manifest], Iterator[str]]]) -> Faults:
        """What checks find wrong with objects.

        Args:
            checks: by the kind that they are for.
        """
        for manifest in self.manifests:
            if check := checks.get(str(manifest.get("kind"))):
                yield from ((manifest, phrase) for phrase in check(self, manifest))


def place(manifest: Manifest) -> tuple[str, str]:
    """An object's namespace and name."""
    metadata = part(manifest, "metadata")
    return metadata.get("namespace") or "", metadata.get("name") or ""


def _keys(manifest: Manifest) -> set[str]:
    held = {key for where in ("data", "stringData", "binaryData") for key in part(manifest, where)}
    # A Secret without keys is filled in by something else.
    return held or ({ALL_KEYS} if manifest.get("kind") == "Secret" else set())
