"""The embedded control plane, with its real programs, on a root of its own."""

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.cluster import certificates
from tools.cluster.components import Binaries
from tools.cluster.state import Layout, Ports, is_free

pytestmark = pytest.mark.integration

CHECKOUT = Path(__file__).parents[2]
COMPONENTS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "provisioner"]
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@dataclass
class Cluster:
    """An embedded cluster as a person uses it: by its command line and by kubectl."""

    root: Path
    kubectl_program: Path

    @property
    def layout(self) -> Layout:
        return Layout(self.root)

    @property
    def ports(self) -> Ports:
        ports = Ports.load(self.layout.ports)
        assert ports is not None
        return ports

    def start(self, *command: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "tools.cluster", *command, "--root", str(self.root)],
            cwd=CHECKOUT,
            # Somebody else's cluster, which must neither be used nor changed.
            env={**os.environ, "KUBECONFIG": str(self.root.parent / "somebody-elses")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str, code: int = 0) -> str:
        with self.start(*command) as process:
            output, _ = process.communicate()
        assert process.returncode == code, output
        return output

    def kubectl(self, *arguments: str, body: str = "", code: int = 0) -> str:
        result = subprocess.run(
            [self.kubectl_program, "--kubeconfig", self.layout.kubeconfig, *arguments],
            env={"HOME": str(self.root.parent)},
            input=body,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (result.returncode == 0) == (code == 0), result.stdout + result.stderr
        return result.stdout + result.stderr

    def get(self, *what: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", *what, "--output", "json"))
        return found

    def processes(self) -> dict[int, str]:
        """Every process that names this root in its arguments, by pid; found without the code under test."""
        listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
        lines = (line.split(maxsplit=1) for line in listed.stdout.splitlines())
        return {int(pid): command for pid, command in lines if f"{self.root}" in command}

    def pids(self) -> dict[str, int]:
        """The pid of each component; there is exactly one, and nothing else."""
        found = {}
        for pid, command in self.processes().items():
            name = "provisioner" if "tools.cluster.provisioner" in command else Path(command.split()[0]).name
            assert name not in found, f"{name} runs twice"
            found[name] = pid
        assert sorted(found) == sorted(COMPONENTS)
        return found

    def request(self, context: ssl.SSLContext, token: str | None = None) -> int:
        """The status of a request without kubectl; raises SSLError where there is no trust."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.ports.apiserver, context=context, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/readyz", headers={"Authorization": f"Bearer {token}"} if token else {})
            return connection.getresponse().status


def eventually(check: Callable[[], bool], seconds: float = 30) -> bool:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture(scope="module")
def binaries() -> Binaries:
    from tools.engine import ensure

    return Binaries.of(ensure("cluster"))


@pytest.fixture(scope="module")
def module_cluster(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("control-plane") / "local", binaries.kubectl)
    yield made
    made.run("reset")


@pytest.fixture
def cluster(module_cluster: Cluster) -> Cluster:
    module_cluster.run("up")
    return module_cluster


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    name = f"test-{time.time_ns()}"
    cluster.kubectl("create", "namespace", name)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def claim(name: str, storage_class: str, mode: str) -> str:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name},
            "spec": {
                "accessModes": [mode],
                "storageClassName": storage_class,
                "resources": {"requests": {"storage": "10Gi"}},
            },
        }
    )


def assert_a_deployment_gets_ready(cluster: Cluster, namespace: str, name: str) -> None:
    cluster.kubectl("create", "deployment", name, "--image=x:1", "--replicas=2", "-n", namespace)
    cluster.kubectl("rollout", "status", f"deployment/{name}", "-n", namespace, "--timeout=30s")
    assert cluster.get("deployment", name, "-n", namespace)["status"]["readyReplicas"] == 2


def test_up_again_has_nothing_to_do(cluster: Cluster) -> None:
    before = cluster.pids()
    assert "all healthy, nothing to do" in cluster.run("up")
    assert cluster.pids() == before


def test_status_shows_every_component_as_healthy(cluster: Cluster) -> None:
    output = cluster.run("status")
    rows = {row[0]: row for line in output.splitlines() if (row := line.split()) and row[0] in COMPONENTS}
    assert {name: (int(row[1]), row[3]) for name, row in rows.items()} == {
        name: (pid, "yes") for name, pid in cluster.pids().items()
    }
    assert "Pods are simulated" in output


def test_status_fails_as_soon_as_one_is_dead(cluster: Cluster) -> None:
    os.kill(cluster.pids()["kube-scheduler"], signal.SIGKILL)
    output = cluster.run("status", code=1)
    assert "stopped" in next(line for line in output.splitlines() if line.startswith("kube-scheduler"))


def test_the_kubeconfig_is_private_and_has_one_context(cluster: Cluster) -> None:
    assert stat.S_IMODE(cluster.layout.kubeconfig.stat().st_mode) == 0o600
    assert cluster.kubectl("config", "get-contexts", "--output", "name").split() == ["embedded"]
    assert cluster.kubectl("config", "current-context").strip() == "embedded"


def test_nothing_of_the_persons_own_is_touched(cluster: Cluster) -> None:
    assert {path.name for path in cluster.root.parent.iterdir()} <= {"local", ".kube"}  # .kube: these tests' kubectl
    assert {path.name for path in cluster.root.iterdir()} == {"cluster", "cluster.lock", "kubeconfig"}


def test_three_nodes_are_ready_in_three_zones(cluster: Cluster) -> None:
    nodes = cluster.get("nodes")["items"]
    zones = {node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes}
    assert zones == {"embedded-a", "embedded-b", "embedded-c"}
    for node in nodes:
        assert [c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready"] == ["True"]


@pytest.mark.parametrize(
    ("storage_class", "mode"),
    [("embedded-rwo", "ReadWriteOnce"), ("embedded-rwx", "ReadWriteMany"), ("embedded-rwx", "ReadWriteOnce")],
)
def test_a_claim_binds_and_its_volume_goes_with_it(
    cluster: Cluster, namespace: str, storage_class: str, mode: str
) -> None:
    cluster.kubectl("create", "-n", namespace, "-f", "-", body=claim("data", storage_class, mode))
    cluster.kubectl("wait", "pvc/data", "-n", namespace, "--for=jsonpath={.status.phase}=Bound", "--timeout=30s")
    volume = cluster.get("pvc", "data", "-n", namespace)["spec"]["volumeName"]
    assert cluster.get("pv", volume)["spec"]["capacity"] == {"storage": "10Gi"}
    cluster.kubectl("delete", "pvc", "data", "-n", namespace)
    cluster.kubectl("wait", f"pv/{volume}", "--for=delete", "--timeout=30s")


@pytest.mark.parametrize(
    ("storage_class", "mode"), [("embedded-rwo", "ReadWriteMany"), ("embedded-rwx", "ReadOnlyMany")]
)
def test_a_claim_for_a_mode_that_the_class_lacks_stays_pending_and_says_why(
    cluster: Cluster, namespace: str, storage_class: str, mode: str
) -> None:
    cluster.kubectl("create", "-n", namespace, "-f", "-", body=claim("wrong", storage_class, mode))
    cluster.kubectl("create", "-n", namespace, "-f", "-", body=claim("right", "embedded-rwo", "ReadWriteOnce"))

    def reasons() -> list[str]:
        events = cluster.get("events", "-n", namespace)["items"]
        return [e["message"] for e in events if e["reason"] == "ProvisioningFailed"]

    assert eventually(lambda: bool(reasons()))
    assert len(reasons()) == 1
    assert f"storage class {storage_class} does not offer {mode}" in reasons()[0]
    cluster.kubectl("wait", "pvc/right", "-n", namespace, "--for=jsonpath={.status.phase}=Bound", "--timeout=30s")
    assert cluster.get("pvc", "wrong", "-n", namespace)["status"]["phase"] == "Pending"


def test_a_deployment_gets_ready_on_two_nodes(cluster: Cluster, namespace: str) -> None:
    assert_a_deployment_gets_ready(cluster, namespace, "web")
    pods = cluster.get("pods", "-n", namespace)["items"]
    assert len({pod["spec"]["nodeName"] for pod in pods}) == 2
    assert len({pod["status"]["podIP"] for pod in pods}) == 2


def test_a_pod_that_was_declared_unready_gets_ready_again(cluster: Cluster, namespace: str) -> None:
    # What the controller manager does to the pods of a node that it heard nothing of for a minute.
    assert_a_deployment_gets_ready(cluster, namespace, "web")
    (pod, *_) = cluster.get("pods", "-n", namespace)["items"]
    unready = {
        "status": {"conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}
    }
    name = pod["metadata"]["name"]
    cluster.kubectl("patch", "pod", name, "-n", namespace, "--subresource=status", "-p", json.dumps(unready))
    cluster.kubectl("wait", f"pod/{name}", "-n", namespace, "--for=condition=Ready", "--timeout=30s")
    assert cluster.get("pod", name, "-n", namespace)["status"]["podIP"] == pod["status"]["podIP"]


def test_a_job_completes(cluster: Cluster, namespace: str) -> None:
    cluster.kubectl("create", "job", "once", "--image=x:1", "-n", namespace)
    cluster.kubectl("wait", "job/once", "-n", namespace, "--for=condition=Complete", "--timeout=30s")
    (pod,) = cluster.get("pods", "-n", namespace)["items"]
    assert pod["status"]["phase"] == "Succeeded"


def test_a_deleted_namespace_goes_with_its_pods(cluster: Cluster) -> None:
    cluster.kubectl("create", "namespace", "short-lived")
    assert_a_deployment_gets_ready(cluster, "short-lived", "web")
    cluster.kubectl("delete", "namespace", "short-lived", "--timeout=60s")
    assert "NotFound" in cluster.kubectl("get", "namespace", "short-lived", code=1)


def test_a_restricted_namespace_refuses_a_pod_that_may_become_root(cluster: Cluster, namespace: str) -> None:
    refused = "violates PodSecurity"
    assert refused not in cluster.kubectl("run", "before", "--image=x:1", "-n", namespace)
    cluster.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    assert refused in cluster.kubectl("run", "after", "--image=x:1", "-n", namespace, code=1)


def test_every_namespace_gets_the_authority_that_its_pods_trust(cluster: Cluster, namespace: str) -> None:
    def names() -> set[str]:
        return {item["metadata"]["name"] for item in cluster.get("configmaps", "-n", namespace)["items"]}

    assert eventually(lambda: "kube-root-ca.crt" in names())
    found = cluster.get("configmap", "kube-root-ca.crt", "-n", namespace)["data"]["ca.crt"]
    assert found == (cluster.layout.certificates / "ca.crt").read_text()


@pytest.mark.parametrize("victims", [*([name] for name in COMPONENTS), COMPONENTS], ids=[*COMPONENTS, "all"])
def test_after_a_kill_up_finds_the_data_again(cluster: Cluster, namespace: str, victims: list[str]) -> None:
    assert_a_deployment_gets_ready(cluster, namespace, "before")
    cluster.kubectl("create", "configmap", "last-words", "-n", namespace, "--from-literal=written=just-now")
    pids = cluster.pids()
    for victim in victims:
        os.kill(pids[victim], signal.SIGKILL)

    cluster.run("up")

    assert not {pids[victim] for victim in victims} & set(cluster.pids().values())
    assert cluster.get("configmap", "last-words", "-n", namespace)["data"] == {"written": "just-now"}
    assert cluster.get("deployment", "before", "-n", namespace)["status"]["readyReplicas"] == 2
    assert_a_deployment_gets_ready(cluster, namespace, "after")
    cluster.kubectl("create", "-n", namespace, "-f", "-", body=claim("data", "embedded-rwo", "ReadWriteOnce"))
    cluster.kubectl("wait", "pvc/data", "-n", namespace, "--for=jsonpath={.status.phase}=Bound", "--timeout=30s")


@pytest.mark.parametrize("seconds", [0.4, 1.0, 2.0, 3.0])
def test_a_first_up_that_is_killed_anywhere_is_finished_by_the_next(
    binaries: Binaries, tmp_path: Path, seconds: float
) -> None:
    cluster = Cluster(tmp_path / "local", binaries.kubectl)
    try:
        with cluster.start("up") as killed:
            time.sleep(seconds)
            killed.kill()
        cluster.run("up")
        cluster.pids()
        cluster.run("status")
    finally:
        cluster.run("reset")
    assert cluster.processes() == {}


def test_two_ups_at_once_start_everything_once(binaries: Binaries, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "local", binaries.kubectl)
    try:
        both = [cluster.start("up"), cluster.start("up")]
        outputs = [process.communicate()[0] for process in both]
        assert [process.returncode for process in both] == [0, 0], outputs
        cluster.pids()
        assert sum("waiting for another command" in output for output in outputs) == 1
        assert sum("nothing to do" in output for output in outputs) == 1
    finally:
        cluster.run("reset")


@on_linux
def test_every_listening_socket_is_on_loopback(cluster: Cluster) -> None:
    inodes = set()
    for pid in cluster.pids().values():
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                inodes.add(str(descriptor.readlink()))
    listening = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            # 0A: LISTEN. UDP has no such state; 07 is a socket that takes packets from anybody.
            if fields[3] in ("0A", "07") and f"socket:[{fields[9]}]" in inodes:
                listening.append(fields[1])
    loopback = socket.inet_aton("127.0.0.1")[::-1].hex().upper()
    assert sorted(listening) == sorted(f"{loopback}:{port:04X}" for port in vars(cluster.ports).values())


def test_a_client_that_trusts_another_authority_does_not_connect(cluster: Cluster, tmp_path: Path) -> None:
    certificates.ensure(tmp_path / "other")
    for context in (ssl.create_default_context(), ssl.create_default_context(cafile=tmp_path / "other" / "ca.crt")):
        with pytest.raises(ssl.SSLCertVerificationError):
            cluster.request(context)


def test_the_api_server_answers_nobody_without_a_right_token(cluster: Cluster) -> None:
    kubeconfig = yaml.safe_load(cluster.layout.kubeconfig.read_text())
    authority = base64.b64decode(kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    assert cluster.request(context) == 401
    assert cluster.request(context, "x" * 43) == 401
    assert cluster.request(context, kubeconfig["users"][0]["user"]["token"]) == 200


def etcd_answers(port: int, context: ssl.SSLContext) -> bool:
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/version")
            return connection.getresponse().status == 200
        except (ssl.SSLError, ConnectionError):  # with TLS 1.3 the server refuses after the handshake
            return False


@pytest.mark.parametrize("port", ["etcd", "etcd_peer"])
def test_etcd_answers_nobody_without_a_certificate_of_ours(cluster: Cluster, tmp_path: Path, port: str) -> None:
    certificates.ensure(tmp_path / "other")

    def context(folder: Path | None) -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=cluster.layout.certificates / "ca.crt")
        if folder:
            made.load_cert_chain(folder / "etcd-client.crt", folder / "etcd-client.key")
        return made

    number = vars(cluster.ports)[port]
    assert not etcd_answers(number, context(None))
    assert not etcd_answers(number, context(tmp_path / "other"))
    assert etcd_answers(number, context(cluster.layout.certificates))


def test_no_secret_is_in_an_argument_list_or_a_log(cluster: Cluster) -> None:
    secrets = [line.split(",")[0] for line in cluster.layout.tokens.read_text().splitlines()]
    for key in cluster.layout.certificates.glob("*.key"):
        secrets += key.read_text().splitlines()[1:-1]
    assert len(secrets) > 10
    texts = dict(cluster.processes())
    logs = [*(cluster.layout.cluster / "logs").glob("*.log"), *cluster.root.rglob("*.json")]
    assert len(logs) >= len(COMPONENTS)
    everything = "\n".join([*texts.values(), *(log.read_text(errors="replace") for log in logs)])
    assert [secret for secret in secrets if secret in everything] == []


def test_every_key_token_and_log_is_for_its_owner_alone(cluster: Cluster) -> None:
    assert stat.S_IMODE(cluster.layout.cluster.stat().st_mode) == 0o700
    for path in (
        cluster.layout.tokens,
        *cluster.layout.certificates.glob("*.key"),
        *cluster.layout.cluster.glob("logs/*"),
    ):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_down_leaves_no_process_and_up_comes_back_at_the_same_address(cluster: Cluster, namespace: str) -> None:
    before = cluster.layout.kubeconfig.read_text()
    cluster.run("down")
    assert cluster.processes() == {}
    cluster.run("status", code=1)
    assert "nothing runs" in cluster.run("down")
    cluster.run("up")
    assert cluster.layout.kubeconfig.read_text() == before
    cluster.get("namespace", namespace)


def test_a_port_that_was_taken_meanwhile_is_replaced(cluster: Cluster, namespace: str) -> None:
    taken = cluster.ports.apiserver
    os.kill(cluster.pids()["kube-apiserver"], signal.SIGKILL)
    assert eventually(lambda: is_free(taken))
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", taken))
        thief.listen()
        output = cluster.run("up")
    assert f"port {taken} (apiserver) is used by another program now" in output
    assert cluster.ports.apiserver != taken
    assert_a_deployment_gets_ready(cluster, namespace, "web")


def test_two_checkouts_side_by_side_do_not_meet(cluster: Cluster, binaries: Binaries, tmp_path: Path) -> None:
    other = Cluster(tmp_path / "local", binaries.kubectl)
    before = cluster.pids()
    try:
        other.run("up")
        assert set(vars(other.ports).values()).isdisjoint(vars(cluster.ports).values())
        cluster.kubectl("create", "namespace", "only-here")
        assert "NotFound" in other.kubectl("get", "namespace", "only-here", code=1)
    finally:
        other.run("reset")
    assert other.processes() == {}
    assert cluster.pids() == before


def test_reset_removes_the_data(cluster: Cluster) -> None:
    cluster.kubectl("create", "namespace", "forgotten")
    assert "deleted" in cluster.run("reset")
    assert cluster.processes() == {}
    assert {path.name for path in cluster.root.iterdir()} == {"cluster.lock"}
    cluster.run("up")
    assert "NotFound" in cluster.kubectl("get", "namespace", "forgotten", code=1)
