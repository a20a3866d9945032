"""Argo CD's own processes beside an embedded cluster, with its official install and a local Git repository."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.platform.argocd.config import config_maps
from errors import UserError
from tests.integration.embedded import Cluster
from tests.support.argocd import argocd_settings
from tests.support.stacks import ROOT
from tools.embedded.argocd import argocd, components
from tools.embedded.argocd.application import wait_for
from tools.embedded.argocd.health import fetch, is_healthy
from tools.embedded.argocd.layout import ArgoLayout
from tools.embedded.argocd.repository import publish
from tools.embedded.argocd.sync import ClosedError, sync
from tools.embedded.cluster.ports import read_ports
from tools.engine import ensure

PATIENCE = 120
ALWAYS = [components.REDIS, components.REPO_SERVER, components.CONTROLLER, components.NOTIFICATIONS]
ACCOUNTS = [components.CONTROLLER, components.NOTIFICATIONS, components.SERVER]


@dataclass
class Argo:
    """An embedded cluster with Argo CD on it."""

    cluster: Cluster
    tools: dict[str, Path]
    said: list[str] = field(default_factory=list)

    @property
    def repository(self) -> Path:
        return self.cluster.layout.root / "gitops.git"

    def up(self) -> list[str]:
        """What is reported."""
        said: list[str] = []
        argocd.up(self.cluster.layout, self.tools, said.append)
        return said

    def processes(self) -> dict[str, int]:
        """The pid of each process of Argo CD; there is at most one."""
        folder = f"{self.cluster.layout.root}/argocd/bin/"
        running = [(c.split()[0], pid) for pid, c in self.cluster.processes().items() if c.startswith(folder)]
        assert len({name for name, _ in running}) == len(running)
        return {Path(name).name: pid for name, pid in running}

    def push(self, name: str, *objects: dict[str, Any]) -> str:
        """Let the branch of an Application hold objects; the commit."""
        folder = self.cluster.layout.root / "rendered" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for number, each in enumerate(objects):
            (folder / f"{number}.yaml").write_text(json.dumps(each))
        return publish(self.repository, folder, f"rendered/{name}", name, "a test")

    def wait(self, name: str, commit: str) -> str:
        return wait_for(self.cluster.layout, name, commit, self.said.append, PATIENCE)

    def sync(self, name: str, *, prune: bool = False) -> str:
        return sync(self.cluster.layout, self.tools, name, self.said.append, PATIENCE, prune=prune)

    def create(
        self, name: str, windows: list[dict[str, Any]] | None = None, path: str | None = None, **policy: Any
    ) -> None:
        """Make a namespace, a project and an Application, which follows the branch of its name."""
        server = "https://kubernetes.default.svc"
        url = f"file://{self.repository}"
        project = {
            "sourceRepos": [url],
            "destinations": [{"server": server, "namespace": name}],
            "namespaceResourceWhitelist": [{"group": "", "kind": "ConfigMap"}],
            "syncWindows": windows or [],
        }
        application = {
            "project": name,
            "source": {"repoURL": url, "targetRevision": name, "path": path or f"rendered/{name}"},
            "destination": {"server": server, "namespace": name},
            "syncPolicy": policy,
        }
        self.cluster.kubectl("create", "namespace", name)
        for kind, spec in (("AppProject", project), ("Application", application)):
            metadata = {"name": name, "namespace": "argocd"}
            body = {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}
            self.cluster.kubectl("create", "-f", "-", body=json.dumps(body))


def a_config_map(namespace: str, name: str = "config", value: str = "1") -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": value}}


def a_secret(namespace: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hidden", "namespace": namespace}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Argo]:
    cluster = Cluster.at(tmp_path_factory.mktemp("home") / "local")
    cluster.run("up")
    tools = ensure("cluster", "argo", "manifests")
    cluster.kubectl("create", "namespace", "argocd")
    cluster.kubectl("apply", "--server-side", "-n", "argocd", "-f", str(tools["install.yaml"]))
    yield Argo(cluster, tools)
    argocd.down(cluster.layout, lambda _: None)
    cluster.run("reset")


@pytest.fixture
def argo(made: Argo) -> Argo:
    made.up()
    return made


def test_from_nothing_its_controllers_run_and_its_server_only_makes_the_keys(made: Argo) -> None:
    said = made.up()
    assert said[-1] == "Argo CD is healthy"
    assert sorted(made.processes()) == sorted(ALWAYS)
    assert "server.secretkey" in made.cluster.get("secret", "argocd-secret", "-n", "argocd")["data"]


def test_up_again_has_nothing_to_do(argo: Argo) -> None:
    before = argo.processes()
    assert argo.up() == ["Argo CD is healthy, nothing to do"]
    assert argo.processes() == before


@pytest.mark.skipif(shutil.which("ss") is None, reason="ss shows to which interface a socket is bound")
def test_no_port_can_be_reached_from_the_network(argo: Argo) -> None:
    lines = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout.splitlines()
    pids = {f"pid={pid}," for pid in argo.processes().values()}
    addresses = [line.split()[3] for line in lines if any(pid in line for pid in pids)]
    assert len(addresses) == 5
    assert [a for a in addresses if not a.startswith("127.0.0.1:") and "%lo:" not in a] == []


@pytest.mark.parametrize("name", ACCOUNTS)
def test_a_process_is_its_own_service_account_to_the_cluster(argo: Argo, name: str) -> None:
    kubeconfig = ArgoLayout(argo.cluster.layout).kubeconfig(name)
    answer = argo.cluster.kubectl(f"--kubeconfig={kubeconfig}", "auth", "whoami", "-o", "json")
    assert json.loads(answer)["status"]["userInfo"]["username"] == f"system:serviceaccount:argocd:{name}"


def test_no_secret_is_in_an_argument_list(argo: Argo) -> None:
    layout = ArgoLayout(argo.cluster.layout)
    accounts = [yaml.safe_load(layout.kubeconfig(name).read_text()) for name in ACCOUNTS]
    secrets = [layout.redis_password.read_text(), *(each["users"][0]["user"]["token"] for each in accounts)]
    commands = argo.cluster.processes().values()
    assert [secret for secret in secrets if any(secret in command for command in commands)] == []


def test_what_is_pushed_is_synced_by_itself(argo: Argo) -> None:
    first = argo.push("dev", a_config_map("dev", value="1"))
    argo.create("dev", automated={"prune": True})
    assert argo.wait("dev", first) == "Synced"
    second = argo.push("dev", a_config_map("dev", value="2"))
    assert argo.wait("dev", second) == "Synced"
    assert argo.cluster.get("configmap", "config", "-n", "dev")["data"] == {"value": "2"}
    assert argo.push("dev", a_config_map("dev", value="2")) == second


def test_a_failed_sync_is_reported_with_argo_cds_reason(argo: Argo) -> None:
    commit = argo.push("strict", a_secret("strict"))
    argo.create("strict", automated={}, retry={"limit": 0})
    with pytest.raises(UserError, match=r"could not sync strict to .*Secret hidden: .*not permitted in project strict"):
        argo.wait("strict", commit)
    assert "hidden" not in argo.cluster.kubectl("get", "secrets", "-n", "strict")


def test_a_path_that_git_does_not_have_is_reported(argo: Argo) -> None:
    commit = argo.push("elsewhere", a_config_map("elsewhere"))
    argo.create("elsewhere", path="rendered/nowhere")
    with pytest.raises(
        UserError, match=r"cannot work with Application elsewhere: .*rendered/nowhere: app path does not"
    ):
        argo.wait("elsewhere", commit)


def test_without_automation_nothing_happens_until_it_is_synced_by_hand_outside_of_a_closed_window(argo: Argo) -> None:
    closed = {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"], "timeZone": "UTC"}
    commit = argo.push("production", a_config_map("production"), a_config_map("production", "more"))
    argo.create("production", [closed])
    assert argo.wait("production", commit) == "OutOfSync"
    with pytest.raises(ClosedError, match=r"refuses to sync production: .*sync window"):
        argo.sync("production")
    assert "config" not in argo.cluster.kubectl("get", "configmaps", "-n", "production", "-o", "name").split("/")

    patch = '{"spec": {"syncWindows": []}}'
    argo.cluster.kubectl("patch", "appproject", "production", "-n", "argocd", "--type=merge", "-p", patch)
    assert argo.sync("production") == "Synced"
    assert argo.cluster.get("configmap", "more", "-n", "production")["data"] == {"value": "1"}

    argo.push("production", a_config_map("production"))
    assert argo.sync("production") == "OutOfSync"
    assert argo.cluster.get("configmap", "more", "-n", "production")
    assert argo.sync("production", prune=True) == "Synced"
    argo.cluster.kubectl("get", "configmap", "more", "-n", "production", code=1)
    assert sorted(argo.processes()) == sorted(ALWAYS)


@pytest.mark.parametrize("name", ALWAYS)
def test_a_killed_process_is_started_again_and_the_others_stay(argo: Argo, name: str) -> None:
    before = argo.processes()
    os.kill(before[name], signal.SIGKILL)
    assert argo.up() == [f"{name} is ready", "Argo CD is healthy"]
    after = argo.processes()
    assert after.pop(name) != before.pop(name)
    assert after == before


def a_killed_sync(argo: Argo) -> None:
    """Die in the middle of a sync, as `kill -9` does it."""
    script = f"""
        import os, signal
        from pathlib import Path
        from tools.embedded.cluster.state import Layout
        from tools.engine import ensure
        from tools.embedded.argocd.argocd import sync_server
        with sync_server(Layout(Path({str(argo.cluster.layout.root)!r})), ensure("cluster", "argo"), print):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert components.SYNC_SERVER in argo.processes()


