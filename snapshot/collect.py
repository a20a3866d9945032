"""What a revision requests in each environment, found by running its program in a process of its own.

Hermetic: no cluster, no credentials, no plugin, and no network if the user's cache has what the program installs.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from manifests.objects import MISSHAPEN
from snapshot import limits
from snapshot import revision as revisions
from snapshot.model import Object, Owner, Snapshot
from snapshot.revision_files import UnreadableError

_KEY = secrets.token_bytes(32)
"""The key of the fingerprints, which can be compared within this process and mean nothing after it."""

_OURS = Path(__file__).parent.parent
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "XDG_CACHE_HOME", "PYTHONPYCACHEPREFIX")
"""The environment variables that a program gets: no credential, and nothing that would change its result."""

_TEXTS = [field.name for field in fields(Object) if field.type == "str"]
_DEEPEST = 100  # levels of a manifest; the deepest of Argo CD's has 27


def take(root: Path, revision: str, stacks: Sequence[str], called: str = "") -> list[Snapshot]:
    """Find out what a revision requests.

    Args:
        root: the project's folder.
        revision: a commit, or `snapshot.revision.WORK_TREE` for the files as they are now.
        stacks: the environments.
        called: what people call the revision; `revision` by default.

    Returns:
        A snapshot for each stack; one that could not be taken has no objects and a `problem`.
    """
    called = called or revision
    try:
        with revisions.folder(root.resolve(), revision) as folder:
            request = {"root": str(folder), "revision": called, "stacks": list(stacks), "key": _KEY.hex()}
            command = [sys.executable, "-m", "snapshot.worker"]
            answer = limits.answer(command, _OURS, environment(), json.dumps(request), len(stacks))
        return _snapshots(answer, stacks, called)
    except UnreadableError as error:
        problem = str(error)
    except limits.LimitError as error:
        problem = f"the program can't be run: {error}"
    return [Snapshot(stack, called, (), problem) for stack in stacks]


def environment() -> dict[str, str]:
    """The environment variables of a revision's process.

    `PYTHONDONTWRITEBYTECODE` is not passed on: compiling Pulumi's SDK takes longer than everything else.
    """
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def _snapshots(answer: str, stacks: Sequence[str], called: str) -> list[Snapshot]:
    """Read the answer of a revision's process, which the code that ran there could have written itself.

    Raises:
        LimitError: it is not a snapshot of each stack.
    """
    try:
        snapshots = [_snapshot(item) for item in json.loads(answer)]
    except MISSHAPEN:
        snapshots = []
    if [item.stack for item in snapshots] != list(stacks):
        raise limits.LimitError("its output is not a list of snapshots")
    return [replace(item, revision=called) for item in snapshots]


def _snapshot(entry: dict[str, Any]) -> Snapshot:
    objects = tuple(_object(item, entry["stack"]) for item in entry["objects"])
    return Snapshot(entry["stack"], "", objects, _text(entry["problem"]), _text(entry["stale"]))


def _object(entry: dict[str, Any], stack: str) -> Object:
    if not isinstance(entry["manifest"], dict) or _is_deeper(entry["manifest"], _DEEPEST):
        raise TypeError("not a manifest")
    texts = {name: _text(entry[name]) for name in _TEXTS}
    return Object(
        **(texts | {"stack": stack}),
        namespace=None if entry["namespace"] is None else _text(entry["namespace"]),
        owner=Owner(entry["owner"]),
        protected=bool(entry["protected"]),
        manifest=entry["manifest"],
        aliases=tuple(map(_text, entry["aliases"])),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether a value has more levels than this, so that recursive readers would fail on it."""
    inner = [value]
    while inner and levels:
        inner = [
            below
            for item in inner
            if isinstance(item, dict | list)
            for below in (item.values() if isinstance(item, dict) else item)
        ]
        levels -= 1
    return bool(inner)
