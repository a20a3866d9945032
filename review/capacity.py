"""What an environment asks a cluster for: how many pods of what size, and how large its volumes are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from snapshot.model import Object
from units import Quantity

_WORKLOADS = ("Deployment", "StatefulSet")
_NAMES = {"Api": "API", "Postgres": "PostgreSQL", "Redis": "Redis"}
_OURS = "workloads:"
_UNITS = [(unit, 1 << power) for unit, power in (("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10))]


class Range(NamedTuple):
    """How many, from when there is little to do to when there is much."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class Workload:
    """What runs as pods that are all the same.

    Attributes:
        called: what people call it, such as API.
        pods: how many there are; a range where an autoscaler decides.
        containers: each as its manifest has it, by name.
        requests: what a pod asks for, by resource: cores and bytes.
    """

    called: str
    pods: Range
    containers: Mapping[str, Mapping[str, Any]]
    requests: Mapping[str, Fraction]


@dataclass(frozen=True)
class Capacity:
    """What an environment asks for.

    Attributes:
        cpu: cores.
        memory: bytes.
        storage: bytes.
    """

    cpu: Range = field(default=Range(Fraction(0), Fraction(0)))
    memory: Range = field(default=Range(Fraction(0), Fraction(0)))
    storage: Fraction = Fraction(0)


def of(objects: Iterable[Object]) -> Capacity:
    """Add up what the objects of an environment ask for; jobs, which come and go, are not in it.

    Args:
        objects: all of them.
    """
    known = list(objects)
    found = workloads(known).values()

    def requested(name: str, end: int) -> Fraction:
        return sum((each.pods[end] * each.requests.get(name, 0) for each in found), Fraction(0))

    cpu, memory = (Range(requested(name, 0), requested(name, 1)) for name in ("cpu", "memory"))
    return Capacity(cpu, memory, sum(volumes(known).values(), Fraction(0)))


def workloads(objects: Iterable[Object]) -> dict[tuple[str, str], Workload]:
    """What runs as pods, by namespace and name.

    Args:
        objects: of an environment.
    """
    known = list(objects)
    scaled = {
        (item.namespace or "", target.get("kind"), target.get("name")): Range(
            _number(spec.get("minReplicas"), 1), _number(spec.get("maxReplicas"), 1)
        )
        for item in known
        if item.kind == "HorizontalPodAutoscaler"
        for spec in [_map(item.manifest, "spec")]
        for target in [_map(spec, "scaleTargetRef")]
    }
    return {
        (item.namespace or "", item.name): _workload(item, scaled.get((item.namespace or "", item.kind, item.name)))
        for item in known
        if item.kind in _WORKLOADS
    }


def volumes(objects: Iterable[Object]) -> dict[str, Fraction]:
    """How large the claims are, in bytes, by name.

    Args:
        objects: of an environment.
    """
    found: dict[str, Fraction] = {}
    for item in objects:
        spec = _map(item.manifest, "spec")
        if item.kind == "PersistentVolumeClaim":
            found[item.name] = _storage(spec)
        if item.kind == "StatefulSet":
            for template in _items(spec, "volumeClaimTemplates"):
                name = f"{_map(template, 'metadata').get('name')}-{item.name}"
                found[name] = _storage(_map(template, "spec")) * _number(spec.get("replicas"), 1)
    return found


def compared(before: Capacity | None, after: Capacity) -> tuple[str, str, str]:
    """CPU, memory and storage for people: "2 - 3.5 -> 2.5 - 5"; what stays the same is told once.

    Args:
        before: None where it is not known.
        after: what is asked for then.
    """
    old, new = _shown(before or after), _shown(after)
    cpu, memory, storage = (was if was == now else f"{was} -> {now}" for was, now in zip(old, new, strict=True))
    return cpu, memory, storage


def _shown(found: Capacity) -> tuple[str, str, str]:
    cpu, memory = (
        f"{show(side.low)} - {show(side.high)}" if side.low != side.high else show(side.low)
        for side, show in ((found.cpu, cores), (found.memory, bytes_))
    )
    return cpu, memory, bytes_(found.storage)


def cores(number: Fraction) -> str:
    """A number of cores, for people.

    Args:
        number: any.
    """
    return f"{float(round(number, 2)):g}"


def bytes_(number: Fraction) -> str:
    """A number of bytes as Kubernetes writes it, for people: 1.5Gi.

    Args:
        number: any.
    """
    unit, size = next(((unit, size) for unit, size in _UNITS if number >= size), _UNITS[-1])
    return f"{float(round(number / size, 1)):g}{unit}"


def _workload(item: Object, scaled: Range | None) -> Workload:
    spec = _map(item.manifest, "spec")
    replicas = Fraction(_number(spec.get("replicas"), 1))
    pod = _map(_map(spec, "template"), "spec")
    first, all_ = _items(pod, "initContainers"), _items(pod, "containers")
    beside = [each for each in first if each.get("restartPolicy") == "Always"]  # start first, and stay
    names = {name for each in (*first, *all_) for name in _requests(each)}
    requests = {
        name: max(
            sum((_requests(each).get(name, Fraction(0)) for each in (*all_, *beside)), Fraction(0)),
            max((_requests(each).get(name, Fraction(0)) for each in first), default=Fraction(0)),
        )
        for name in names
    }
    containers = {str(each.get("name")): each for each in all_}
    return Workload(_called(item), scaled or Range(replicas, replicas), containers, requests)


def _called(item: Object) -> str:
    own = item.component.removeprefix(_OURS)
    return _NAMES.get(own, own.lower()) if item.component.startswith(_OURS) else item.name


def _requests(container: Mapping[str, Any]) -> dict[str, Fraction]:
    """What a container asks for; where only a limit is set, Kubernetes takes that."""
    resources = _map(container, "resources")
    asked = {**_map(resources, "limits"), **_map(resources, "requests")}
    return {name: amount(value) for name, value in asked.items()}


def amount(value: Any) -> Fraction:
    """What a quantity is worth; 0 where it is none.

    Args:
        value: what a manifest holds.
    """
    try:
        return Quantity(str(value)).value
    except ValueError:
        return Fraction(0)


def _storage(spec: Mapping[str, Any]) -> Fraction:
    return amount(_map(_map(spec, "resources"), "requests").get("storage"))


# What is read here is whatever a program asks for, so that nothing need have the shape that Kubernetes wants.


def _map(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def _items(value: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = value.get(key)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _number(value: Any, default: int) -> Fraction:
    return Fraction(value) if isinstance(value, int | float) and not isinstance(value, bool) else Fraction(default)
