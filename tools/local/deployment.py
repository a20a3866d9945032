"""What Pulumi's file backend says of a stack's last deployment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from errors import UserError


def read(state: Path, stack: str) -> dict[str, Any]:
    """Read the last deployment; empty before the first.

    Args:
        state: the stack's state file.
        stack: its name.

    Raises:
        UserError: the file is damaged.
    """
    if not state.exists():
        return {}
    try:
        return dict(json.loads(state.read_bytes())["checkpoint"].get("latest") or {})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(
            f"the state of stack {stack}, {state}, is damaged; Pulumi keeps the one before it: "
            f"`cp {state}.bak {state}`; or give up this cluster with its environments: `make cluster-reset`"
        ) from None
