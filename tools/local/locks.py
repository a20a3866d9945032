"""The locks of Pulumi's file backend: who holds one, and whether that Pulumi is still alive."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from errors import UserError
from tools.embedded.cluster import processes

PATIENCE = 10.0
"""Seconds that a Pulumi gets to finish the step it is in."""


def refuse_living(path: Path, stack: str) -> None:
    """Return once whoever has locked a stack is dead; a Pulumi whose command was killed is, after the step it is in.

    Args:
        path: the lock.
        stack: the stack's name.

    Raises:
        UserError: it is alive, or it ran on another machine.
    """
    owner = _owner(path)
    if owner and owner.hostname != socket.gethostname():
        raise UserError(
            f"stack {stack} is locked by process {owner.pid} on {owner.hostname}; "
            f"if that is over, type `pulumi cancel --stack {stack}`"
        )
    until = time.monotonic() + PATIENCE
    while owner and owner.is_alive():
        if time.monotonic() >= until:
            raise UserError(f"stack {stack} is being worked on by process {owner.pid}; wait for it, or stop it first")
        time.sleep(0.2)


@dataclass(frozen=True)
class _Owner:
    """Who has locked a stack, as Pulumi writes it down."""

    pid: int
    hostname: str
    locked: float  # seconds since 1970

    def is_alive(self) -> bool:
        """Whether it is that Pulumi which runs, and not a later process that got its pid."""
        process = processes.look(self.pid)
        # Both times are known to about a second.
        return process is not None and process.since.timestamp() <= self.locked + 2


def _owner(path: Path) -> _Owner | None:
    """Read a lock; None where whoever wrote it was killed before it was written."""
    for _ in range(10):
        try:
            record = json.loads(path.read_bytes())
            locked = datetime.fromisoformat(record["timestamp"]).timestamp() if record["timestamp"] else time.time()
            return _Owner(int(record["pid"]), str(record["hostname"]), locked)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            time.sleep(0.1)  # somebody is perhaps writing it just now
    return None
