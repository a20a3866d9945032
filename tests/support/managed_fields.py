"""Compares an object that was asked for with what the API server has noted that was applied, field by field.

With server-side apply the API server keeps, for each field manager, the set of fields that it has sent: `fieldsV1` in
`metadata.managedFields`. What it fills in itself is not in there. Some fields, such as a network policy's rules, it
notes as a whole; there, the program has to write out what it would fill in.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from components.environment.metadata import FIELD_MANAGER
from manifests import equality

MANAGER = FIELD_MANAGER

_NOT_NOTED = ("apiVersion", "kind")
Fields = Mapping[str, Any]


def applied(item: Mapping[str, Any], manager: str = MANAGER) -> Fields | None:
    """The fields of a live object that a manager has sent; None where it has sent none.

    Args:
        item: the object, with its `managedFields`.
        manager: the field manager's name.
    """
    found = [
        entry["fieldsV1"]
        for entry in item["metadata"].get("managedFields", ())
        if (entry["manager"], entry["operation"], entry.get("subresource", "")) == (manager, "Apply", "")
    ]
    assert len(found) <= 1
    return found[0] if found else None


def differences(asked: Mapping[str, Any], item: Mapping[str, Any], sent: Fields) -> list[str]:
    """Where an object differs from what was sent; paths only, as the values may be secret.

    Args:
        asked: a manifest.
        item: the live object.
        sent: which of its fields were sent.
    """
    asked = {key: value for key, value in asked.items() if key not in _NOT_NOTED}
    own = asked["metadata"]
    asked["metadata"] = {key: value for key, value in own.items() if key not in ("name", "namespace")}
    if item["kind"] == "Secret":
        texts = asked.pop("stringData", {})
        coded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        asked |= {"data": {**asked.get("data", {}), **coded}} if coded else {}
    return list(_differences(asked, item, sent, ""))


def _differences(asked: Any, live: Any, sent: Fields, path: str, key: str = "", parent: str = "") -> Iterator[str]:
    if not sent.keys() - {"."}:
        if not _same(asked, live, key, parent):
            yield f"{path}: another value"
    elif isinstance(asked, Mapping) and isinstance(live, Mapping):
        names = {field[2:]: below for field, below in sent.items() if field.startswith("f:")}
        for name in sorted(names.keys() | asked.keys()):
            where = f"{path}.{name}" if path else name
            if name not in asked or name not in names or name not in live:
                yield f"{where}: {'not asked for' if name not in asked else 'not sent'}"
            else:
                yield from _differences(asked[name], live[name], names[name], where, name, key)
    elif isinstance(asked, list) and isinstance(live, list):
        yield from _item_differences(asked, live, sent, path, key)
    else:
        yield f"{path}: another type"


def _item_differences(asked: list[Any], live: list[Any], sent: Fields, path: str, key: str) -> Iterator[str]:
    names = [name for name in sent if name != "."]
    if len(asked) != len(names):
        yield f"{path}: {len(asked)} asked for, {len(names)} sent"
    for name in names:
        wanted, given = (next((item for item in items if _is(item, name)), None) for items in (asked, live))
        if wanted is None or given is None:
            yield f"{path}[{name}]: {'not asked for' if wanted is None else 'not sent'}"
        else:
            yield from _differences(wanted, given, sent[name], f"{path}[{name}]", "", key)


def _is(item: Any, name: str) -> bool:
    """Whether an item of a list is the one that the API server calls so."""
    kind, _, text = name.partition(":")
    found = json.loads(text)
    if kind == "v":
        return bool(item == found)
    return all(item.get(key, _default(key)) == value for key, value in found.items())


def _default(key: str) -> str | None:
    return "TCP" if key == "protocol" else None


def _same(asked: Any, live: Any, key: str, parent: str) -> bool:
    """Whether two values are the same, but for how a quantity is written."""
    if isinstance(asked, Mapping) and isinstance(live, Mapping):
        return asked.keys() == live.keys() and all(_same(asked[name], live[name], name, key) for name in asked)
    if isinstance(asked, list) and isinstance(live, list):
        return len(asked) == len(live) and all(_same(*pair, "", key) for pair in zip(asked, live, strict=True))
    return equality.text(asked, key, parent) == equality.text(live, key, parent)
