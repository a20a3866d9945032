"""What a change does, in the words of who reads it: pods, images, hosts, volumes, sizes, windows; the worst first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from manifests.objects import MISSHAPEN
from review import capacity, syncing
from review.capacity import Workload
from review.model import Action, Change, Level, Report
from snapshot.model import Object

_SHORT = 60  # characters of a setting's value
_WHOLE = ("Deployment", "HorizontalPodAutoscaler", "PersistentVolumeClaim", "StatefulSet")
_TOLD = re.compile(
    r"\.(image|hostnames\b.*|dnsNames\b.*|(minR|maxR|r)eplicas|(resources\.)?(requests|limits)\.\w+|resources)$"
)
"""Fields of which something is told, whatever object they are in."""


class Effect(NamedTuple):
    """One thing that changes.

    Attributes:
        subject: what, such as "API pods".
        how: such as "2-5 -> 3-7".
        stacks: in which environments.
        is_rest: whether it only counts what nothing else is told of.
    """

    subject: str
    how: str
    stacks: tuple[str, ...]
    is_rest: bool

    @property
    def sentence(self) -> str:
        """All of it: "API pods in staging 2-5 -> 3-7"."""
        *first, last = self.stacks
        where = f"{', '.join(first)} and {last}" if first else last
        return f"{self.subject} in {where} {self.how}"


_Found = tuple[int, str, str]
"""How much it matters, the least first; the subject; how it changes."""

_LOST, _PODS, _IMAGES, _HOSTS, _VOLUMES, _SIZES, _WINDOWS, _SETTINGS, _SECRETS, _OTHERS = range(10)


def effects(report: Report) -> list[Effect]:
    """What changes in all environments: the same in several is one.

    Args:
        report: of a change.
    """
    found: dict[_Found, list[str]] = {}
    for stack in dict.fromkeys([*(head.stack for head in report.heads), *(_stack(item) for item in report.changes)]):
        changes = [change for change in report.changes if _stack(change) == stack]
        if changes:
            for weight, subject, how in _of_stack(*sides(report, stack), changes):
                found.setdefault((weight, subject, how), []).append(stack)
    return [
        Effect(subject, how, tuple(stacks), weight == _OTHERS)
        for (weight, subject, how), stacks in sorted(found.items(), key=_weight)
    ]


def sides(report: Report, stack: str) -> tuple[list[Object], list[Object]]:
    """An environment's objects before a change and after it.

    Args:
        report: of a change.
        stack: the environment.
    """
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


def _weight(item: tuple[_Found, list[str]]) -> int:
    return item[0][0]


def _of_stack(before: list[Object], after: list[Object], changes: Sequence[Change]) -> Iterator[_Found]:
    yield from _pods(capacity.workloads(before), capacity.workloads(after))
    yield from _added(_HOSTS, "host", _hosts(before), _hosts(after))
    yield from _volumes(capacity.volumes(before), capacity.volumes(after))
    others = 0
    for change in changes:
        if change.action in (Action.DELETE, Action.REPLACE) and change.level is Level.HIGH:
            how = "is deleted" if change.action is Action.DELETE else "is deleted and made anew"
            yield _LOST, change.object.title, how
        elif teller := _TELLERS.get(change.object.kind):
            yield from _read(teller, change)
        else:
            others += not _is_told(change)
    if others:
        yield _OTHERS, "something else", f"changes: {others:,} {'object' if others == 1 else 'objects'}"


def _read(teller: Callable[[Change], Iterator[_Found]], change: Change) -> list[_Found]:
    """What is told of an object; of one that does not have the shape that Kubernetes wants, that it changes."""
    try:
        return list(teller(change))
    except MISSHAPEN:
        return [(_OTHERS, change.object.title, _how(change))]


def _is_told(change: Change) -> bool:
    """Whether all that happens to an object is told of its pods, its volume or its hosts."""
    if change.action in (Action.CREATE, Action.DELETE):
        return change.object.kind in _WHOLE
    return all(_TOLD.search(field.path) for field in change.fields)


def _pods(before: Mapping[Any, Workload], after: Mapping[Any, Workload]) -> Iterator[_Found]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if not old or not new:
            made = new or old
            if made:
                yield _PODS, f"{made.called} pods", f"{'are new' if new else 'are gone'}: {_range(made.pods)}"
            continue
        if old.pods != new.pods:
            yield _PODS, f"{new.called} pods", f"{_range(old.pods)} -> {_range(new.pods)}"
        for name in dict.fromkeys([*old.containers, *new.containers]):
            called = new.called if len(new.containers) == len(old.containers) == 1 else f"{new.called} {name}"
            was, now = old.containers.get(name), new.containers.get(name)
            if was is None or now is None:
                yield _IMAGES, f"{called} container", "is new" if was is None else "is gone"
                continue
            if was.get("image") != now.get("image"):
                yield _IMAGES, f"{called} image", _image(str(was.get("image")), str(now.get("image")))
            yield from _resources(called, was.get("resources"), now.get("resources"))


def _resources(called: str, before: Any, after: Any) -> Iterator[_Found]:
    for part, word in (("requests", "request"), ("limits", "limit")):
        old, new = (
            side[part] if isinstance(side, Mapping) and isinstance(side.get(part), Mapping) else {}
            for side in (before, after)
        )
        for name in dict.fromkeys([*old, *new]):
            was, now = old.get(name), new.get(name)
            if was != now and (None in (was, now) or capacity.amount(was) != capacity.amount(now)):
                resource = {"cpu": "CPU"}.get(name, name)
                yield _SIZES, f"{called} {resource} {word}", f"{_set(was)} -> {_set(now)}"


def _image(before: str, after: str) -> str:
    """How an image changes, without what stays the same of its name."""
    (old, was), (new, now) = (_tag(name) for name in (before, after))
    return f"{was} -> {now}" if old == new and was != now else f"{before} -> {after}"


def _tag(image: str) -> tuple[str, str]:
    """The name of an image, and its tag or, without one, the start of its digest."""
    name, _, digest = image.partition("@")
    folder, slash, last = name.rpartition("/")
    base, _, tag = last.partition(":")
    short = digest[: len("sha256:") + 12]
    return f"{folder}{slash}{base}", " ".join(filter(None, [tag, short])) if digest else tag


def _range(pods: capacity.Range) -> str:
    return f"{pods.low}" if pods.low == pods.high else f"{pods.low}-{pods.high}"


def _volumes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[_Found]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old is None and new is not None:
            yield _VOLUMES, f"volume {name}", f"is new: {capacity.bytes_(new)}"
        elif old is not None and new is not None and old != new:
            yield _VOLUMES, f"volume {name}", f"{capacity.bytes_(old)} -> {capacity.bytes_(new)}"


def _hosts(objects: Iterable[Object]) -> list[str]:
    """The names under which an environment is reached from outside."""
    found: list[str] = []
    for item in objects:
        spec = item.manifest.get("spec")
        if not isinstance(spec, Mapping):
            continue
        names = spec.get("hostnames") if item.kind == "HTTPRoute" else ()
        rules = spec.get("rules") if item.kind == "Ingress" else ()
        found += [name for name in (names if isinstance(names, list) else ()) if isinstance(name, str)]
        found += [
            str(rule["host"])
            for rule in (rules if isinstance(rules, list) else ())
            if isinstance(rule, Mapping) and "host" in rule
        ]
    return found


def _added(weight: int, word: str, before: Iterable[str], after: Iterable[str]) -> Iterator[_Found]:
    old, new = set(before), set(after)
    for name in sorted(old ^ new):
        yield weight, f"{word} {name}", "is new" if name in new else "is gone"


def _windows(change: Change) -> Iterator[_Found]:
    old, new = (
        found if isinstance(found := _part(side, "spec", "syncWindows"), list) else []
        for side in (change.before, change.after)
    )
    if old != new:
        more, less = syncing.loosened(old, new), syncing.loosened(new, old).replace("more time", "less time", 1)
        said = "; ".join(dict.fromkeys(filter(None, [more, less])))
        yield _WINDOWS, "sync windows", f"change: {said}" if said else "change, but not when syncing is allowed"
    elif change.fields or not (change.before and change.after):
        yield _OTHERS, f"Argo CD project {change.object.name}", _how(change)


def _settings(change: Change) -> Iterator[_Found]:
    """Each variable of a config map; one whose value is a file is told as a whole."""
    old, new = (
        found if isinstance(found := _part(side, "data"), Mapping) else {} for side in (change.before, change.after)
    )
    if not change.before or not change.after:
        yield _SETTINGS, f"settings {change.object.name}", _how(change)
        return
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name), new.get(name)
        if was != now:
            short = all(value is None or (len(str(value)) <= _SHORT and "\n" not in str(value)) for value in (was, now))
            yield _SETTINGS, f"setting {name}", f"{_set(was)} -> {_set(now)}" if short else "changes"


def _secret(change: Change) -> Iterator[_Found]:
    yield _SECRETS, f"secret {change.object.name}", _how(change)


_TELLERS: Mapping[str, Callable[[Change], Iterator[_Found]]] = {
    "AppProject": _windows,
    "ConfigMap": _settings,
    "Secret": _secret,
}
"""Kinds of which something is told, besides that they change."""


def _how(change: Change) -> str:
    return {Action.CREATE: "is new", Action.DELETE: "is gone"}.get(change.action, "changes")


def _set(value: Any) -> str:
    return "not set" if value is None else str(value)


def _part(item: Object | None, *path: str) -> Any:
    found: Any = item.manifest if item else None
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found
