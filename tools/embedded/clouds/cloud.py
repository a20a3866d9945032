"""What exists in a cloud that does not exist: a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from files import lock, write_private

_PROTECTED = (
    ("deletionProtection", True, False),
    ("deletionProtectionEnabled", True, False),
    ("deletionPolicy", "PREVENT", "DELETE"),
)
"""By which properties a cloud or its provider refuses to delete a thing: the value that does, and one that does not."""

_LOCKS = "/providers/Microsoft.Authorization/locks/"


class RefusedError(Exception):
    """What the cloud says no to, in a sentence for people."""


@dataclass(frozen=True)
class Thing:
    """What somebody has made.

    Attributes:
        type: its type token.
        id: its name in the cloud; one of its type has it.
        urn: what the engine calls it.
        taken: what no second one of its type can have; None where that is nothing but the id.
        properties: everything that there is to know of it.
    """

    type: str
    id: str
    urn: str
    taken: str | None
    properties: Mapping[str, Any]


class Cloud:
    """A cloud, as a file that outlives the provider: what a person changes in it is drift.

    The file is JSON: under `things` a list of `Thing`, and under `made` how many there have been of each URN, from
    which the ids are made, so that none is given twice.

    Args:
        path: the file; made with the first thing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def generation(self, urn: str) -> int:
        """How many there have been of a URN."""
        return int(self._read()["made"].get(urn, 0))

    def things(self) -> list[Thing]:
        """Everything that exists."""
        return [Thing(**each) for each in self._read()["things"]]

    def find(self, type_: str, id_: str) -> Thing | None:
        """The thing of a type that has an id."""
        return next((each for each in self.things() if (each.type, each.id) == (type_, id_)), None)

    def add(self, thing: Thing) -> None:
        """Make something.

        Raises:
            RefusedError: there is one already.
        """
        with self._changing() as content:
            for each in content["things"]:
                same_name = thing.taken is not None and each["taken"] == thing.taken
                if each["type"] == thing.type and (each["id"] == thing.id or same_name):
                    raise RefusedError(
                        f"{thing.taken or thing.id} already exists: a {thing.type} with the id {each['id']}; type "
                        f"`pulumi import {thing.type} {thing.urn.rpartition('::')[2]} {each['id']}`, or delete it"
                    )
            content["things"].append(asdict(thing))
            content["made"][thing.urn] = content["made"].get(thing.urn, 0) + 1

    def change(self, type_: str, id_: str, properties: Mapping[str, Any]) -> None:
        """Change something.

        Raises:
            RefusedError: it is not there.
        """
        with self._changing() as content:
            _the_one(content, type_, id_)["properties"] = properties

    def remove(self, type_: str, id_: str) -> None:
        """Delete something.

        Raises:
            RefusedError: it is not there, or the cloud itself protects it.
        """
        with self._changing() as content:
            found = _the_one(content, type_, id_)
            for key, value, other in _PROTECTED:
                if found["properties"].get(key) == value:
                    raise RefusedError(
                        f"{type_} {id_} has {key}: {json.dumps(value)}; set it to {json.dumps(other)} and type "
                        "`pulumi up` first"
                    )
            for lock in content["things"]:
                # A lock's id begins with what it locks.
                locked, is_lock, _ = lock["id"].partition(_LOCKS)
                if is_lock and lock is not found and id_.startswith(locked):
                    raise RefusedError(f"{type_} {id_} is locked by {lock['id']}; delete the lock first")
            content["things"].remove(found)

    def _read(self) -> dict[str, Any]:
        content: dict[str, Any] = {"things": [], "made": {}}
        return json.loads(self._path.read_text()) if self._path.exists() else content

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        with lock(self._path.with_suffix(".lock")):
            content = self._read()
            yield content
            write_private(self._path, json.dumps(content, indent=2) + "\n")


def _the_one(content: Mapping[str, Any], type_: str, id_: str) -> dict[str, Any]:
    for each in content["things"]:
        if (each["type"], each["id"]) == (type_, id_):
            found: dict[str, Any] = each
            return found
    raise RefusedError(f"there is no {type_} with the id {id_}")
