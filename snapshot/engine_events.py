"""Reads the events that Pulumi's engine prints while it works, one line of JSON each, as steps.

The engine replaces each secret that it knows with a mark. Those that it does not know, such as what it reads back from
a cluster, are hidden here, so that no value of a secret leaves this module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from manifests.stack import ALL_KEYS
from snapshot.in_process import SECRET, SIGNATURE, Registered

PLANNED, DONE = "resourcePreEvent", "resOutputsEvent"
"""Events of a resource: what the engine would do to it, and the outcome."""

_DIAGNOSTIC = "diagnosticEvent"
_NO_NEWS = ("an unhandled error occurred: program exited with non-zero exit code", "preview failed")
"""Errors that the engine adds after those that give the reason."""

KNOWN_LATER = "<known only when it is applied>"
"""In the place of what the program takes from a resource that does not exist yet."""

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's own placeholder for it."""

_SECRET_TYPE = "kubernetes:core/v1:Secret"  # noqa: S105 - a type, not a secret
_SECRET_FIELDS = ("data", "stringData")
_MAPS = [(field,) for field in (*_SECRET_FIELDS, "binaryData")]
"""Fields that are maps in every kind that has them, and stay so for readers where the engine hides them as a whole."""

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""The annotation in which kubectl keeps the whole object, including a Secret's data."""

_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[]+)')

Path = tuple[str, ...]
"""Where a value is: the keys and list positions that lead to it."""


@dataclass(frozen=True)
class Step:
    """What the engine would do to a resource, or how it has found it in the cluster.

    Attributes:
        operation: the engine's word for that, such as `same`, `update` or `replace`.
        before: the resource in the engine's state; None for a new one.
        after: the resource as it will be, or as it was found; None for one that is deleted or gone.
        fields: the paths that differ, according to the provider.
        forcing: those of them that the provider can only change by replacing the resource.
        id: the provider's ID of the resource.
    """

    operation: str
    before: Registered | None
    after: Registered | None
    fields: tuple[str, ...]
    forcing: tuple[str, ...]
    id: str


def events(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Read the events about resources and errors.

    Args:
        lines: what the engine prints.
    """
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:  # something else's line, or one that a killed engine left unfinished
            continue
        if isinstance(event, dict) and (PLANNED in event or DONE in event or _is_error(event)):
            yield event


def steps(events: Collection[Mapping[str, Any]], kind: str) -> list[Step]:
    """Return the steps among events, in the engine's order.

    Args:
        events: all of them.
        kind: `PLANNED` or `DONE`.
    """
    entries = [event[kind]["metadata"] for event in events if kind in event]
    states = [state for entry in entries for state in (entry["old"], entry["new"]) if state]
    rendering = {state["urn"] for state in states if (state.get("inputs") or {}).get("renderYamlToDirectory")}
    return [_step(entry, rendering) for entry in entries]


def errors(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the lines of the errors among events, each once.

    Args:
        events: all of them.
    """
    texts = (event[_DIAGNOSTIC]["message"] for event in events if _is_error(event))
    lines = (line.strip() for text in texts for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line and not line.startswith(_NO_NEWS)))


def at(value: Any, path: str) -> Any:
    """Return what a value holds at a path; None where it holds nothing there.

    Args:
        value: inputs, or a manifest.
        path: as the engine writes it.
    """
    for key in _path(path):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _is_error(event: Mapping[str, Any]) -> bool:
    return bool(event.get(_DIAGNOSTIC, {}).get("severity") == "error")


def _step(entry: Mapping[str, Any], rendering: Collection[str]) -> Step:
    old, new = entry["old"], entry["new"]
    kinds = {path: how["diffKind"] for path, how in (entry["detailedDiff"] or {}).items()}
    fields = tuple(kinds or entry.get("diffs") or ())
    forcing = [path for path, kind in kinds.items() if kind.endswith("-replace")] or entry.get("keys") or ()
    mask = _merged(*(_mask(state) for state in (old, new) if state))
    differing = [_path(path) for path in fields]
    added, gone = ([_path(path) for path, kind in kinds.items() if kind.startswith(how)] for how in ("add", "delete"))
    return Step(
        operation=entry["op"],
        before=old and _registered(old, rendering, _Hiding(mask, differing, added, "before").inputs(old)),
        after=new and _registered(new, rendering, _Hiding(mask, differing, gone, "after").inputs(new), old),
        fields=fields,
        forcing=tuple(forcing),
        id=(new or old)["id"],
    )


