"""Selectors that select nothing, or another workload's pods."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.network import DIRECTIONS
from manifests.objects import Manifest, items, kind_of, part
from manifests.pods import says_all
from manifests.selectors import selects
from manifests.stack import Faults, Objects, place


def unselected(objects: Objects) -> Faults:
    """Selectors that select nothing, and workloads' selectors that don't select exactly their own pods."""
    for workload in objects.workloads:
        manifest = workload.manifest
        selected = objects.selected(part(manifest, "spec", "selector"), place(manifest)[0])
        selected = [other for other in selected if says_all(other.manifest)]
        if kind_of(manifest)[0] == "apps" and [other.manifest for other in selected] != [manifest]:
            titles = " and ".join(f"{other.get('kind')} {place(other)[1]}" for other, _ in selected)
            yield manifest, f"its selector selects the pods of {titles or 'nobody'}"
        for constraint in items(workload.pods.spec, "topologySpreadConstraints"):
            if not workload.may_match(part(constraint, "labelSelector")):
                yield manifest, f"spreads over {constraint.get('topologyKey')} by labels that its pods don't have"
    yield from objects.faults(
        {
            "NetworkPolicy": _of_network_policy,
            "PodDisruptionBudget": _of_budget,
            "Service": _of_service,
            "ServiceMonitor": _of_monitor,
        }
    )


def inside(rule: Manifest, peers: str) -> list[Manifest]:
    """A rule's peers that are pods in the network policy's own namespace."""
    return [peer for peer in items(rule, peers) if set(peer) == {"podSelector"}]


def monitored(objects: Objects, monitor: Manifest) -> list[Manifest]:
    """The Services that a ServiceMonitor selects in its own namespace."""
    selector, namespace = part(monitor, "spec", "selector"), place(monitor)[0]
    services = [service for service in objects.of("Service") if place(service)[0] == namespace]
    return [service for service in services if selects(selector, part(service, "metadata", "labels"))]


def _of_network_policy(objects: Objects, policy: Manifest) -> Iterator[str]:
    spec, namespace = part(policy, "spec"), place(policy)[0]
    if not objects.selected(part(spec, "podSelector"), namespace):
        yield "its selector selects no pods"
    for key, peers in DIRECTIONS.values():
        for rule in items(spec, key):
            if not all(objects.selected(peer["podSelector"], namespace) for peer in inside(rule, peers)):
                yield f"a peer of its {key} selects no pods"


def _of_budget(objects: Objects, budget: Manifest) -> Iterator[str]:
    if not objects.selected(part(budget, "spec", "selector"), place(budget)[0]):
        yield "its selector selects no pods"


def _of_service(objects: Objects, service: Manifest) -> Iterator[str]:
    labels = part(service, "spec", "selector")
    if labels and not objects.selected({"matchLabels": labels}, place(service)[0]):
        yield "its selector selects no pods"


def _of_monitor(objects: Objects, monitor: Manifest) -> Iterator[str]:
    if not items(part(monitor, "spec", "namespaceSelector"), "matchNames") and not monitored(objects, monitor):
        yield "its selector selects no Service"
