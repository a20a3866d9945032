"""Ports, private files and the lock of the embedded cluster."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import UserError
from tools.embedded.cluster.state import Layout, Ports, alone, at_work, free_port, is_free, locked

PORTS = Ports(etcd=20001, etcd_peer=20002, apiserver=20003, controller_manager=20004, scheduler=20005)


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_ports_are_read_back_as_they_were_saved(tmp_path: Path) -> None:
    PORTS.save(tmp_path / "ports.json")
    assert Ports.load(tmp_path / "ports.json") == PORTS


def test_there_are_no_ports_before_the_first_start(tmp_path: Path) -> None:
    assert Ports.load(tmp_path / "ports.json") is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", "null", '{"etcd": 1}', "{", "\xff"),
        '{"etcd": 1, "etcd_peer": 2, "apiserver": 3, "controller_manager": 4, "other": 5}',
        '{"etcd": 1, "etcd_peer": 2, "apiserver": 3, "controller_manager": 4, "scheduler": 4}',
    ],
)
def test_a_damaged_port_file_counts_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ports.json"
    path.write_text(text, encoding="latin-1")
    assert Ports.load(path) is None


@pytest.mark.parametrize("port", ["0", "65536", '"80"', "true", "1.5"])
def test_a_port_file_with_an_impossible_port_counts_as_none(tmp_path: Path, port: str) -> None:
    path = tmp_path / "ports.json"
    PORTS.save(path)
    path.write_text(path.read_text().replace("20003", port))
    assert Ports.load(path) is None


def test_chosen_ports_differ_and_lie_below_the_range_of_outgoing_connections() -> None:
    ports = Ports.choose()
    numbers = {ports.etcd, ports.etcd_peer, ports.apiserver, ports.controller_manager, ports.scheduler}
    assert len(numbers) == 5
    assert all(20000 <= port < 32000 and is_free(port) for port in numbers)


def test_a_port_that_somebody_listens_on_is_not_free(listening: int) -> None:
    assert not is_free(listening)


def test_a_port_is_not_given_out_twice(monkeypatch: pytest.MonkeyPatch, listening: int) -> None:
    candidates = range(listening, listening + 1)
    monkeypatch.setattr("tools.embedded.cluster.state._PORT_RANGE", candidates)
    with pytest.raises(UserError, match="no free port"):
        free_port(set())
    monkeypatch.setattr("tools.embedded.cluster.state.is_free", lambda _port: True)
    assert free_port(set()) == listening
    with pytest.raises(UserError, match="no free port"):
        free_port({listening})


def test_a_link_to_a_checkout_is_the_same_cluster(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "link").symlink_to("checkout")
    assert Layout(tmp_path / "link" / ".local") == Layout(tmp_path / "checkout" / ".local")


def test_a_command_that_waits_for_another_on_the_cluster_says_so(tmp_path: Path) -> None:
    def give_up(line: str) -> None:
        raise UserError(line)

    says = "^waiting for another command on this cluster to finish$"
    with locked(Layout(tmp_path), pytest.fail), pytest.raises(UserError, match=says), locked(Layout(tmp_path), give_up):
        pytest.fail("two hold it")


def test_a_cluster_is_not_taken_away_from_under_those_who_work_with_it(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    with (
        at_work(layout),
        at_work(layout),
        pytest.raises(UserError, match=r"another command is at work .*stop it first"),
        alone(layout),
    ):
        pytest.fail("it was taken away")
    with alone(layout), pytest.raises(UserError, match=r"being stopped by another command"), at_work(layout):
        pytest.fail("somebody works with what is being taken away")
    with at_work(layout):
        pass
