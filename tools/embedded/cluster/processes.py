"""Start, find and stop processes. The process table is the record of what runs; there are no pid files.

A process is found by an argument that no other one on the machine has (its marker), so one whose starter was killed
before it could write anything down is found as well.
"""

import contextlib
import ctypes
import dataclasses
import datetime
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from errors import UserError

_PROC = Path("/proc")
_POLL = 0.02  # seconds
_PR_SET_PDEATHSIG = 1

# Some seconds are usual on two idle cores; a machine that compiles at the same time needs many times that.
_START_TIMEOUT = 120.0

# Held for as long as we live, because Python complains about children that nobody waited for.
_children: list["subprocess.Popen[bytes]"] = []


@dataclasses.dataclass(frozen=True)
class Process:
    """A process that runs.

    Args:
        pid: Its id, which the system can give to another one later.
        birth: When it started, as the system reports it. Together with the pid this is nobody else.
        command: Its arguments, joined by blanks; empty for a moment while it becomes its program.
    """

    pid: int
    birth: str
    command: str

    @property
    def since(self) -> datetime.datetime:
        """When it started, to about a second."""
        if not self.birth.isdigit():
            return datetime.datetime.strptime(self.birth, "%a %b %d %H:%M:%S %Y").astimezone()
        ticks_per_second = os.sysconf("SC_CLK_TCK")
        up = time.clock_gettime(time.CLOCK_BOOTTIME)
        return datetime.datetime.fromtimestamp(time.time() - up + int(self.birth) / ticks_per_second).astimezone()


def find(marker: Sequence[str]) -> list[Process]:
    """Find the processes that carry a marker.

    Args:
        marker: One whole argument, or several that follow each other.
    """
    return [process for process in _table() if f" {' '.join(marker)} " in f" {process.command} "]


def containing(text: str) -> list[Process]:
    """Find the processes whose arguments, joined by blanks, contain a text."""
    return [process for process in _table() if text in process.command]


def start(command: Sequence[str], *, log: Path, folder: Path, environment: dict[str, str]) -> None:
    """Start a process that outlives this one and its terminal.

    It gets its own session, no standard input and no file of ours. What its last run logged is kept beside the log
    as NAME.previous.log.

    Args:
        command: Program and arguments.
        log: Takes its standard output and error.
        folder: Its working folder.
        environment: Its whole environment; nothing of ours is passed on.

    Raises:
        UserError: The program cannot be run.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    log.touch(mode=0o600)
    with log.open("wb") as output:
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                start_new_session=True,
                umask=0o077,
            )
        except OSError as error:
            raise UserError(f"{command[0]} cannot be run: {error.strerror}") from error
    _children.append(child)
    # For a moment after its start it has no command line yet, and `find` would not see it.
    while child.poll() is None and not ((process := look(child.pid)) and process.command):
        time.sleep(0.001)


def end_with_us() -> None:
    """Have the process that calls this, a child before it becomes its program, interrupted when its parent is killed.

    Linux only: elsewhere it goes on, and the next command reports that it does.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def stop(victims: Iterable[Process], *, grace: float) -> None:
    """Stop processes and wait until they are gone.

    Args:
        victims: Whom. One that ended meanwhile is left alone, also when its pid belongs to another one by now.
        grace: Seconds from SIGTERM to SIGKILL.

    Raises:
        UserError: One belongs to another user, or does not end.
    """
    left = list(victims)
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 10.0)):
        for victim in left:
            _signal(victim, number)
        deadline = time.monotonic() + patience
        while (left := [victim for victim in left if is_alive(victim)]) and time.monotonic() < deadline:
            time.sleep(_POLL)
    if left:
        raise UserError(f"process {left[0].pid} does not end, not even killed: {left[0].command}")


def is_alive(process: Process) -> bool:
    """Say whether it still runs: it, and not another one that got its pid."""
    return look(process.pid) == process


def tail(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log, empty where there is none."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def wait(
    checks: Mapping[str, tuple[Sequence[str], Callable[[Process], bool]]],
    *,
    log: Callable[[str], Path],
    ready: Callable[[str], None],
    restart: str = "",
) -> None:
    """Wait until processes do their work.

    Args:
        checks: The marker of each process, and what asks it whether it does its work, by its name.
        log: Returns the log of a process.
        ready: Called with the name of each that does its work.
        restart: What to add to the sentence about one that does not get healthy.

    Raises:
        UserError: One ends or does not get healthy; with the last lines of its log.
    """
    deadline = time.monotonic() + _START_TIMEOUT
    waiting = dict(checks)
    while waiting:
        for name, (marker, is_healthy) in tuple(waiting.items()):
            running = find(marker)
            if running and is_healthy(running[0]):
                del waiting[name]
                ready(name)
            elif not running or time.monotonic() > deadline:
                problem = f"is not healthy after {_START_TIMEOUT:.0f} s{restart}" if running else "ended by itself"
                raise UserError(f"{name} {problem}. Its last lines:\n{tail(log(name))}\nThe whole log: {log(name)}")
        if waiting:
            time.sleep(0.05)


def _signal(process: Process, number: signal.Signals) -> None:
    if not is_alive(process):
        return
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        pass  # it ended by itself just now
    except PermissionError as error:
        raise UserError(
            f"process {process.pid} was started by another user, who has to stop it: {process.command}"
        ) from error


def _table() -> Iterator[Process]:
    if not _PROC.joinpath("self", "stat").exists():
        yield from _parse_ps(_ps("-ax"))
        return
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and (process := _read_proc(folder)):
            yield process


def look(pid: int) -> Process | None:
    """Return the process that has an id now; None where none has, or only a dead one that nobody waited for."""
    if _PROC.joinpath("self", "stat").exists():
        return _read_proc(_PROC / str(pid))
    return next(_parse_ps(_ps("-p", str(pid))), None)


def _read_proc(folder: Path) -> Process | None:
    # A process that ends while we look, one we are not allowed to look at, and a dead one that nobody waited for are
    # not running ones.
    with contextlib.suppress(OSError):
        command = folder.joinpath("cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ")
        # The second field is the program's name in brackets, which may hold anything; the start time is field 22.
        fields = folder.joinpath("stat").read_text(errors="replace").rpartition(")")[2].split()
        if fields[0] not in "ZX":
            return Process(int(folder.name), fields[19], command.decode(errors="replace"))
    return None


def _ps(*selection: str) -> str:
    # What systems without /proc (macOS) have; every field's width is unlimited with -ww.
    command = ["/bin/ps", *selection, "-ww", "-o", "pid=,lstart=,command="]
    return subprocess.run(command, env={"LC_ALL": "C"}, capture_output=True, text=True, check=False).stdout


def _parse_ps(output: str) -> Iterator[Process]:
    for line in output.splitlines():
        pid, *birth, command = line.split(maxsplit=6)
        yield Process(int(pid), " ".join(birth), command)
