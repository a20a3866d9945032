"""What Pulumi prints where there is no terminal: without what is no news."""

from __future__ import annotations

import re
import threading
from typing import IO

# Without a terminal to draw on, Pulumi prints a line each time something about a resource changes, even that it began.
_BEGINS = re.compile(r"^ \S+ +\S+ \S+ (creating|updating|deleting|refreshing|reading|replacing) \(0s\) *$")


def copy(source: IO[str], target: IO[str]) -> threading.Thread:
    """Copy line after line to its end, but for resources that are just beginning, in a thread of its own.

    Args:
        source: where Pulumi prints to.
        target: where it is read.
    """

    def work() -> None:
        for line in source:
            if not _BEGINS.match(line):
                target.write(line)
                target.flush()

    thread = threading.Thread(target=work)
    thread.start()
    return thread
