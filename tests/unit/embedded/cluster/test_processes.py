"""Starting, finding and stopping processes, with dummies."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import UserError
from tools.embedded.cluster import processes
from tools.embedded.cluster.processes import Process
from tools.embedded.cluster.state import Layout, locked

# Found by their last argument. No shell: its forks carry the same arguments for a moment.
DUMMY = "; ".join(
    [
        "import json, os, signal, sys, time",
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit('bye'))",
        "print('started', flush=True)",
        "time.sleep(60)",
    ]
)
STUBBORN = DUMMY.replace("lambda *_: sys.exit('bye')", "signal.SIG_IGN")


@pytest.fixture
def marker() -> Iterator[str]:
    marker = f"--marker={uuid.uuid4()}"
    yield marker
    for process in processes.find([marker]):
        os.kill(process.pid, signal.SIGKILL)


def start(tmp_path: Path, marker: str, script: str = DUMMY) -> Process:
    processes.start(
        [sys.executable, "-c", script, marker],
        log=tmp_path / "logs" / "dummy.log",
        folder=tmp_path,
        environment={"KEPT": "yes"},
    )
    (process,) = processes.find([marker])
    return process


def wait_for(tmp_path: Path, text: str) -> None:
    deadline = time.monotonic() + 10
    while text not in (tmp_path / "logs" / "dummy.log").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_process_is_found_by_its_marker_alone(tmp_path: Path, marker: str) -> None:
    process = start(tmp_path, marker)
    assert process.pid != os.getpid()
    assert process.command.endswith(marker)
    assert processes.find([marker[:-1]]) == []
    assert abs(process.since.timestamp() - time.time()) < 5


def test_it_is_asked_to_end_before_it_is_killed(tmp_path: Path, marker: str) -> None:
    process = start(tmp_path, marker)
    wait_for(tmp_path, "started")
    processes.stop([process], grace=10)
    assert processes.find([marker]) == []
    assert processes.tail(tmp_path / "logs" / "dummy.log") == "started\nbye"


def test_one_that_does_not_listen_is_killed(tmp_path: Path, marker: str) -> None:
    process = start(tmp_path, marker, STUBBORN)
    wait_for(tmp_path, "started")
    processes.stop([process], grace=0.2)
    assert processes.find([marker]) == []


def test_one_that_nobody_remembers_starting_is_stopped(marker: str) -> None:
    # Its starter ends without writing anything down, as `up` does after kill -9.
    starter = "import os, subprocess, sys; subprocess.Popen(sys.argv[1:]); os._exit(0)"
    command = [sys.executable, "-c", starter, sys.executable, "-c", STUBBORN, marker]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    (process,) = processes.find([marker])
    processes.stop([process], grace=0.2)
    assert processes.find([marker]) == []


@pytest.mark.parametrize(("birth", "command"), [("1", None), (None, "another program")])
def test_a_process_that_got_the_pid_of_an_ended_one_is_left_alone(
    tmp_path: Path, marker: str, birth: str | None, command: str | None
) -> None:
    process = start(tmp_path, marker)
    ended = Process(process.pid, birth or process.birth, command or process.command)
    assert processes.is_alive(process)
    assert not processes.is_alive(ended)
    processes.stop([ended], grace=0.1)
    assert processes.find([marker]) == [process]


def test_stopping_an_ended_one_is_no_error(tmp_path: Path, marker: str) -> None:
    process = start(tmp_path, marker)
    processes.stop([process], grace=10)
    processes.stop([process], grace=10)
    assert not processes.is_alive(process)


def test_a_dead_child_that_nobody_waited_for_does_not_count(marker: str) -> None:
    with subprocess.Popen([sys.executable, "-c", "", marker]):
        deadline = time.monotonic() + 10
        while processes.find([marker]):
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.mark.parametrize("state", ["R", "S", "D", "T"])
def test_a_process_lives_while_it_has_no_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    # It has none for a moment when it becomes its program, and again when it ends.
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    for pid, status in (("self", "R"), ("7", state), ("8", "Z"), ("9", "X")):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "cmdline").write_bytes(b"")
        (tmp_path / pid / "stat").write_text(f"{pid} (a) program) {status} " + " ".join(str(n) for n in range(4, 53)))

    assert processes.look(7) == Process(7, "22", "")
    assert not processes.is_alive(Process(7, "21", "")), "an earlier one that had this id"
    assert [processes.look(8), processes.look(9), processes.find(["--marker=x"])] == [None, None, []]


def test_it_gets_its_own_session_and_nothing_of_ours(
    tmp_path: Path, marker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "secret")
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    look = (
        "print(json.dumps([dict(os.environ), os.path.sameopenfile(0, os.open(os.devnull, 0)), os.listdir('/dev/fd')]))"
    )
    try:
        with locked(Layout(tmp_path), lambda _line: None):
            process = start(tmp_path, marker, DUMMY.replace("print('started'", f"{look}; print('started'"))
            wait_for(tmp_path, "started")
    finally:
        os.close(reader)
        os.close(writer)
    assert os.getsid(process.pid) == process.pid != os.getsid(0)
    environment, no_input, files = json.loads((tmp_path / "logs" / "dummy.log").read_text().splitlines()[0])
    assert environment["KEPT"] == "yes"
    assert "PULUMI_CONFIG_PASSPHRASE" not in environment
    assert no_input
    # Its standard streams, the /dev/null it opened to compare, and the folder it reads: no lock, no pipe.
    assert set(files) <= {"0", "1", "2", "3", "4"}
    with locked(Layout(tmp_path), pytest.fail):
        assert processes.is_alive(process)


def test_the_log_of_the_run_before_is_kept(tmp_path: Path, marker: str) -> None:
    first = start(tmp_path, marker, DUMMY.replace("started", "first"))
    wait_for(tmp_path, "first")
    processes.stop([first], grace=10)
    start(tmp_path, marker, DUMMY.replace("started", "second"))
    wait_for(tmp_path, "second")
    assert "first" not in (tmp_path / "logs" / "dummy.log").read_text()
    assert "first" in (tmp_path / "logs" / "dummy.previous.log").read_text()


def test_a_program_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="/no/such/program cannot be run: No such file"):
        processes.start(["/no/such/program"], log=tmp_path / "log", folder=tmp_path, environment={})


def test_the_tail_is_the_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert processes.tail(log) == ""
    log.write_bytes(b"one\ntwo\n\xff three\n")
    assert processes.tail(log, 2) == "two\n\ufffd three"


def test_a_process_of_somebody_else_is_said_to_be_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, marker: str
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    process = start(tmp_path, marker)
    with monkeypatch.context() as patched:
        patched.setattr(os, "kill", refuse)
        with pytest.raises(UserError, match=f"process {process.pid} was started by another user"):
            processes.stop([process], grace=0.1)


def test_what_ps_prints_is_understood() -> None:
    output = (
        "    1 Mon Nov 23 14:53:02 2026 /sbin/launchd\n"
        "27100 Mon Nov  3 05:33:34 2026 /tools/etcd --data-dir=/a b/etcd --name=embedded\n"
    )
    first, second = processes._parse_ps(output)
    assert first == Process(1, "Mon Nov 23 14:53:02 2026", "/sbin/launchd")
    assert second.command == "/tools/etcd --data-dir=/a b/etcd --name=embedded"
    assert f"{second.since:%Y-%m-%d %H:%M:%S}" == "2026-11-03 05:33:34"


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="needs ps")
def test_without_a_proc_folder_the_same_is_found(tmp_path: Path, marker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    process = start(tmp_path, marker)
    monkeypatch.setattr(processes, "_PROC", tmp_path / "no-proc")
    (same,) = processes.find([marker])
    assert (same.pid, same.command) == (process.pid, process.command)
    assert abs((same.since - process.since).total_seconds()) < 2
    assert processes.is_alive(same)
    processes.stop([same], grace=10)
    assert processes.find([marker]) == []


PARENT = "; ".join(
    [
        "import subprocess, sys",
        "from tools.embedded.cluster import processes",
        "child = subprocess.Popen([sys.executable, '-c', sys.argv[1]], preexec_fn=processes.end_with_us)",
        "child.wait()",
    ]
)
CHILD = """
import time
try:
    print("started", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals a child when its parent ends")
def test_a_child_is_interrupted_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        parent.kill()
        assert parent.stdout.read() == "interrupted\n"
