"""Argo CD's processes beside the embedded cluster: what they are started with, and who they are."""

import json
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from errors import UserError
from files import write_private
from tools.embedded.argocd import accounts, argocd, parts, run, ui
from tools.embedded.argocd.layout import Place, complete_ports, read_ports, write_ports
from tools.embedded.argocd.loopback import confine
from tools.embedded.argocd.parts import Part
from tools.embedded.cluster.state import Layout

PORTS = {name: 20000 + number for number, name in enumerate(name for each in parts.PORTS.values() for name in each)}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(Layout(tmp_path / "local"))


def the_parts(place: Place) -> list[Part]:
    return list(parts.parts(place, PORTS).values())


def test_every_port_is_on_loopback_or_closed_to_the_network_afterwards(place: Place) -> None:
    for part in the_parts(place):
        command = " ".join(part.command)
        assert ("--address=127.0.0.1" in command) != part.exposed, part.name
        assert "0.0.0.0" not in command  # noqa: S104


def test_every_port_is_used_by_one_process(place: Place) -> None:
    for name, port in PORTS.items():
        users = [part.name for part in the_parts(place) if name in parts.PORTS[part.name]]
        carriers = [part.name for part in the_parts(place) if f"port={port}" in " ".join(part.command)]
        carriers += [part.name for part in the_parts(place) if f"--address=127.0.0.1:{port}" in part.command]
        assert carriers == users
        assert len(users) == 1


def test_a_process_is_found_by_its_path_which_no_other_has(place: Place, tmp_path: Path) -> None:
    known = the_parts(place) + the_parts(Place(Layout(tmp_path / "other")))
    commands = [f" {' '.join(part.command)} " for part in known]
    for part in known:
        assert sum(f" {' '.join(part.marker)} " in command for command in commands) == 1


def test_markers_do_not_depend_on_ports(place: Place) -> None:
    unknown = parts.parts(place, {})
    assert {part.name: part.marker for part in the_parts(place)} == {n: part.marker for n, part in unknown.items()}


def test_the_caches_password_is_no_argument(place: Place) -> None:
    write_private(place.redis_password, "the-password")
    for part in the_parts(place):
        assert "the-password" not in " ".join(part.command)
        assert parts.environment(place, part)["REDIS_PASSWORD"] == "the-password"


