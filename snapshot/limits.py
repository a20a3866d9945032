"""Limits of a revision's process: anybody's revision is run, and it could use up all time and memory."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

SECONDS, SECONDS_A_STACK = 20, 2
"""The time limit: a base for each revision, and more for each of its stacks. Three stacks take two seconds."""

_MEGABYTE = 1 << 20
_MEMORY, _MEMORY_A_STACK = 300 * _MEGABYTE, 10 * _MEGABYTE  # three stacks take 145 MB
_ANSWER_A_STACK = 4 * _MEGABYTE  # a stack's is 0.4 MB; reading it takes up to thirty times as much memory
_FILE = 64 * _MEGABYTE  # the largest file that a program is allowed to write, for example into the user's cache


class LimitError(Exception):
    """A process has exceeded a limit or failed; the message is the end of a sentence."""


def limit_this_process(stacks: int) -> None:
    """Limit this process and those that it starts, irrevocably.

    Args:
        stacks: how many snapshots it takes.
    """
    seconds, memory = SECONDS + SECONDS_A_STACK * stacks, _MEMORY + _MEMORY_A_STACK * stacks
    for kind, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_DATA, memory), (resource.RLIMIT_FSIZE, _FILE)):
        _, allowed = resource.getrlimit(kind)
        most = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(kind, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that writing more raises an OSError instead


def answer(command: Sequence[str], folder: Path, environment: Mapping[str, str], given: str, stacks: int) -> str:
    """Run a command in a process group of its own, end the whole group, and return what the command printed.

    Args:
        command: what to run.
        folder: its working directory.
        environment: its variables.
        given: its standard input.
        stacks: how many snapshots it takes.

    Raises:
        LimitError: it takes too long, prints too much or fails.
    """
    seconds = SECONDS + SECONDS_A_STACK * stacks
    # Files rather than pipes, which would have to be read while it writes.
    with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as printed:
        question.write(given.encode())
        question.seek(0)
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=question,
            stdout=printed,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        try:
            code = process.wait(seconds * _patience())
        except subprocess.TimeoutExpired:
            raise LimitError(f"it took longer than {seconds} seconds and was stopped") from None
        finally:
            _end(process)
        if code != 0:
            how = f"was stopped by {_signal(-code)}" if code < 0 else f"ended with exit code {code}"
            raise LimitError(f"its process {how}")
        size = printed.seek(0, os.SEEK_END)
        if size > _ANSWER_A_STACK * max(stacks, 1):
            raise LimitError(f"it requests {size // _MEGABYTE:,} MB of objects, and at most 4 MB a stack are allowed")
        printed.seek(0)
        return printed.read().decode(errors="replace")


def _patience() -> float:
    """How many times longer a process takes on this machine than with a core to itself."""
    return min(max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)), 10)


def printed(command: Sequence[str], given: bytes, seconds: float, limit: int) -> bytes | None:
    """Return what a command prints that does not run a revision's code; None if it fails.

    Args:
        command: what to run.
        given: its standard input.
        seconds: its time limit.
        limit: the most bytes that it is allowed to print.

    Raises:
        LimitError: it exceeds one of them.
    """
    with tempfile.TemporaryFile() as question:
        question.write(given)
        question.seek(0)
        process = subprocess.Popen(command, stdin=question, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds * _patience(), stop)
        timer.start()
        try:
            output = process.stdout.read(limit + 1) if process.stdout else b""
            if len(output) > limit:
                process.kill()
        finally:
            process.communicate()
            timer.cancel()
    if late.is_set():
        raise LimitError(f"it takes longer than {seconds:g} seconds")
    if len(output) > limit:
        raise LimitError(f"the output has more than {limit // _MEGABYTE:,} MB")
    return output if process.returncode == 0 else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process group, including processes that its leader has left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing is left; macOS raises the second
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
