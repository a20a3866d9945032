"""Argo CD's processes beside the embedded cluster: what they are started with, and who they are."""

import shutil
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
from tools.embedded.argocd import accounts, argocd, components, run, ui
from tools.embedded.argocd.components import Component, argocd_components
from tools.embedded.argocd.layout import ArgoLayout
from tools.embedded.argocd.loopback import confine
from tools.embedded.cluster.ports import read_ports, write_ports
from tools.embedded.cluster.state import Layout

PORTS = {
    name: 20000 + number for number, name in enumerate(name for each in components.PORTS.values() for name in each)
}


@pytest.fixture
def layout(tmp_path: Path) -> ArgoLayout:
    return ArgoLayout(Layout(tmp_path / "local"))


def the_components(layout: ArgoLayout) -> list[Component]:
    return list(argocd_components(layout, PORTS).values())


def test_every_port_is_on_loopback_or_closed_to_the_network_afterwards(layout: ArgoLayout) -> None:
    for component in the_components(layout):
        command = " ".join(component.command)
        assert ("--address=127.0.0.1" in command) != component.exposed, component.name
        assert "0.0.0.0" not in command  # noqa: S104


def test_every_port_is_used_by_one_process(layout: ArgoLayout) -> None:
    for name, port in PORTS.items():
        users = [component.name for component in the_components(layout) if name in components.PORTS[component.name]]
        carriers = [
            component.name for component in the_components(layout) if f"port={port}" in " ".join(component.command)
        ]
        carriers += [
            component.name for component in the_components(layout) if f"--address=127.0.0.1:{port}" in component.command
        ]
        assert carriers == users
        assert len(users) == 1


def test_a_process_is_found_by_its_path_which_no_other_has(layout: ArgoLayout, tmp_path: Path) -> None:
    known = the_components(layout) + the_components(ArgoLayout(Layout(tmp_path / "other")))
    commands = [f" {' '.join(component.command)} " for component in known]
    for component in known:
        assert sum(f" {' '.join(component.marker)} " in command for command in commands) == 1


def test_markers_do_not_depend_on_ports(layout: ArgoLayout) -> None:
    unknown = argocd_components(layout, {})
    assert {component.name: component.marker for component in the_components(layout)} == {
        n: component.marker for n, component in unknown.items()
    }


def test_the_caches_password_is_no_argument(layout: ArgoLayout) -> None:
    write_private(layout.redis_password, "the-password")
    for component in the_components(layout):
        assert "the-password" not in " ".join(component.command)
        assert components.environment(layout, component)["REDIS_PASSWORD"] == "the-password"


