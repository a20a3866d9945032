"""How the command lines of tools/ end where something is wrong that a person can mend."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable

from errors import UserError
from files import cache_root

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)


def run(command: Callable[[], int | None], *, refused: int = 1) -> int:
    """Run a command line; what a person can mend is a sentence for each fault, never a traceback.

    Args:
        command: The command line: a typer app, or a function that returns the exit code.
        refused: The exit code where a person has to mend something.

    Returns:
        The exit code.
    """
    try:
        return command() or 0
    except UserError as error:
        sentences = error.sentences
    except OSError as error:
        sentences = (_in_words(error),)
    for sentence in sentences:
        print(f"error: {sentence}", file=sys.stderr)
    return refused


def _in_words(error: OSError) -> str:
    """What the system refuses, and what to do about it."""
    problem = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
    if error.errno in _FULL:
        return f"{problem}; make room, then type the same command again, which goes on where this one was"
    if error.errno in _CLOSED:
        return f"{problem}; this checkout and {cache_root()} have to be yours to write into"
    return problem
