"""The objects that controllers derive from those of an environment."""

from __future__ import annotations

from dataclasses import dataclass

from manifests import derived
from snapshot.model import Object, Snapshot


@dataclass(frozen=True)
class DerivedObject:
    """An object that a controller makes.

    Attributes:
        kind: its kind.
        namespace: its namespace.
        name: its name in the cluster.
        controller: what makes it, such as cert-manager.
        source: the object that it is derived from.
    """

    kind: str
    namespace: str
    name: str
    controller: str
    source: Object

    @property
    def owner(self) -> str:
        """Who manages it, for people."""
        return f"controller ({self.controller})"


def derived_objects(snapshot: Snapshot) -> list[DerivedObject]:
    """Return what controllers make in an environment, sorted by kind, namespace and name, without what is requested.

    Args:
        snapshot: the environment.
    """
    requested = {(item.kind, item.namespace, item.name) for item in snapshot.objects}
    every = [
        DerivedObject(*each, item)
        for item in snapshot.objects
        if item.type.startswith("kubernetes:")
        for each in derived.derived_objects(item.manifest)
        if each[:3] not in requested
    ]
    return sorted(every, key=lambda item: (item.kind, item.namespace, item.name))
