"""What is to go wrong: operations that fail, and operations that take their time."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from errors import UserError


class Failure(StrEnum):
    """How an operation fails."""

    BEFORE = "before"
    """The cloud refuses, and nothing has changed."""

    HALF = "half"
    """It is done, but what it made does not get ready: the engine is told, and knows what there is."""

    LOST = "lost"
    """It is done, and the answer gets lost: the engine does not know that it is."""


@dataclass(frozen=True)
class Trouble:
    """The file that says so, read anew for every operation, so that it can be changed while the engine runs.

    It is JSON: `{"fail": {"cluster-nodes": "half"}, "slow": {"cluster-network": 2.5}}`. A key is a resource's name,
    or, with `::` in it, a part of its URN; a value is a `Failure`, or seconds.

    Args:
        path: the file; none is no trouble.
    """

    path: Path

    def failure(self, urn: str) -> Failure | None:
        """How the operation on a resource is to fail."""
        found = self._of("fail", urn)
        try:
            return None if found is None else Failure(str(found))
        except ValueError:
            raise UserError(f'{self.path}: "{found}" is not a failure; allowed is {", ".join(Failure)}') from None

    def dawdle(self, urn: str) -> None:
        """Take as long as is asked for."""
        seconds = self._of("slow", urn)
        if seconds is None:
            return
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            raise UserError(f'{self.path}: "{seconds}" is not a number of seconds; allowed is a number')
        time.sleep(seconds)

    def _of(self, kind: str, urn: str) -> object:
        try:
            content = json.loads(self.path.read_text())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise UserError(f"{self.path} is not JSON: {error}") from error
        if not isinstance(content, dict) or content.keys() - {"fail", "slow"}:
            raise UserError(f"{self.path}: allowed are the keys fail and slow")
        name = urn.rpartition("::")[2]
        for part, value in content.get(kind, {}).items():
            if part == name or ("::" in part and part in urn):
                return value
        return None
