"""A stack's lock, which a killed Pulumi leaves behind."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from errors import UserError
from tools.embedded.cluster import processes
from tools.local import __main__ as commands
from tools.local import locks
from tools.local.stack import Stack
from tools.local.workspace import Workspace

NOW = datetime.now(UTC)


def a_lock(root: Path, text: str) -> Path:
    path = Workspace(root).backend / ".pulumi" / "locks" / "organization" / "smarthr360" / "dev" / "lock.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def owned(pid: int, hostname: str = socket.gethostname(), since: datetime = NOW + timedelta(hours=1)) -> str:
    return json.dumps({"pid": pid, "username": "somebody", "hostname": hostname, "timestamp": since.isoformat()})


def unlock(root: Path) -> None:
    Stack(Workspace(root), "dev").unlock()


def a_child() -> int:
    process = os.fork()
    if process == 0:
        os._exit(0)
    return process


def test_the_lock_of_a_dead_pulumi_is_taken_away(tmp_path: Path) -> None:
    process = a_child()
    os.waitpid(process, 0)
    lock = a_lock(tmp_path, owned(process))

    unlock(tmp_path)

    assert not lock.exists()


def test_a_dead_pulumi_that_nobody_waited_for_is_dead(tmp_path: Path) -> None:
    process = a_child()
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)  # it stays a zombie
    lock = a_lock(tmp_path, owned(process))
    try:
        unlock(tmp_path)
    finally:
        os.waitpid(process, 0)

    assert not lock.exists()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(owned(os.getpid(), since=NOW - timedelta(days=1)), id="a stranger who got the pid of a dead one"),
        *("", "{", '{"pid": 1', "[]", "{}", '{"pid": "x", "hostname": "", "timestamp": ""}'),  # killed while writing it
    ],
)
def test_a_lock_that_no_living_pulumi_wrote_is_taken_away(tmp_path: Path, text: str) -> None:
    lock = a_lock(tmp_path, text)

    unlock(tmp_path)

    assert not lock.exists()


def test_the_lock_of_a_living_pulumi_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.3)
    lock = a_lock(tmp_path, owned(os.getpid()))

    with pytest.raises(UserError, match=f"is being worked on by process {os.getpid()}"):
        unlock(tmp_path)
    assert lock.exists()


def test_a_pulumi_that_is_just_ending_is_waited_for(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "0.5"]) as ending:
        lock = a_lock(tmp_path, owned(ending.pid))

        unlock(tmp_path)

    assert not lock.exists()


def test_one_look_decides_whether_a_pulumi_that_is_just_ending_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([processes.look(os.getpid()), None])  # a third look would find nothing prepared
    monkeypatch.setattr(processes, "look", lambda _: next(looks))
    lock = a_lock(tmp_path, owned(os.getpid()))

    unlock(tmp_path)

    assert not lock.exists()


def test_a_lock_of_another_machine_is_left_to_a_person(tmp_path: Path) -> None:
    lock = a_lock(tmp_path, owned(1, hostname="elsewhere"))

    with pytest.raises(UserError, match="locked by process 1 on elsewhere; if that is over, type `pulumi cancel"):
        unlock(tmp_path)
    assert lock.exists()


def test_two_commands_on_one_stack_wait_for_each_other_and_those_on_others_do_not(tmp_path: Path) -> None:
    dev = Stack(Workspace(tmp_path), "dev")
    said: list[str] = []
    order: list[str] = []
    waits = threading.Event()

    def wait(line: str) -> None:
        said.append(line)
        waits.set()

    def second() -> None:
        with dev.alone(wait):
            order.append("second")

    with dev.alone(said.append):
        with Stack(Workspace(tmp_path), "staging").alone(said.append):
            thread = threading.Thread(target=second)
            thread.start()
        assert waits.wait(60)
        order.append("first")
    thread.join()

    assert order == ["first", "second"]
    assert said == ["waiting for another command on stack dev to finish"]


def test_a_command_holds_its_stack_before_it_says_how_that_is_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str | None] = []

    def prepare(stack: Stack, delivery: str | None) -> None:
        with (
            (stack.workspace.local / "locks" / f"{stack.name}.work.lock").open() as handle,
            pytest.raises(BlockingIOError),
        ):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        taken.append(delivery)
        raise UserError("enough")

    monkeypatch.setattr(commands, "Workspace", lambda: Workspace(tmp_path))
    monkeypatch.setattr(commands, "ensure", lambda *_: {})
    monkeypatch.setattr(Workspace, "prepare", lambda *_: None)
    monkeypatch.setattr(Stack, "prepare", prepare)
    for typed in ("up --delivery gitops", "preview", "sync", "destroy"):
        assert str(CliRunner().invoke(commands.app, typed.split()).exception) == "enough"

    assert taken == ["gitops", None, None, None]
