"""What a revision requests in each environment: its own program, run in a process of its own.

Hermetic: no cluster, no credentials, no plugin, and no network where the user's cache has what the program installs.
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
"""Makes the fingerprints of secrets, which can be compared within this process and mean nothing after it."""

_OURS = Path(__file__).parent.parent
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "XDG_CACHE_HOME", "PYTHONPYCACHEPREFIX")
"""What a program sees of this process's environment: no credential, and not what would make it differ."""

_TEXTS = [field.name for field in fields(Object) if field.type == "str"]
_DEEPEST = 100  # levels of a manifest; those of Argo CD have 27


def take(root: Path, revision: str, stacks: Sequence[str], called: str = "") -> list[Snapshot]:
    """Find out what a revision requests.

    Args:
        root: the project's folder.
        revision: a commit, or `snapshot.revision.WORK_TREE` for the files as they lie there.
        stacks: which environments.
        called: what people call the revision; by default, as above.

    Returns:
        A snapshot for each stack; one without objects says in a sentence why it has none.
    """
    called = called or revision
    try:
        with revisions.folder(root.resolve(), revision) as folder:
            wanted = {"root": str(folder), "revision": called, "stacks": list(stacks), "key": _KEY.hex()}
            command = [sys.executable, "-m", "snapshot.worker"]
            answer = limits.answer(command, _OURS, environment(), json.dumps(wanted), len(stacks))
        return _snapshots(answer, stacks, called)
    except UnreadableError as error:
        problem = str(error)
    except limits.LimitError as error:
        problem = f"the program can't be run: {error}"
    return [Snapshot(stack, called, (), problem) for stack in stacks]


def environment() -> dict[str, str]:
    """The environment variables of a revision's process.

    Python keeps its bytecode even where it is told not to: compiling Pulumi's SDK takes longer than all else.
    """
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def _snapshots(answer: str, stacks: Sequence[str], called: str) -> list[Snapshot]:
    """What a revision's process has answered; whatever ran there may have written into it.

    Raises:
        LimitError: it is not what was asked for.
    """
    try:
        snapshots = [_snapshot(item) for item in json.loads(answer)]
    except MISSHAPEN:
        snapshots = []
    if [item.stack for item in snapshots] != list(stacks):
        raise limits.LimitError("its answer can't be read")
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
        raise TypeError("not a text")
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether something nests so deeply that what reads it, level by level, would not get to its end."""
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
