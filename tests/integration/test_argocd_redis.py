"""The stand-in for Redis that Argo CD's processes have beside the embedded cluster."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.embedded.cluster.ports import free_port
from tools.engine import ensure

PASSWORD = "not to be printed"


@pytest.fixture(scope="module")
def program() -> Path:
    return ensure("argo")["argocd-redis"]


@pytest.fixture
def started(program: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The running program, and its port."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    port = free_port(set())
    command = [str(program), "--address", f"127.0.0.1:{port}", "--password-file", str(tmp_path / "password")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        yield process, port
        process.kill()


def connect(port: int) -> socket.socket:
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def ask(connection: socket.socket, *words: str) -> str:
    """One command of Redis's protocol and its answer."""
    packed = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    connection.sendall(f"*{len(words)}\r\n{packed}".encode())
    return connection.recv(4096).decode()


def test_it_asks_for_the_password_forgets_in_time_and_stops_when_asked(
    started: tuple[subprocess.Popen[str], int],
) -> None:
    process, port = started
    with connect(port) as connection:
        assert ask(connection, "GET", "key").startswith("-NOAUTH")
        assert ask(connection, "AUTH", "another").startswith("-WRONGPASS")
        assert ask(connection, "AUTH", PASSWORD) == "+OK\r\n"
        assert ask(connection, "SET", "kept", "value") == "+OK\r\n"
        assert ask(connection, "SET", "key", "value", "EX", "2") == "+OK\r\n"
        assert ask(connection, "GET", "key") == "$5\r\nvalue\r\n"
        deadline = time.monotonic() + 20
        while (found := ask(connection, "GET", "key")) != "$-1\r\n" and time.monotonic() < deadline:
            time.sleep(0.2)
        assert found == "$-1\r\n"
        assert ask(connection, "GET", "kept") == "$5\r\nvalue\r\n"

    process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=20)
    assert (process.returncode, printed) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--address is missing"),
        (["--address", "127.0.0.1:1", "--password-file", "nowhere"], "open nowhere: no such file"),
    ],
)
def test_it_says_what_it_lacks(program: Path, arguments: list[str], said: str) -> None:
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=20)

    assert done.returncode != 0
    assert said in done.stderr
