"""What a change does, in a reader's words: to pods, images, hosts, volumes, sizes and windows, most important first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from manifests.objects import MISSHAPEN
from review import capacity, syncing
from review.capacity import Workload
from review.manifest_values import amount, items, mapping, mappings
from review.model import Action, Change, Level, Report
from snapshot.model import Object

_SHORT = 60  # characters of a setting's value
_WHOLE = ("Deployment", "HorizontalPodAutoscaler", "PersistentVolumeClaim", "StatefulSet")
_COVERED = re.compile(
    r"\.(image|hostnames\b.*|dnsNames\b.*|(minR|maxR|r)eplicas|(resources\.)?(requests|limits)\.\w+|resources)$"
)
"""Fields whose change is an effect on pods, hosts or volumes, in whatever object."""


class Effect(NamedTuple):
    """One thing that changes.

    Attributes:
        subject: what changes, such as "API pods".
        how: how it changes, such as "2-5 -> 3-7".
        stacks: the environments in which it changes.
        is_rest: whether it only counts the objects without an effect of their own.
    """

    subject: str
    how: str
    stacks: tuple[str, ...]
    is_rest: bool

    @property
    def sentence(self) -> str:
        """The effect as a sentence, such as "API pods in staging 2-5 -> 3-7"."""
        *first, last = self.stacks
        where = f"{', '.join(first)} and {last}" if first else last
        return f"{self.subject} in {where} {self.how}"


_Weighted = tuple[int, str, str]
"""An effect's rank, the most important being 0; its subject; how that changes."""

_LOST, _PODS, _IMAGES, _HOSTS, _VOLUMES, _SIZES, _WINDOWS, _SETTINGS, _SECRETS, _OTHERS = range(10)


def effects(report: Report) -> list[Effect]:
    """What changes in all environments; the same effect on several of them is one. Empty for an inventory."""
    stacks_of: dict[_Weighted, list[str]] = {}
    for stack in dict.fromkeys([*(head.stack for head in report.heads), *(_stack(item) for item in report.changes)]):
        changes = [change for change in report.changes if _stack(change) == stack]
        if changes:
            for weight, subject, how in _of_stack(*sides(report, stack), changes):
                stacks_of.setdefault((weight, subject, how), []).append(stack)
    return [
        Effect(subject, how, tuple(stacks), weight == _OTHERS)
        for (weight, subject, how), stacks in sorted(stacks_of.items(), key=_weight)
    ]


def sides(report: Report, stack: str) -> tuple[list[Object], list[Object]]:
    """An environment's objects before a change and after it."""
    after = {item.key: item for head in report.heads if head.stack == stack for item in head.objects}
    before = dict(after)
    for change in report.changes:
        if _stack(change) == stack:
            if change.after:
                after[change.after.key] = change.after
                before.pop(change.after.key, None)
            if change.before:
                before[change.before.key] = change.before
    return list(before.values()), list(after.values())


def _stack(change: Change) -> str:
    return change.object.stack


def _weight(item: tuple[_Weighted, list[str]]) -> int:
    return item[0][0]


def _of_stack(before: list[Object], after: list[Object], changes: Sequence[Change]) -> Iterator[_Weighted]:
    yield from _pods(capacity.workloads(before), capacity.workloads(after))
    old, new = _hosts(before), _hosts(after)
    yield from ((_HOSTS, f"host {name}", "is new" if name in new else "is gone") for name in sorted(old ^ new))
    yield from _volumes(capacity.volumes(before), capacity.volumes(after))
    others = 0
    for change in changes:
        if change.action in (Action.DELETE, Action.REPLACE) and change.level is Level.HIGH:
            how = "is deleted" if change.action is Action.DELETE else "is deleted and recreated"
            yield _LOST, change.object.title, how
        elif describe := _BY_KIND.get(change.object.kind):
            yield from _described(describe, change)
        else:
            others += not _is_covered(change)
    if others:
        yield _OTHERS, "something else", f"changes: {others:,} {'object' if others == 1 else 'objects'}"


def _described(describe: Callable[[Change], Iterator[_Weighted]], change: Change) -> list[_Weighted]:
    """The effects of a change; only that an object changes if it lacks the shape that Kubernetes expects."""
    try:
        return list(describe(change))
    except MISSHAPEN:
        return [(_OTHERS, change.object.title, _how(change))]


def _is_covered(change: Change) -> bool:
    """Whether effects on pods, volumes or hosts cover everything that happens to an object."""
    if change.is_whole:
        return change.object.kind in _WHOLE
    return all(_COVERED.search(field.path) for field in change.fields)


