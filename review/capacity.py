"""What an environment requests from its cluster: the number and size of its pods, and the size of its volumes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from review.manifest_values import amount, at, mapping, mappings
from snapshot.model import Object

_WORKLOADS = ("Deployment", "StatefulSet")
_NAMES = {"Api": "API", "Postgres": "PostgreSQL", "Redis": "Redis"}
_OURS = "workloads:"
_UNITS = [(unit, 1 << power) for unit, power in (("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10))]


class Range(NamedTuple):
    """The minimum and the maximum of pods, or of what they request."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class Workload:
    """A workload, whose pods are all the same.

    Attributes:
        title: what people call it, such as API.
        pods: their number; a range if an autoscaler decides.
        containers: the containers in its manifest, by name.
        requests: what a pod requests, by resource: cores and bytes.
    """

    title: str
    pods: Range
    containers: Mapping[str, Mapping[str, Any]]
    requests: Mapping[str, Fraction]


@dataclass(frozen=True)
class Capacity:
    """What an environment requests.

    Attributes:
        cpu: cores.
        memory: bytes.
        storage: bytes.
    """

    cpu: Range = field(default=Range(Fraction(0), Fraction(0)))
    memory: Range = field(default=Range(Fraction(0), Fraction(0)))
    storage: Fraction = Fraction(0)


def of(objects: Iterable[Object]) -> Capacity:
    """Add up what the objects of an environment request, without jobs, which come and go."""
    known = list(objects)
    every = workloads(known).values()

    def requested(name: str, end: int) -> Fraction:
        return sum((each.pods[end] * each.requests.get(name, 0) for each in every), Fraction(0))

    cpu, memory = (Range(requested(name, 0), requested(name, 1)) for name in ("cpu", "memory"))
    return Capacity(cpu, memory, sum(volumes(known).values(), Fraction(0)))


def workloads(objects: Iterable[Object]) -> dict[tuple[str, str], Workload]:
    """The workloads among the objects of an environment, by namespace and name."""
    known = list(objects)
    scaled = {}
    for item in known:
        if item.kind == "HorizontalPodAutoscaler":
            spec, target = mapping(item, "spec"), mapping(item, "spec", "scaleTargetRef")
            pods = Range(*(_number(spec.get(end), 1) for end in ("minReplicas", "maxReplicas")))
            scaled[item.namespace or "", target.get("kind"), target.get("name")] = pods
    return {
        (item.namespace or "", item.name): _workload(item, scaled.get((item.namespace or "", item.kind, item.name)))
        for item in known
        if item.kind in _WORKLOADS
    }


def volumes(objects: Iterable[Object]) -> dict[str, Fraction]:
    """The sizes of an environment's claims in bytes, by name; those of a template's claims are added up."""
    sizes: dict[str, Fraction] = {}
    for item in objects:
        if item.kind == "PersistentVolumeClaim":
            sizes[item.name] = _storage(item.manifest)
        if item.kind == "StatefulSet":
            for template in mappings(item, "spec", "volumeClaimTemplates"):
                name = f"{at(template, 'metadata', 'name')}-{item.name}"
                sizes[name] = _storage(template) * _number(at(item, "spec", "replicas"), 1)
    return sizes


def compared(before: Capacity | None, after: Capacity) -> tuple[str, str, str]:
    """CPU, memory and storage for people: "2 - 3.5 -> 2.5 - 5", or only "2 - 3.5" where nothing changes.

    Args:
        before: None if it is not known.
        after: what is requested after the change.
    """
    old, new = _shown(before or after), _shown(after)
    cpu, memory, storage = (was if was == now else f"{was} -> {now}" for was, now in zip(old, new, strict=True))
    return cpu, memory, storage


def _shown(total: Capacity) -> tuple[str, str, str]:
    cpu, memory = (
        f"{show(side.low)} - {show(side.high)}" if side.low != side.high else show(side.low)
        for side, show in ((total.cpu, cores), (total.memory, bytes_))
    )
    return cpu, memory, bytes_(total.storage)


def cores(number: Fraction) -> str:
    """A number of cores, for people: 0.25."""
    return f"{float(round(number, 2)):g}"


def bytes_(number: Fraction) -> str:
    """A number of bytes as Kubernetes writes it, for people: 1.5Gi."""
    unit, size = next(((unit, size) for unit, size in _UNITS if number >= size), _UNITS[-1])
    return f"{float(round(number / size, 1)):g}{unit}"


def _workload(item: Object, scaled: Range | None) -> Workload:
    replicas = _number(at(item, "spec", "replicas"), 1)
    pod = mapping(item, "spec", "template", "spec")
    first, all_ = mappings(pod, "initContainers"), mappings(pod, "containers")
    beside = [each for each in first if each.get("restartPolicy") == "Always"]  # sidecars
    names = {name for each in (*first, *all_) for name in _requests(each)}
    requests = {
        name: max(
            sum((_requests(each).get(name, Fraction(0)) for each in (*all_, *beside)), Fraction(0)),
            max((_requests(each).get(name, Fraction(0)) for each in first), default=Fraction(0)),
        )
        for name in names
    }
    containers = {str(each.get("name")): each for each in all_}
    return Workload(_title(item), scaled or Range(replicas, replicas), containers, requests)


def _title(item: Object) -> str:
    own = item.component.removeprefix(_OURS)
    return _NAMES.get(own, own.lower()) if item.component.startswith(_OURS) else item.name


def _requests(container: Mapping[str, Any]) -> dict[str, Fraction]:
    """What a container requests; without a request, Kubernetes uses the limit."""
    effective = {**mapping(container, "resources", "limits"), **mapping(container, "resources", "requests")}
    return {name: amount(value) for name, value in effective.items()}


def _storage(claim: Mapping[str, Any]) -> Fraction:
    return amount(at(claim, "spec", "resources", "requests", "storage"))


def _number(value: Any, default: int) -> Fraction:
    return Fraction(value) if isinstance(value, int | float) and not isinstance(value, bool) else Fraction(default)