def _registered(
    state: Mapping[str, Any],
    rendering: Collection[str],
    inputs: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
) -> Registered:
    urn = state["urn"]
    return Registered(
        type=state["type"],
        name=urn.rpartition("::")[2],
        urn=urn,
        aliases=(before["urn"],) if before else (),
        inputs=inputs,
        custom=bool(state.get("custom")),
        rendered=state["provider"].rpartition("::")[0] in rendering,
        protected=bool(state.get("protect")),
    )


def _path(text: str) -> Path:
    """The keys in a property path, such as `spec.containers[0]` or `data["nginx.conf"]`."""
    return tuple(quoted or index or plain for quoted, index, plain in _STEP.findall(text))


Mask = Mapping[str, Any] | bool
"""Where secrets are: True for the whole value, or by key; the items of a list share a mask, as they can move."""


def _mask(state: Mapping[str, Any]) -> Mask:
    inputs = state.get("inputs") or {}
    mask = _secrets_in(inputs)
    if state["type"] == _SECRET_TYPE:
        own = dict.fromkeys(_SECRET_FIELDS, True)
        mask = _merged(mask, {**own, "metadata": {"annotations": {_LAST_APPLIED: True}}})
    return mask


def _secrets_in(value: Any) -> Mask:
    if isinstance(value, Mapping):
        return value.get(SIGNATURE) == SECRET or {key: _secrets_in(inner) for key, inner in value.items()}
    return {"": _merged(*map(_secrets_in, value))} if isinstance(value, list) and value else False


def _merged(*masks: Mask) -> Mask:
    if any(mask is True for mask in masks):
        return True
    maps = [mask for mask in masks if isinstance(mask, Mapping)]
    return {
        key: _merged(*(mask[key] for mask in maps if key in mask)) for key in {key for mask in maps for key in mask}
    }


class _Hiding:
    """Marks the secrets in a resource's inputs; those of one place are equal unless the provider says that they differ.

    Args:
        mask: where secrets are, before or after.
        differing: where before and after differ.
        missing: those of these paths that this side lacks.
        side: "before" or "after".
    """

    def __init__(self, mask: Mask, differing: Collection[Path], missing: Collection[Path], side: str) -> None:
        self._mask = mask
        self._differing = differing
        self._missing = missing
        self._side = side

    def inputs(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs of a state."""
        return {key: self._hidden(value, _at(self._mask, key), (key,)) for key, value in state["inputs"].items()}

    def _hidden(self, value: Any, mask: Mask, path: Path) -> Any:
        if isinstance(value, Mapping) and value.get(SIGNATURE) != SECRET:
            return {key: self._hidden(inner, _at(mask, key), (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._hidden(inner, _at(mask, ""), (*path, str(index))) for index, inner in enumerate(value)]
        if mask is True:
            return self._mark(path)
        return KNOWN_LATER if value == _UNKNOWN else value

    def _mark(self, path: Path) -> dict[str, Any]:
        """A marked secret; of a map that is secret as a whole, the keys that differ according to the provider."""
        within = [other for other in self._differing if len(other) > len(path) and other[: len(path)] == path]
        if within:
            return {other[len(path)]: self._mark(other) for other in within if other not in self._missing}
        differs = any(path[: len(other)] == other for other in self._differing)
        secret = {SIGNATURE: SECRET, "value": self._side if differs else ""}
        return {ALL_KEYS: secret} if path in _MAPS else secret


def _at(mask: Mask, key: str) -> Mask:
    """The mask below a key; everything below a secret is secret."""
    return mask.get(key, False) if isinstance(mask, Mapping) else mask