def _pods(before: Mapping[Any, Workload], after: Mapping[Any, Workload]) -> Iterator[_Weighted]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if not old or not new:
            if workload := new or old:
                yield _PODS, f"{workload.title} pods", f"{'are new' if new else 'are gone'}: {_range(workload.pods)}"
            continue
        if old.pods != new.pods:
            yield _PODS, f"{new.title} pods", f"{_range(old.pods)} -> {_range(new.pods)}"
        for name in dict.fromkeys([*old.containers, *new.containers]):
            title = new.title if len(new.containers) == len(old.containers) == 1 else f"{new.title} {name}"
            was, now = old.containers.get(name), new.containers.get(name)
            if was is None or now is None:
                yield _IMAGES, f"{title} container", "is new" if was is None else "is gone"
                continue
            if was.get("image") != now.get("image"):
                yield _IMAGES, f"{title} image", _image(str(was.get("image")), str(now.get("image")))
            yield from _resources(title, was, now)


def _resources(title: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[_Weighted]:
    for part, word in (("requests", "request"), ("limits", "limit")):
        old, new = (mapping(container, "resources", part) for container in (before, after))
        for name in dict.fromkeys([*old, *new]):
            was, now = old.get(name), new.get(name)
            if was != now and (None in (was, now) or amount(was) != amount(now)):
                resource = {"cpu": "CPU"}.get(name, name)
                yield _SIZES, f"{title} {resource} {word}", f"{_set(was)} -> {_set(now)}"


def _image(before: str, after: str) -> str:
    """How an image changes; without its name if that stays the same."""
    (old, was), (new, now) = (_tag(name) for name in (before, after))
    return f"{was} -> {now}" if old == new and was != now else f"{before} -> {after}"


def _tag(image: str) -> tuple[str, str]:
    """An image's name, and its tag with the start of its digest, as far as it has them."""
    name, _, digest = image.partition("@")
    folder, slash, last = name.rpartition("/")
    base, _, tag = last.partition(":")
    short = digest[: len("sha256:") + 12]
    return f"{folder}{slash}{base}", " ".join(filter(None, [tag, short])) if digest else tag


def _range(pods: capacity.Range) -> str:
    return f"{pods.low}" if pods.low == pods.high else f"{pods.low}-{pods.high}"


def _volumes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[_Weighted]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old is None and new is not None:
            yield _VOLUMES, f"volume {name}", f"is new: {capacity.bytes_(new)}"
        elif old is not None and new is not None and old != new:
            yield _VOLUMES, f"volume {name}", f"{capacity.bytes_(old)} -> {capacity.bytes_(new)}"


def _hosts(objects: Iterable[Object]) -> set[str]:
    """The hosts by which an environment is reached from outside."""
    hosts: set[str] = set()
    for item in objects:
        if item.kind == "HTTPRoute":
            hosts |= {name for name in items(item, "spec", "hostnames") if isinstance(name, str)}
        if item.kind == "Ingress":
            hosts |= {str(rule["host"]) for rule in mappings(item, "spec", "rules") if "host" in rule}
    return hosts


def _windows(change: Change) -> Iterator[_Weighted]:
    old, new = (items(side, "spec", "syncWindows") for side in (change.before, change.after))
    if old != new:
        more, less = (
            syncing.loosened_windows(old, new),
            syncing.loosened_windows(new, old).replace("more time", "less time", 1),
        )
        how = "; ".join(dict.fromkeys(filter(None, [more, less])))
        yield _WINDOWS, "sync windows", f"change: {how}" if how else "change, but not when syncing is allowed"
    elif change.fields or not (change.before and change.after):
        yield _OTHERS, f"Argo CD project {change.object.name}", _how(change)


def _settings(change: Change) -> Iterator[_Weighted]:
    """How each variable of a ConfigMap changes; of a long value, only that it does."""
    old, new = (mapping(side, "data") for side in (change.before, change.after))
    if not change.before or not change.after:
        yield _SETTINGS, f"settings {change.object.name}", _how(change)
        return
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name), new.get(name)
        if was != now:
            short = all(value is None or (len(str(value)) <= _SHORT and "\n" not in str(value)) for value in (was, now))
            yield _SETTINGS, f"setting {name}", f"{_set(was)} -> {_set(now)}" if short else "changes"


def _secret(change: Change) -> Iterator[_Weighted]:
    yield _SECRETS, f"secret {change.object.name}", _how(change)


_BY_KIND: Mapping[str, Callable[[Change], Iterator[_Weighted]]] = {
    "AppProject": _windows,
    "ConfigMap": _settings,
    "Secret": _secret,
}
"""The functions that describe an object's change, by its kind."""


def _how(change: Change) -> str:
    return {Action.CREATE: "is new", Action.DELETE: "is gone"}.get(change.action, "changes")


def _set(value: Any) -> str:
    return "not set" if value is None else str(value)