@pytest.mark.parametrize(
    "command",
    [lambda argo: argo.up(), lambda argo: argocd.down(argo.cluster.layout, lambda _: None)],
    ids=["up", "down"],
)
def test_the_server_of_a_killed_sync_does_not_stay(argo: Argo, command: Callable[[Argo], None]) -> None:
    a_killed_sync(argo)
    command(argo)
    assert components.SYNC_SERVER not in argo.processes()


def test_an_account_that_was_made_anew_is_used(argo: Argo) -> None:
    before = argo.processes()
    argo.cluster.kubectl("delete", "serviceaccount", components.CONTROLLER, "-n", "argocd")
    argo.cluster.kubectl("create", "serviceaccount", components.CONTROLLER, "-n", "argocd")
    said = argo.up()
    assert said[0] == f"{components.CONTROLLER} does not run as it should: stopping it"
    assert argo.processes()[components.CONTROLLER] != before[components.CONTROLLER]


def test_clients_are_started_anew_after_the_cluster_was(argo: Argo) -> None:
    before = argo.processes()
    argo.cluster.run("down")
    argo.cluster.run("up")
    argo.up()
    after = argo.processes()
    assert {name for name in before if after[name] == before[name]} == {components.REDIS, components.REPO_SERVER}


def test_a_server_below_a_path_answers_there_only_and_its_probes_at_the_root(argo: Argo) -> None:
    layout = ArgoLayout(argo.cluster.layout)
    server = components.argocd_components(layout, read_ports(layout.ports))[components.SERVER]
    (path,) = config_maps(argocd_settings(url="https://tools.example.com/argocd/"))["argocd-cmd-params-cm"].values()
    environment = components.environment(layout, server) | {"ARGOCD_SERVER_ROOTPATH": path}
    with subprocess.Popen(server.command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + PATIENCE
            while not is_healthy(layout, server):
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.1)
            answers = {
                asked: fetch(server.port, asked)[0] for asked in ("/argocd/api/version", "/api/version", "/argo")
            }
        finally:
            process.terminate()
    assert answers == {"/argocd/api/version": 200, "/api/version": 404, "/argo": 404}


def test_down_stops_all_of_it_and_deletes_the_clones(argo: Argo) -> None:
    argocd.down(argo.cluster.layout, lambda _: None)
    assert argo.processes() == {}
    assert not ArgoLayout(argo.cluster.layout).temporary.exists()
