"""What a revision asks for in each environment: its own program, run in a process of its own.

Hermetic: no cluster, no credentials, no plugin, and no network where the user's cache has what the program installs.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ops import revision as revisions
from ops.model import Object, Owner, Snapshot

_KEY = secrets.token_bytes(32)
"""Makes the fingerprints of secrets: they can be compared within this process, and mean nothing after it."""

_OURS = Path(__file__).parent.parent
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "XDG_CACHE_HOME", "PYTHONPYCACHEPREFIX")
"""What a program sees of this process's environment: no credential, and not what would make it differ."""


def take(root: Path, revision: str, stacks: Sequence[str], called: str = "") -> list[Snapshot]:
    """Find out what a revision asks for.

    Args:
        root: the project's folder.
        revision: a commit, or `ops.revision.WORK_TREE` for the files as they lie there.
        stacks: which environments.
        called: what people call the revision; by default, as above.

    Returns:
        A snapshot for each stack; one without objects says in a sentence why there are none.
    """
    called = called or revision
    with revisions.folder(root.resolve(), revision) as folder:
        wanted = {"root": str(folder), "revision": called, "stacks": list(stacks), "key": _KEY.hex()}
        done = subprocess.run(
            [sys.executable, "-m", "ops.child"],
            cwd=_OURS,
            env=environment(),
            input=json.dumps(wanted),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        problem = f"the program can't be run: its process ended with exit code {done.returncode}"
        return [Snapshot(stack, called, (), problem) for stack in stacks]
    return [_snapshot(found) for found in json.loads(done.stdout)]


def environment() -> dict[str, str]:
    """The environment variables of a revision's process.

    Python keeps its bytecode even where it is told not to: compiling Pulumi's SDK takes longer than all else.
    """
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def _snapshot(found: dict[str, Any]) -> Snapshot:
    objects = tuple(
        Object(**{**entry, "owner": Owner(entry["owner"]), "aliases": tuple(entry["aliases"])})
        for entry in found["objects"]
    )
    return Snapshot(**{**found, "objects": objects})
