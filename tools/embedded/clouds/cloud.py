"""What exists in a cloud that does not exist: a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from files import lock, write_private
from snapshot.fake_cloud import CLUSTERS

_PROTECTED = (
    ("deletionProtection", True, False),
    ("deletionProtectionEnabled", True, False),
    ("deletionPolicy", "PREVENT", "DELETE"),
)
"""Properties for which a cloud or its provider refuses to delete a thing: the value that does, and one that doesn't."""

_LOCK = "azure-native:authorization:ManagementLockByScope"


class RefusedError(Exception):
    """What the cloud refuses, in a sentence for people."""


@dataclass(frozen=True)
class Thing:
    """What exists in a cloud.

    Attributes:
        type: its type token.
        id: its name in the cloud, which only one of its type has.
        urn: what the engine calls it.
        properties: everything that is known of it.
    """

    type: str
    id: str
    urn: str
    properties: Mapping[str, Any]


class Cloud:
    """A cloud, as a file that outlives the provider: what a person changes in it is drift.

    The file is JSON: under `things`, a list of `Thing`.

    Args:
        path: the file; made with the first thing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def things(self) -> list[Thing]:
        """Everything that exists."""
        return [Thing(each["type"], each["id"], each["urn"], each["properties"]) for each in self._read()]

    def find(self, type_: str, id_: str) -> Thing | None:
        """The thing of a type that has an id."""
        return next((each for each in self.things() if (each.type, each.id) == (type_, id_)), None)

    def has_cluster(self, provider: str, name: str | None = None) -> bool:
        """Whether a provider has a cluster of this name, or any."""
        clusters = [each.properties["name"] for each in self.things() if each.type == CLUSTERS[provider]]
        return name in clusters if name else bool(clusters)

    def add(self, thing: Thing) -> None:
        """Make something.

        Raises:
            RefusedError: there is one already.
        """
        with self._changing() as things:
            if any((each["type"], each["id"]) == (thing.type, thing.id) for each in things):
                raise RefusedError(f"{thing.type} {thing.id} already exists")
            things.append(asdict(thing))

    def change(self, type_: str, id_: str, properties: Mapping[str, Any]) -> None:
        """Change something.

        Raises:
            RefusedError: it is not there.
        """
        with self._changing() as things:
            _the_one(things, type_, id_)["properties"] = properties

    def remove(self, type_: str, id_: str) -> None:
        """Delete something.

        Raises:
            RefusedError: it is not there, or the cloud itself protects it.
        """
        with self._changing() as things:
            gone = _the_one(things, type_, id_)
            for key, value, other in _PROTECTED:
                if gone["properties"].get(key) == value:
                    raise RefusedError(
                        f"{type_} {id_} has {key}: {json.dumps(value)}; set it to {json.dumps(other)} and type "
                        "`pulumi up` first"
                    )
            for each in things:
                if each["type"] == _LOCK and f"{id_}/".startswith(f"{each['properties']['scope']}/") and each != gone:
                    raise RefusedError(f"{type_} {id_} is locked by {each['id']}; delete the lock first")
            things.remove(gone)

    def _read(self) -> list[dict[str, Any]]:
        return json.loads(self._path.read_text())["things"] if self._path.exists() else []

    @contextmanager
    def _changing(self) -> Iterator[list[dict[str, Any]]]:
        with lock(self._path.with_suffix(".lock")):
            things = self._read()
            yield things
            write_private(self._path, json.dumps({"things": things}, indent=2) + "\n")


def _the_one(things: list[dict[str, Any]], type_: str, id_: str) -> dict[str, Any]:
    for each in things:
        if (each["type"], each["id"]) == (type_, id_):
            return each
    raise RefusedError(f"there is no {type_} with the id {id_}")
