"""How the command lines of tools/ end where something is wrong that a person can mend."""

from __future__ import annotations

import sys

import typer

from stack_file import StackFileError
from tools.cluster.state import ClusterError
from tools.engine import EngineError
from tools.local.stack import StackError


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
    return 0


def _tell(sentences: list[str]) -> int:
    for sentence in sentences:
        print(f"error: {sentence}", file=sys.stderr)
    return 1
