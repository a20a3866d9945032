"""Limits of a revision's process: a revision can be anybody's, and be made to use all time and memory there is."""

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
"""Until an answer has to be there: of a revision as a whole, and for each of its stacks. Three take two seconds."""

_MEGABYTE = 1 << 20
_MEMORY, _MEMORY_A_STACK = 300 * _MEGABYTE, 10 * _MEGABYTE  # three stacks take 145 MB
_ANSWER_A_STACK = 4 * _MEGABYTE  # one is 0.4 MB; what reads it takes up to thirty times that
_FILE = 64 * _MEGABYTE  # the largest file that a program is allowed to write, into the user's cache for one


class LimitError(Exception):
    """A process took too much, or failed; the message says what, as the end of a sentence."""


def limit_this_process(stacks: int) -> None:
    """Limit this process and those that it starts, for good.

    Args:
        stacks: how many snapshots it is to take.
    """
    seconds, memory = SECONDS + SECONDS_A_STACK * stacks, _MEMORY + _MEMORY_A_STACK * stacks
    for kind, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_DATA, memory), (resource.RLIMIT_FSIZE, _FILE)):
        _, allowed = resource.getrlimit(kind)
        most = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(kind, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that writing more fails with an error that has a name


def answer(command: Sequence[str], folder: Path, environment: Mapping[str, str], given: str, stacks: int) -> str:
    """Run a command in a process group of its own, of which nothing is left afterwards, and return what it prints.

    Args:
        command: what to run.
        folder: where.
        environment: its variables.
        given: what it reads from standard input.
        stacks: how many snapshots it is to take.

    Raises:
        LimitError: it takes too long, prints too much or fails.
    """
    seconds = SECONDS + SECONDS_A_STACK * stacks
    # Files, as nobody has to read them while it writes. Its standard error is of no use to anybody.
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
            raise LimitError(f"it asks for {size // _MEGABYTE:,} MB of objects, and at most 4 a stack are read")
        printed.seek(0)
        return printed.read().decode(errors="replace")


def _patience() -> float:
    """How much longer everything takes here than where a process has a core to itself."""
    return min(max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)), 10)


def printed(command: Sequence[str], given: bytes, seconds: float, limit: int) -> bytes | None:
    """What a command prints that does not run a revision's code; None where it fails.

    Args:
        command: what to run.
        given: what it reads from standard input.
        seconds: until it is stopped.
        limit: how many bytes it is allowed to print.

    Raises:
        LimitError: it takes longer, or prints more.
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
        raise LimitError(f"it has more than {limit // _MEGABYTE:,} MB")
    return output if process.returncode == 0 else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End all of a group: who leads it may have ended already, and left others behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left; macOS says so in another way
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
