"""What a person sees while tools are installed: what, how far, how long."""

from __future__ import annotations

import sys
import time
from typing import TextIO

PLAIN_INTERVAL = 15.0
"""Seconds between two lines about the same step where the output is not a terminal."""


def minutes(seconds: float) -> str:
    """A duration as people say it: 7s, 1m05s."""
    whole = round(seconds)
    return f"{whole}s" if whole < 60 else f"{whole // 60}m{whole % 60:02d}s"


class Progress:
    """Reports one tool's installation: a line that is redrawn on a terminal, plain lines elsewhere.

    Args:
        label: what the lines begin with, e.g. "kubectl 1.35.0".
        stream: where they go; default stderr, so that stdout stays free for `make -s env`.
    """

    def __init__(self, label: str, stream: TextIO | None = None) -> None:
        self._label = label
        self._stream = stream or sys.stderr
        self._started = time.monotonic()
        self._last_line = self._started

    def elapsed(self) -> str:
        """Time since the start of this installation."""
        return minutes(time.monotonic() - self._started)

    def update(self, text: str) -> None:
        """Say how far it is; called as often as one likes."""
        if self._stream.isatty():
            self._stream.write(f"\r\033[K  {self._label}: {text}  {self.elapsed()}")
            self._stream.flush()
        elif time.monotonic() - self._last_line >= PLAIN_INTERVAL:
            self.line(f"{text}, {self.elapsed()} so far")
            self._last_line = time.monotonic()

    def line(self, text: str) -> None:
        """Say something that stays on the screen."""
        clear = "\r\033[K" if self._stream.isatty() else ""
        print(f"{clear}  {self._label}: {text}", file=self._stream, flush=True)