def test_a_process_gets_nothing_of_the_persons_own(layout: ArgoLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    write_private(layout.redis_password, "the-password")
    for name in ("HTTPS_PROXY", "SSH_AUTH_SOCK", "KUBECONFIG", "TZ", "GIT_DIR"):
        monkeypatch.setenv(name, "the person's")
    for component in the_components(layout):
        environment = components.environment(layout, component)
        assert "the person's" not in environment.values()
        assert environment["TZ"] == "UTC"
        paths = [value for name, value in environment.items() if value.startswith("/") and name != "PATH"]
        assert len(paths) > 5
        assert [path for path in paths if not Path(path).is_relative_to(layout.folder)] == []


def test_who_talks_to_the_cluster_does_it_as_its_service_account(layout: ArgoLayout) -> None:
    write_private(layout.redis_password, "the-password")
    of = {component.name: component.account for component in the_components(layout)}
    assert of == {
        "argocd-redis": None,
        "argocd-repo-server": None,
        "argocd-application-controller": "argocd-application-controller",
        "argocd-notifications-controller": "argocd-notifications-controller",
        "argocd-server": "argocd-server",
        "argocd-sync-server": "argocd-server",
    }
    for component in the_components(layout):
        kubeconfig = str(layout.kubeconfig(component.account)) if component.account else None
        assert components.environment(layout, component).get("KUBECONFIG") == kubeconfig
        assert (f"--kubeconfig={kubeconfig}" in component.command) == bool(component.account)


def test_only_the_server_of_one_command_lets_everybody_in(layout: ArgoLayout) -> None:
    assert [component.name for component in the_components(layout) if "--disable-auth" in component.command] == [
        "argocd-sync-server"
    ]


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


def a_cluster(layout: ArgoLayout, port: int) -> None:
    cluster = {"name": "embedded", "cluster": {"server": f"https://127.0.0.1:{port}"}}
    write_private(layout.cluster.kubeconfig, yaml.safe_dump({"clusters": [cluster]}))


def ensure(layout: ArgoLayout, kubectl: Path) -> bool:
    """Whether there is a new kubeconfig, seen before it was written."""
    path = layout.kubeconfig("argocd-server")
    before = path.read_bytes() if path.exists() else b""
    seen: list[bytes] = []
    accounts.ensure(layout, "argocd-server", kubectl, lambda: seen.append(path.read_bytes() if path.exists() else b""))
    assert seen == ([] if path.read_bytes() == before else [before])
    return bool(seen)


def test_a_process_gets_a_token_of_its_service_account(
    layout: ArgoLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "get", lambda *_: {"metadata": {"uid": "first"}})
    a_cluster(layout, 1)
    assert ensure(layout, a_kubectl(tmp_path, "echo the-token"))
    path = layout.kubeconfig("argocd-server")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    document = yaml.safe_load(path.read_text())
    assert document["users"][0]["user"] == {"token": "the-token"}
    assert document["users"][0]["name"] == document["contexts"][0]["context"]["user"]
    assert document["contexts"][0]["context"]["namespace"] == "argocd"
    assert document["clusters"][0]["cluster"] == {"server": "https://127.0.0.1:1"}
    assert "create token argocd-server" in (tmp_path / "asked").read_text()


def test_a_token_is_made_anew_only_for_another_cluster_or_another_account(
    layout: ArgoLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = "first"
    monkeypatch.setattr(accounts, "get", lambda *_: {"metadata": {"uid": uid}})
    kubectl = a_kubectl(tmp_path, "echo the-token")
    a_cluster(layout, 1)
    assert ensure(layout, kubectl)
    assert not ensure(layout, kubectl)
    a_cluster(layout, 2)
    assert ensure(layout, kubectl)
    assert not ensure(layout, kubectl)
    uid = "second"
    assert ensure(layout, kubectl)
    assert not ensure(layout, kubectl)


def test_a_cluster_without_argo_cd_is_reported_in_a_sentence(
    layout: ArgoLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "get", lambda *_: None)
    with pytest.raises(UserError, match=r"Argo CD is not installed on this cluster: .* ServiceAccount argocd-server"):
        ensure(layout, a_kubectl(tmp_path, ""))
    assert not layout.kubeconfig("argocd-server").exists()


def test_a_token_that_is_refused_is_reported_with_the_reason(
    layout: ArgoLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "get", lambda *_: {"metadata": {"uid": "first"}})
    a_cluster(layout, 1)
    with pytest.raises(UserError, match="no token for ServiceAccount argocd-server of namespace argocd: forbidden"):
        ensure(layout, a_kubectl(tmp_path, "echo forbidden >&2; exit 1"))


def test_without_a_cluster_nothing_starts(layout: ArgoLayout) -> None:
    with pytest.raises(UserError, match="the embedded cluster does not run; `make cluster-up` starts it"):
        argocd.up(layout.cluster, {}, lambda _: None)


def test_down_where_nothing_runs_says_so_and_leaves_ports_and_accounts(layout: ArgoLayout) -> None:
    write_ports(layout.ports, PORTS)
    write_private(layout.temporary / "clone" / "file", "x")
    said: list[str] = []
    argocd.down(layout.cluster, said.append)
    assert said == ["Argo CD does not run"]
    assert not layout.temporary.exists()
    assert read_ports(layout.ports) == PORTS


def test_a_process_is_found_and_stopped_though_no_file_names_it(layout: ArgoLayout) -> None:
    program = layout.program(components.REPO_SERVER)
    program.parent.mkdir(parents=True)
    program.symlink_to(shutil.which("sleep") or "")
    with subprocess.Popen([program, "60"]) as process:
        said: list[str] = []
        argocd.down(layout.cluster, said.append)
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
def test_the_way_in_is_shown_as_it_is(
    page: str,
    objects: dict[str, Any],
    present: list[str],
    absent: list[str],
    layout: ArgoLayout,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    objects_by_name = {name: {"data": {"password": "aGlkZGVu"}, **each} for name, each in objects.items()}
    write_ports(layout.ports, PORTS)
    monkeypatch.setattr(argocd, "up", lambda *_, **__: None)
    monkeypatch.setattr(ui, "fetch", lambda *_: (200, page))
    monkeypatch.setattr(ui, "get", lambda _layout, _kind, name: objects_by_name.get(name))
    said = ui.start(layout.cluster, {}, lambda _: None)
    assert [text for text in present if text not in said] == []
    assert [text for text in [*absent, "aGlkZGVu", "hidden"] if text in said] == []
