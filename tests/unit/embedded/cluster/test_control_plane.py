"""Up, down, status and reset where nothing real runs, and the command line around them."""

import socket
from pathlib import Path
from unittest import mock

import pytest
import typer.testing

from errors import UserError
from files import write_private
from tools.embedded.cluster import control_plane
from tools.embedded.cluster.__main__ import app
from tools.embedded.cluster.components import PORTS, Binaries
from tools.embedded.cluster.health import Api
from tools.embedded.cluster.ports import complete_ports, read_ports, write_ports
from tools.embedded.cluster.state import Layout

NAMES = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "provisioner"]


def failing_binaries(folder: Path) -> Binaries:
    """Programs that end at once, each with a word on why."""
    folder.mkdir()
    tools = {}
    for name in [*NAMES, "kubectl"]:
        tools[name] = folder / name
        tools[name].write_text(f"#!/bin/sh\necho one\necho {name} has no data >&2\nexit 3\n")
        tools[name].chmod(0o755)
    return Binaries.of(tools)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "local")


def fail_to_start(layout: Layout, tmp_path: Path) -> tuple[str, list[str]]:
    said: list[str] = []
    with pytest.raises(UserError) as raised:
        control_plane.up(layout, failing_binaries(tmp_path / "bin"), said.append)
    return str(raised.value), said


def test_a_process_that_dies_at_its_start_is_named_with_its_last_words_and_log(layout: Layout, tmp_path: Path) -> None:
    message, _ = fail_to_start(layout, tmp_path)
    log = layout.cluster / "logs" / "etcd.log"
    assert message == (f"etcd ended by itself. Its last lines:\none\netcd has no data\nThe whole log: {log}")
    assert log.read_text() == "one\netcd has no data\n"


def test_a_failed_start_leaves_keys_ports_and_kubeconfig_for_the_next_one(layout: Layout, tmp_path: Path) -> None:
    fail_to_start(layout, tmp_path)
    made = [layout.kubeconfig, layout.tokens, layout.ports, layout.certificates / "ca.key"]
    before = [path.read_bytes() for path in made]
    with pytest.raises(UserError):
        control_plane.up(
            layout, Binaries.of({n: tmp_path / "bin" / n for n in [*NAMES, "kubectl"]}), lambda _line: None
        )
    assert [path.read_bytes() for path in made] == before


def test_a_remembered_port_that_somebody_took_is_replaced_and_said_so(layout: Layout, tmp_path: Path) -> None:
    remembered = complete_ports({}, PORTS, [])
    write_ports(layout.ports, remembered)
    with socket.socket() as server:
        server.bind(("127.0.0.1", remembered["apiserver"]))
        server.listen()
        _, said = fail_to_start(layout, tmp_path)
    now = read_ports(layout.ports)
    assert said == [
        f"port {remembered['apiserver']} (apiserver) is used by another program now: moving to {now['apiserver']}"
    ]
    assert now["apiserver"] != remembered["apiserver"]
    assert {**now, "apiserver": 0} == {**remembered, "apiserver": 0}
    assert f"https://127.0.0.1:{now['apiserver']}" in layout.kubeconfig.read_text()


def test_free_remembered_ports_are_kept_without_a_word(layout: Layout, tmp_path: Path) -> None:
    remembered = complete_ports({}, PORTS, [])
    write_ports(layout.ports, remembered)
    _, said = fail_to_start(layout, tmp_path)
    assert read_ports(layout.ports) == remembered
    assert said == []


def kinds() -> set[str]:
    return {"cert-manager.io/v1", "external-secrets.io/v1", "gateway.networking.k8s.io/v1", "networking.k8s.io/v1"}


def test_kwok_waits_until_all_kinds_of_its_stages_are_published(layout: Layout, tmp_path: Path) -> None:
    run = control_plane._Run(layout, {}, failing_binaries(tmp_path / "bin"), pytest.fail)
    api = mock.Mock(spec=Api)
    api.published.side_effect = [set(), {"v1", *kinds()} - {"cert-manager.io/v1"}, {"v1", "apps/v1", *kinds()}]
    run._prepare_kwok(api)
    assert [name for name, *_ in api.method_calls] == [*3 * ["published"], "release_node_leases"]


def test_a_kind_that_somebody_deleted_is_named_and_made_anew_by_the_next_up(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_plane, "_PUBLISH_TIMEOUT", 0)
    write_private(layout.definitions, "remembered")
    run = control_plane._Run(layout, {}, failing_binaries(tmp_path / "bin"), pytest.fail)
    api = mock.Mock(spec=Api)
    api.published.return_value = kinds() - {"gateway.networking.k8s.io/v1"}
    with pytest.raises(UserError, match=r"no gateway\.networking\.k8s\.io/v1; type `make cluster-up` again"):
        run._prepare_kwok(api)
    assert not layout.definitions.exists()
    api.release_node_leases.assert_not_called()


def test_before_the_first_start_everything_is_stopped(layout: Layout) -> None:
    statuses = control_plane.status(layout)
    assert [item.name for item in statuses] == NAMES
    assert not any(item.healthy or item.process or item.port for item in statuses)
    assert not layout.root.exists()


def test_down_and_reset_have_nothing_to_do_before_the_first_start(layout: Layout) -> None:
    said: list[str] = []
    control_plane.down(layout, said.append)
    control_plane.reset(layout, said.append)
    assert said == ["nothing runs", "nothing to delete"]


def test_reset_deletes_what_up_made_and_nothing_else(layout: Layout, tmp_path: Path) -> None:
    layout.root.mkdir()
    (layout.root / "state").write_text("not the cluster's")
    fail_to_start(layout, tmp_path)
    control_plane.reset(layout, lambda _line: None)
    assert {path.name for path in layout.root.iterdir()} == {"state", "cluster.lock"}


def test_down_works_where_the_ports_are_lost(layout: Layout) -> None:
    layout.cluster.mkdir(parents=True)
    layout.ports.write_text("half a fi")
    said: list[str] = []
    control_plane.down(layout, said.append)
    assert said == ["nothing runs"]


def test_status_exits_with_1_and_says_that_pods_are_simulated(layout: Layout) -> None:
    result = typer.testing.CliRunner().invoke(app, ["status", "--root", str(layout.root)])
    assert result.exit_code == 1
    assert "Pods are simulated" in result.output
    assert result.output.count("stopped") == len(NAMES)
    assert "make cluster-up" in result.output
