"""Pulumi's engine as a script that says what the real one has said: tests/support/recordings/ holds what it printed."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

RECORDINGS = Path(__file__).parent / "recordings"


class Engine:
    """Puts a script called `pulumi` on PATH.

    Args:
        folder: where it is made.
        monkeypatch: what changes PATH.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._folder.mkdir()
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.defpath}")

    def says(self, command: str, printed: str = "", complaint: str = "", code: int = 0) -> None:
        """Answer a command from now on.

        Args:
            command: `preview` or `refresh`; another one that is not answered fails.
            printed: what it prints.
            complaint: what it says on its error stream.
            code: what it ends with.
        """
        answer = self._folder / f"{command}.jsonl"
        answer.write_text(printed)
        ending = f"cat {shlex.quote(str(answer))}; printf %s {shlex.quote(complaint)} >&2; exit {code}\n"
        (self._folder / f"{command}.sh").write_text(ending)
        script = self._folder / "pulumi"
        script.write_text(f'#!/bin/sh\necho "$@" >> "{self._folder}/asked"\n. "{self._folder}/$1.sh"\n')
        script.chmod(0o700)

    def asked(self) -> list[str]:
        """The command lines so far."""
        return (self._folder / "asked").read_text().splitlines()