def test_a_process_gets_nothing_of_the_persons_own(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    write_private(place.redis_password, "the-password")
    for name in ("HTTPS_PROXY", "SSH_AUTH_SOCK", "KUBECONFIG", "TZ", "GIT_DIR"):
        monkeypatch.setenv(name, "the person's")
    for part in the_parts(place):
        environment = parts.environment(place, part)
        assert "the person's" not in environment.values()
        assert environment["TZ"] == "UTC"
        paths = [value for name, value in environment.items() if value.startswith("/") and name != "PATH"]
        assert len(paths) > 5
        assert [path for path in paths if not Path(path).is_relative_to(place.folder)] == []


def test_who_talks_to_the_cluster_does_it_as_its_service_account(place: Place) -> None:
    write_private(place.redis_password, "the-password")
    of = {part.name: part.account for part in the_parts(place)}
    assert of == {
        "argocd-redis": None,
        "argocd-repo-server": None,
        "argocd-application-controller": "argocd-application-controller",
        "argocd-notifications-controller": "argocd-notifications-controller",
        "argocd-server": "argocd-server",
        "argocd-sync-server": "argocd-server",
    }
    for part in the_parts(place):
        kubeconfig = str(place.kubeconfig(part.account)) if part.account else None
        assert parts.environment(place, part).get("KUBECONFIG") == kubeconfig
        assert (f"--kubeconfig={kubeconfig}" in part.command) == bool(part.account)


def test_only_the_server_of_one_command_lets_everybody_in(place: Place) -> None:
    assert [part.name for part in the_parts(place) if "--disable-auth" in part.command] == ["argocd-sync-server"]


def test_ports_are_read_back_as_they_were_written(place: Place) -> None:
    assert read_ports(place.ports) == {}
    write_ports(place.ports, PORTS)
    assert read_ports(place.ports) == PORTS


@pytest.mark.parametrize("text", ["", "[1]", "1", "null", "{"])
def test_a_damaged_port_file_holds_no_ports(place: Place, text: str) -> None:
    write_private(place.ports, text)
    assert read_ports(place.ports) == {}


@pytest.mark.parametrize("port", [0, 65536, "80", True, None, 20001])
def test_only_ports_that_are_possible_and_different_are_remembered(place: Place, port: object) -> None:
    write_private(place.ports, json.dumps({"redis": port, "server": 20001, "sync-server": 20002}))
    assert read_ports(place.ports) == {"server": 20001, "sync-server": 20002}


def test_a_remembered_port_is_given_up_only_where_somebody_else_has_taken_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        ports = complete_ports({"ours": taken, "theirs": taken, "free": 20001}, idle=["theirs", "new"], busy=["ours"])
    assert ports["ours"] == taken
    assert taken not in (ports["theirs"], ports["new"])
    assert len(set(ports.values())) == len(ports)
    assert set(ports) == {"ours", "theirs", "new"}


LISTENER = """
import socket, sys
server = socket.socket()
server.bind(("0.0.0.0", 0))
server.listen()
print(server.getsockname()[1], flush=True)
sys.stdin.readline()
print(server.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16), flush=True)
"""


@pytest.fixture
def listener() -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", LISTENER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="no other system can bind a socket that listens already")
def test_a_port_that_is_open_to_the_network_is_bound_to_the_loopback_interface(
    listener: "subprocess.Popen[str]",
) -> None:
    assert listener.stdout
    port = int(listener.stdout.readline())
    assert confine(listener.pid, port)
    assert confine(listener.pid, port)
    assert not confine(listener.pid, port + 1)
    assert listener.communicate("\n")[0].strip() == r"b'lo\x00'"
    assert not confine(listener.pid, port)


def a_kubectl(folder: Path, script: str) -> Path:
    path = folder / "kubectl"
    path.write_text(f'#!/bin/sh\necho "$@" >>{folder}/asked\n{script}\n')
    path.chmod(0o755)
    return path


def a_cluster(place: Place, port: int) -> None:
    cluster = {"name": "embedded", "cluster": {"server": f"https://127.0.0.1:{port}"}}
    write_private(place.cluster.kubeconfig, yaml.safe_dump({"clusters": [cluster]}))


def ensure(place: Place, kubectl: Path) -> bool:
    """Whether there is a new kubeconfig, of which somebody was told before."""
    path = place.kubeconfig("argocd-server")
    before = path.read_bytes() if path.exists() else b""
    told: list[bytes] = []
    accounts.ensure(place, "argocd-server", kubectl, lambda: told.append(path.read_bytes() if path.exists() else b""))
    assert told == ([] if path.read_bytes() == before else [before])
    return bool(told)


def test_a_process_gets_a_token_of_its_service_account(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "get", lambda *_: {"metadata": {"uid": "first"}})
    a_cluster(place, 1)
    assert ensure(place, a_kubectl(tmp_path, "echo the-token"))
    path = place.kubeconfig("argocd-server")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    document = yaml.safe_load(path.read_text())
    assert document["users"][0]["user"] == {"token": "the-token"}
    assert document["users"][0]["name"] == document["contexts"][0]["context"]["user"]
    assert document["contexts"][0]["context"]["namespace"] == "argocd"
    assert document["clusters"][0]["cluster"] == {"server": "https://127.0.0.1:1"}
    assert "create token argocd-server" in (tmp_path / "asked").read_text()


def test_a_token_is_made_anew_only_for_another_cluster_or_another_account(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = "first"
    monkeypatch.setattr(accounts, "get", lambda *_: {"metadata": {"uid": uid}})
    kubectl = a_kubectl(tmp_path, "echo the-token")
    a_cluster(place, 1)
    assert ensure(place, kubectl)
    assert not ensure(place, kubectl)
    a_cluster(place, 2)
    assert ensure(place, kubectl)
    assert not ensure(place, kubectl)
    uid = "second"
    assert ensure(place, kubectl)
    assert not ensure(place, kubectl)


def test_a_cluster_without_argo_cd_is_told_in_a_sentence(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "get", lambda *_: None)
    with pytest.raises(UserError, match=r"Argo CD is not installed on this cluster: .* ServiceAccount argocd-server"):
        ensure(place, a_kubectl(tmp_path, ""))
    assert not place.kubeconfig("argocd-server").exists()


def test_a_token_that_is_refused_is_told_with_the_reason(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "get", lambda *_: {"metadata": {"uid": "first"}})
    a_cluster(place, 1)
    with pytest.raises(UserError, match="no token for ServiceAccount argocd-server of namespace argocd: forbidden"):
        ensure(place, a_kubectl(tmp_path, "echo forbidden >&2; exit 1"))


def test_without_a_cluster_nothing_starts(place: Place) -> None:
    with pytest.raises(UserError, match="the embedded cluster does not run; `make cluster-up` starts it"):
        argocd.up(place.cluster, {}, lambda _: None)


def test_down_where_nothing_runs_says_so_and_leaves_ports_and_accounts(place: Place) -> None:
    write_ports(place.ports, PORTS)
    write_private(place.temporary / "clone" / "file", "x")
    said: list[str] = []
    argocd.down(place.cluster, said.append)
    assert said == ["Argo CD does not run"]
    assert not place.temporary.exists()
    assert read_ports(place.ports) == PORTS


def test_status_where_nothing_runs_names_the_processes_that_should(place: Place) -> None:
    found = argocd.status(place.cluster)
    assert [(item.name, item.process, item.healthy) for item in found] == [
        ("argocd-redis", None, False),
        ("argocd-repo-server", None, False),
        ("argocd-application-controller", None, False),
        ("argocd-notifications-controller", None, False),
    ]


def test_a_process_is_found_and_stopped_though_no_file_tells_of_it(place: Place) -> None:
    program = place.program(parts.REPO_SERVER)
    program.parent.mkdir(parents=True)
    program.symlink_to(shutil.which("sleep") or "")
    with subprocess.Popen([program, "60"]) as process:
        said: list[str] = []
        argocd.down(place.cluster, said.append)
        assert process.wait() != 0
    assert said == [f"argocd-repo-server stopped (process {process.pid})"]


def test_clones_that_argo_cd_has_shut_are_deleted(tmp_path: Path) -> None:
    clone = tmp_path / "tmp" / "_argocd-repo" / "clone"
    write_private(clone / "file", "x")
    clone.chmod(0)
    clone.parent.chmod(0o300)
    run.delete(tmp_path / "tmp")
    assert list(tmp_path.iterdir()) == []


PAGES = '<html><div id="app"></div></html>'


@pytest.mark.parametrize(
    ("page", "objects", "present", "absent"),
    [
        (PAGES, {"argocd-initial-admin-secret": {}}, ["Argo CD: http://127.0.0.1:", "base64 -d"], ["no web pages"]),
        (
            "<pre>gitkeep</pre>",
            {"argocd-initial-admin-secret": {}},
            ["no web pages", "argocd login 127.0.0.1:", "--username admin"],
            ["Argo CD: http"],
        ),
        (PAGES, {"argocd-cm": {"data": {"admin.enabled": "false"}}}, ["argocd.localAdmin: true"], ["--username admin"]),
        (PAGES, {"argocd-cm": {}}, ["with the password that you have set"], ["base64", "switched off"]),
    ],
)
def test_the_way_in_is_told_as_it_is(
    page: str,
    objects: dict[str, Any],
    present: list[str],
    absent: list[str],
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {name: {"data": {"password": "aGlkZGVu"}, **each} for name, each in objects.items()}
    write_ports(place.ports, PORTS)
    monkeypatch.setattr(argocd, "up", lambda *_, **__: None)
    monkeypatch.setattr(ui, "fetch", lambda *_: (200, page))
    monkeypatch.setattr(ui, "get", lambda _layout, _kind, name: found.get(name))
    told = ui.start(place.cluster, {}, lambda _: None)
    assert [text for text in present if text not in told] == []
    assert [text for text in [*absent, "aGlkZGVu", "hidden"] if text in told] == []
