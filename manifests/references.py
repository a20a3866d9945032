"""Which components use which, read from what their objects name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from manifests.objects import part
from manifests.pods import pods
from manifests.selectors import selects, selects_all
from snapshot.errors import MISSHAPEN
from snapshot.model import Object, Snapshot

_NAMED = {
    "configMap": "ConfigMap",
    "configMapKeyRef": "ConfigMap",
    "configMapRef": "ConfigMap",
    "secretKeyRef": "Secret",
    "secretRef": "Secret",
    "imagePullSecrets": "Secret",
    "certificateRefs": "Secret",
    "backendRefs": "Service",
    "parentRefs": "Gateway",
    "service": "Service",
}
_NAMES = {
    "claimName": "PersistentVolumeClaim",
    "serviceAccountName": "ServiceAccount",
    "priorityClassName": "PriorityClass",
    "secretName": "Secret",
    "serviceName": "Service",
}

Uses = Mapping[str, set[str]]
"""By component, the other components that it needs."""


def uses(snapshot: Snapshot) -> Uses:
    """Whose objects the objects of a component name: config, secrets, claims, services.

    Args:
        snapshot: an environment.
    """
    owners = {(item.kind, item.namespace or "", item.name): item.component for item in snapshot.objects}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for item in snapshot.objects:
        for kind, name in _mentioned(item.manifest):
            for namespace in (item.namespace or "", ""):
                if other := owners.get((kind, namespace, name)):
                    found[item.component].add(other)
        found[item.component].discard(item.component)
    return found


def connections(snapshot: Snapshot) -> Uses:
    """Whose pods a component's pods may connect to, by the network policies.

    Args:
        snapshot: an environment.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for policy in snapshot.objects:
        if policy.kind == "NetworkPolicy":
            with suppress(*MISSHAPEN):  # Kubernetes would not take it, so that it allows nothing
                for client, servers in _allowed(snapshot, policy):
                    found[client] |= servers - {client}
    return found


def _allowed(snapshot: Snapshot, policy: Object) -> Iterator[tuple[str, set[str]]]:
    spec = policy.manifest.get("spec", {})
    servers = _selected(snapshot, policy, spec.get("podSelector"))
    peers = [peer for rule in spec.get("ingress") or () for peer in rule.get("from") or ()]
    for peer in peers:
        if "namespaceSelector" not in peer:
            for client in _selected(snapshot, policy, peer.get("podSelector")):
                yield client, servers


def _mentioned(value: Any) -> Iterator[tuple[str, str]]:
    """The kinds and names that a manifest mentions."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in _NAMES and isinstance(inner, str):
                yield _NAMES[key], inner
            elif key in _NAMED:
                yield from ((_NAMED[key], name) for name in _names(inner))
            yield from _mentioned(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _mentioned(inner)


def _names(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list | tuple) else [value]:
        if isinstance(item, Mapping) and isinstance(item.get("name"), str):
            yield item["name"]


def _selected(snapshot: Snapshot, policy: Object, selector: Any) -> set[str]:
    """The components whose pods a selector selects; one that selects all tells nothing of who needs whom."""
    if not isinstance(selector, Mapping) or selects_all(selector):
        return set()
    return {
        item.component
        for item in snapshot.objects
        for made in pods(item.manifest)
        if item.namespace == policy.namespace and selects(selector, part(made.metadata, "labels"))
    }
