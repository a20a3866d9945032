"""How the command lines of tools/ end where something is wrong that a person can mend."""

from __future__ import annotations

import errno
import sys

import typer

from stack_file import StackFileError
from tools.embedded.cluster.state import ClusterError
from tools.engine import EngineError
from tools.engine.cache import cache_root
from tools.local.errors import StackError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)


def run(app: typer.Typer) -> int:
    """Run a command line; what a person can mend is a sentence for each fault, never a traceback.

    Args:
        app: its commands.

    Returns:
        The exit code.
    """
    try:
        app(standalone_mode=True)
    except StackError as error:
        # One line for each of the faults of a stack.
        return _tell(str(error).splitlines())
    except (EngineError, StackFileError, ClusterError) as error:
        return _tell([str(error)])
    except OSError as error:
        return _tell([_in_words(error)])
    return 0


def _in_words(error: OSError) -> str:
    """What the system refuses, and what to do about it."""
    problem = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
    if error.errno in _FULL:
        return f"{problem}; make room, then type the same command again, which goes on where this one was"
    if error.errno in _CLOSED:
        return f"{problem}; this checkout and {cache_root()} have to be yours to write into"
    return problem


def _tell(sentences: list[str]) -> int:
    for sentence in sentences:
        print(f"error: {sentence}", file=sys.stderr)
    return 1
