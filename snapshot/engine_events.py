"""What Pulumi's engine says while it works: the events that it prints as JSON, one in a line, as steps.

The engine tells no secret: in the place of each stands a mark. What it does not know to be one, such as what it reads
back from a cluster, is hidden here, so that no value of a secret leaves this module.
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
"""Events of a resource: what the engine would do to it, and what has come of it."""

_DIAGNOSTIC = "diagnosticEvent"
_NO_NEWS = ("an unhandled error occurred: program exited with non-zero exit code", "preview failed")
"""What the engine says after others have said why."""

KNOWN_LATER = "<known only when it is applied>"
"""Stands for what the program takes from another resource that is not there yet."""

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes that."""

_SECRET_TYPE = "kubernetes:core/v1:Secret"  # noqa: S105 - a type, not a secret
_SECRET_FIELDS = ("data", "stringData")
_MAPS = [(field,) for field in (*_SECRET_FIELDS, "binaryData")]
"""What is a map in every kind that has it: whoever reads a manifest finds one, also where the engine hides it whole."""

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""The annotation in which kubectl keeps all of an object, a Secret's data too."""

_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[]+)')

Path = tuple[str, ...]
"""Where a value is: the keys that lead to it, the positions in lists too."""


@dataclass(frozen=True)
class Step:
    """What the engine would do to one resource, or what it has found of one.

    Attributes:
        operation: its word for that, such as `same`, `update` or `replace`.
        before: the resource as the engine's state has it; None where it is new.
        after: as it will be, or as it was found; None where it goes, or is gone.
        fields: where the provider says that it differs.
        forcing: which of these it can only change by making the resource anew.
        id: what the provider calls it.
    """

    operation: str
    before: Registered | None
    after: Registered | None
    fields: tuple[str, ...]
    forcing: tuple[str, ...]
    id: str


def events(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Read the events that tell of a resource or of an error.

    Args:
        lines: what the engine prints.
    """
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:  # a line of something else, or one that a killed engine could not end
            continue
        if isinstance(event, dict) and (PLANNED in event or DONE in event or _is_error(event)):
            yield event


def steps(found: Collection[Mapping[str, Any]], kind: str) -> list[Step]:
    """Return the steps that some events tell of, in the order of the engine.

    Args:
        found: all of them.
        kind: `PLANNED` or `DONE`.
    """
    told = [event[kind]["metadata"] for event in found if kind in event]
    states = [state for step in told for state in (step["old"], step["new"]) if state]
    rendering = {state["urn"] for state in states if (state.get("inputs") or {}).get("renderYamlToDirectory")}
    return [_step(step, rendering) for step in told]


def errors(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the lines of the errors that some events tell, each once.

    Args:
        found: the events.
    """
    texts = (event[_DIAGNOSTIC]["message"] for event in found if _is_error(event))
    lines = (line.strip() for text in texts for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line and not line.startswith(_NO_NEWS)))


def at(value: Any, path: str) -> Any:
    """Return what a value has in a place; None where it has nothing there.

    Args:
        value: inputs, or a manifest.
        path: the place, as the engine writes it.
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


def _step(told: Mapping[str, Any], rendering: Collection[str]) -> Step:
    old, new = told["old"], told["new"]
    kinds = {path: how["diffKind"] for path, how in (told["detailedDiff"] or {}).items()}
    fields = tuple(kinds or told.get("diffs") or ())
    forcing = [path for path, kind in kinds.items() if kind.endswith("-replace")] or told.get("keys") or ()
    mask = _merged(*(_mask(state) for state in (old, new) if state))
    differing = [_path(path) for path in fields]
    added, gone = ([_path(path) for path, kind in kinds.items() if kind.startswith(how)] for how in ("add", "delete"))
    return Step(
        operation=told["op"],
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
"""Where there are secrets: True, or by key; the items of a list share theirs, as they may move."""


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
    """Marks the secrets of a resource's inputs; two of the same place are the same unless the provider says otherwise.

    Args:
        mask: where there are secrets, before or after.
        differing: where before and after differ.
        missing: which of these places are not there on this side.
        side: which of the two it is.
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
        """A secret; of a map that is secret as a whole, those of its keys that the provider says differ."""
        within = [other for other in self._differing if len(other) > len(path) and other[: len(path)] == path]
        if within:
            return {other[len(path)]: self._mark(other) for other in within if other not in self._missing}
        differs = any(path[: len(other)] == other for other in self._differing)
        secret = {SIGNATURE: SECRET, "value": self._side if differs else ""}
        return {ALL_KEYS: secret} if path in _MAPS else secret


def _at(mask: Mask, key: str) -> Mask:
    """The mask of what is below a key; all that is below a secret is one."""
    return mask.get(key, False) if isinstance(mask, Mapping) else mask
