"""Remembered ports of a cluster and of its Argo CD."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import UserError
from files import write_private
from tools.embedded.cluster.components import PORTS
from tools.embedded.cluster.ports import complete_ports, free_port, is_free, read_ports, write_ports


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_ports_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    ports = {"etcd": 20001, "apiserver": 20002}
    assert read_ports(tmp_path / "ports.json") == {}
    write_ports(tmp_path / "ports.json", ports)
    assert read_ports(tmp_path / "ports.json") == ports


@pytest.mark.parametrize("text", [b"", b"[1]", b"1", b"null", b"{", b"\xff"])
def test_a_damaged_port_file_holds_no_ports(tmp_path: Path, text: bytes) -> None:
    write_private(tmp_path / "ports.json", text)
    assert read_ports(tmp_path / "ports.json") == {}


@pytest.mark.parametrize("port", [0, 65536, "80", True, None, 1.5, 20001])
def test_only_ports_that_are_possible_and_different_are_remembered(tmp_path: Path, port: object) -> None:
    write_private(tmp_path / "ports.json", json.dumps({"redis": port, "server": 20001, "sync-server": 20002}))
    assert read_ports(tmp_path / "ports.json") == {"server": 20001, "sync-server": 20002}


def test_chosen_ports_differ_and_lie_below_the_range_of_outgoing_connections() -> None:
    ports = complete_ports({}, PORTS, [])
    assert ports.keys() == {"etcd", "etcd_peer", "apiserver", "controller_manager", "scheduler"}
    assert len(set(ports.values())) == 5
    assert all(20000 <= port < 32000 and is_free(port) for port in ports.values())


def test_a_port_is_not_given_out_twice_nor_where_somebody_listens(
    monkeypatch: pytest.MonkeyPatch, listening: int
) -> None:
    assert not is_free(listening)
    monkeypatch.setattr("tools.embedded.cluster.ports._RANGE", range(listening, listening + 1))
    with pytest.raises(UserError, match="no free port"):
        free_port([])
    monkeypatch.setattr("tools.embedded.cluster.ports.is_free", lambda _port: True)
    assert free_port([]) == listening
    with pytest.raises(UserError, match="no free port"):
        free_port([listening])


def test_a_remembered_port_is_given_up_only_where_somebody_else_has_taken_it(listening: int) -> None:
    names = {"runs": ["ours"], "stopped": ["theirs", "free"], "added": ["new"]}
    free = free_port([])
    remembered = {"ours": listening, "theirs": listening, "free": free, "of nobody": 1}
    ports = complete_ports(remembered, names, ["runs"])
    assert (ports["ours"], ports["free"]) == (listening, free)
    assert listening not in (ports["theirs"], ports["new"])
    assert len(set(ports.values())) == len(ports)
    assert set(ports) == {"ours", "theirs", "free", "new"}
