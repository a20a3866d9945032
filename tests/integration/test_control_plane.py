"""The embedded control plane, with its real programs, on a root of its own."""

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.embedded import COMPONENTS, Cluster
from tools.embedded.cluster import certificates, credentials

OWN_FILES = [".kube/config", ".kube/kuberc", ".kwok/kwok.yaml", "mine"]
KEPT = {"checkout", "cluster.lock", "work.lock"}
"""What of a cluster's folder outlives its data: whose it is, and what commands wait for each other with."""


def answer(port: int, path: str, context: ssl.SSLContext, token: str = "") -> int | str:
    """The status that a server answers with, or who of the two broke off."""
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
            return connection.getresponse().status
        except ssl.SSLCertVerificationError:
            return "not trusted by the client"
        except (ssl.SSLError, ConnectionError):  # with TLS 1.3 a server refuses after the handshake
            return "refused by the server"


@pytest.fixture(scope="module")
def module_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster.at(tmp_path_factory.mktemp("home") / "local")
    for name in OWN_FILES:
        path = made.layout.root.parent / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"not YAML: [{name}")
    yield made
    made.run("reset")


@pytest.fixture
def cluster(module_cluster: Cluster) -> Cluster:
    module_cluster.run("up")
    return module_cluster


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster.at(tmp_path / "local")
    yield made
    made.run("reset")
    assert made.processes() == {}


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    name = f"test-{time.time_ns()}"
    cluster.kubectl("create", "namespace", name)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def make_claim(cluster: Cluster, namespace: str, name: str, storage_class: str, mode: str) -> None:
    spec = f"{{storageClassName: {storage_class}, accessModes: [{mode}], resources: {{requests: {{storage: 10Gi}}}}}}"
    body = f"{{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: {name}}}, spec: {spec}}}"
    cluster.kubectl("create", "-n", namespace, "-f", "-", body=body)


def assert_a_claim_binds(cluster: Cluster, namespace: str, storage_class: str, mode: str) -> None:
    make_claim(cluster, namespace, "data", storage_class, mode)
    cluster.kubectl("wait", "pvc/data", "-n", namespace, "--for=jsonpath={.status.phase}=Bound", "--timeout=30s")


def assert_a_deployment_gets_ready(cluster: Cluster, namespace: str, name: str) -> None:
    cluster.kubectl("create", "deployment", name, "--image=x:1", "--replicas=2", "-n", namespace)
    cluster.kubectl("rollout", "status", f"deployment/{name}", "-n", namespace, "--timeout=30s")
    assert cluster.get("deployment", name, "-n", namespace)["status"]["readyReplicas"] == 2


def test_up_again_has_nothing_to_do(cluster: Cluster) -> None:
    before = cluster.pids()
    assert "all healthy, nothing to do" in cluster.run("up")
    assert cluster.pids() == before


def test_status_shows_which_are_healthy_and_fails_as_soon_as_one_is_not(cluster: Cluster) -> None:
    def rows(output: str) -> dict[str, list[str]]:
        return {row[0]: row[1:4] for line in output.splitlines() if (row := line.split()) and row[0] in COMPONENTS}

    pids = cluster.pids()
    shown = rows(cluster.run("status"))
    assert {name: (int(row[0]), row[2]) for name, row in shown.items()} == {n: (pids[n], "yes") for n in COMPONENTS}
    os.kill(pids["kube-scheduler"], signal.SIGKILL)
    assert rows(cluster.run("status", code=1)) == {
        **shown,
        "kube-scheduler": ["-", *shown["kube-scheduler"][1:2], "stopped"],
    }


def test_nothing_of_the_persons_own_is_read_or_changed(cluster: Cluster) -> None:
    # Whoever read one of these files would have stumbled over it.
    home, root = cluster.layout.root.parent, cluster.layout.root
    shown = {
        str(path.relative_to(home)): path for path in home.rglob("*") if path.is_file() and root not in path.parents
    }
    assert {name: path.read_text() for name, path in shown.items()} == {n: f"not YAML: [{n}" for n in OWN_FILES}
    assert {path.name for path in root.iterdir()} == {"cluster", "kubeconfig", *KEPT}


@pytest.mark.parametrize("claim", [("smarthr360-rwo", "ReadWriteOnce"), ("smarthr360-rwx", "ReadWriteMany")])
def test_a_claim_binds_and_its_volume_goes_with_it(cluster: Cluster, namespace: str, claim: tuple[str, str]) -> None:
    assert_a_claim_binds(cluster, namespace, *claim)
    volume = cluster.get("pvc", "data", "-n", namespace)["spec"]["volumeName"]
    assert cluster.get("pv", volume)["spec"]["capacity"] == {"storage": "10Gi"}
    cluster.kubectl("delete", "pvc", "data", "-n", namespace)
    cluster.kubectl("wait", f"pv/{volume}", "--for=delete", "--timeout=30s")


def test_a_claim_for_a_mode_that_its_class_lacks_stays_pending_and_says_why(cluster: Cluster, namespace: str) -> None:
    make_claim(cluster, namespace, "wrong", "smarthr360-rwo", "ReadWriteMany")
    assert_a_claim_binds(cluster, namespace, "smarthr360-rwo", "ReadWriteOnce")

    def reasons() -> list[str]:
        events = cluster.get("events", "-n", namespace)["items"]
        return [e["message"] for e in events if e["reason"] == "ProvisioningFailed"]

    deadline = time.monotonic() + 30
    while not reasons() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert reasons() == ["storage class smarthr360-rwo does not offer ReadWriteMany; it offers ReadWriteOnce"]
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
    condition = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    unready = json.dumps({"status": {"conditions": [condition]}})
    name = pod["metadata"]["name"]
    cluster.kubectl("patch", "pod", name, "-n", namespace, "--subresource=status", "-p", unready)
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


def test_a_restricted_namespace_refuses_a_pod_that_can_become_root(cluster: Cluster, namespace: str) -> None:
    refused = "violates PodSecurity"
    assert refused not in cluster.kubectl("run", "before", "--image=x:1", "-n", namespace)
    cluster.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    assert refused in cluster.kubectl("run", "after", "--image=x:1", "-n", namespace, code=1)


def test_every_namespace_gets_the_authority_that_its_pods_trust(cluster: Cluster, namespace: str) -> None:
    cluster.kubectl("wait", "configmap/kube-root-ca.crt", "-n", namespace, "--for=create", "--timeout=30s")
    shown = cluster.get("configmap", "kube-root-ca.crt", "-n", namespace)["data"]["ca.crt"]
    assert shown == (cluster.layout.certificates / "ca.crt").read_text()


@pytest.mark.parametrize("victims", [*([name] for name in COMPONENTS), COMPONENTS], ids=[*COMPONENTS, "all"])
def test_after_a_kill_up_finds_the_data_again(cluster: Cluster, namespace: str, victims: list[str]) -> None:
    assert_a_deployment_gets_ready(cluster, namespace, "before")
    cluster.kubectl("create", "configmap", "last-words", "-n", namespace, "--from-literal=written=just-now")
    pids = cluster.pids()
    for victim in victims:
        os.kill(pids[victim], signal.SIGKILL)

    cluster.run("up")

    has_dependents = victims[0] in ("etcd", "kube-apiserver")
    restarted = COMPONENTS[COMPONENTS.index(victims[0]) :] if has_dependents else victims
    assert [name for name in COMPONENTS if cluster.pids()[name] != pids[name]] == restarted
    assert cluster.get("configmap", "last-words", "-n", namespace)["data"] == {"written": "just-now"}
    assert cluster.get("deployment", "before", "-n", namespace)["status"]["readyReplicas"] == 2
    assert_a_deployment_gets_ready(cluster, namespace, "after")
    assert_a_claim_binds(cluster, namespace, "smarthr360-rwo", "ReadWriteOnce")


@pytest.mark.parametrize("seconds", [0.4, 1.0, 2.0, 3.0])
def test_a_first_up_that_is_killed_anywhere_is_finished_by_the_next(other: Cluster, seconds: float) -> None:
    with other.start("up") as killed:
        time.sleep(seconds)
        killed.kill()
    other.run("up")
    other.pids()


def test_two_ups_at_once_start_everything_once(other: Cluster) -> None:
    both = [other.start("up"), other.start("up")]
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    other.pids()
    assert sum("waiting for another command" in output for output in outputs) == 1
    assert sum("nothing to do" in output for output in outputs) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
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
    # 127.0.0.1 as the kernel prints it.
    assert sorted(listening) == sorted(f"0100007F:{port:04X}" for port in cluster.ports.values())


def test_the_api_server_and_its_clients_verify_each_other(cluster: Cluster, tmp_path: Path) -> None:
    certificates.ensure(tmp_path / "other")
    port = cluster.ports["apiserver"]
    for authority in (None, tmp_path / "other" / "ca.crt"):
        assert answer(port, "/readyz", ssl.create_default_context(cafile=authority)) == "not trusted by the client"
    context = ssl.create_default_context(cafile=cluster.layout.certificates / "ca.crt")
    tokens = ["", "x" * 43, credentials.token(cluster.layout.tokens, credentials.ADMINISTRATOR)]
    assert [answer(port, "/readyz", context, token) for token in tokens] == [401, 401, 200]


@pytest.mark.parametrize("port", ["etcd", "etcd_peer"])
def test_etcd_answers_nobody_without_a_certificate_of_ours(cluster: Cluster, tmp_path: Path, port: str) -> None:
    certificates.ensure(tmp_path / "other")
    answers = []
    for folder in (None, tmp_path / "other", cluster.layout.certificates):
        context = ssl.create_default_context(cafile=cluster.layout.certificates / "ca.crt")
        if folder:
            context.load_cert_chain(folder / "etcd-client.crt", folder / "etcd-client.key")
        answers.append(answer(cluster.ports[port], "/version", context))
    assert answers == ["refused by the server", "refused by the server", 200]


def test_no_secret_is_in_an_argument_list_or_a_log(cluster: Cluster) -> None:
    secrets = [line.split(",")[0] for line in cluster.layout.tokens.read_text().splitlines()]
    for key in cluster.layout.certificates.glob("*.key"):
        secrets += key.read_text().splitlines()[1:-1]
    logs = list(cluster.layout.cluster.glob("logs/*.log"))
    assert len(secrets) > 10
    assert len(logs) >= len(COMPONENTS)
    texts = [*cluster.processes().values(), *(log.read_text(errors="replace") for log in logs)]
    assert [secret for secret in secrets if secret in "\n".join(texts)] == []


def test_every_key_token_and_log_is_for_its_owner_alone(cluster: Cluster) -> None:
    layout = cluster.layout
    private = [layout.kubeconfig, layout.tokens, *layout.certificates.glob("*.key"), *layout.cluster.glob("logs/*")]
    assert len(private) > 10
    assert [path for path in private if stat.S_IMODE(path.stat().st_mode) != 0o600] == []
    assert stat.S_IMODE(layout.cluster.stat().st_mode) == 0o700


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
    taken = cluster.ports["apiserver"]
    cluster.run("down")
    with socket.create_server(("127.0.0.1", taken)):
        output = cluster.run("up")
    assert f"port {taken} (apiserver) is used by another program now" in output
    assert cluster.ports["apiserver"] != taken
    assert_a_deployment_gets_ready(cluster, namespace, "web")


def test_two_checkouts_side_by_side_do_not_meet(cluster: Cluster, other: Cluster) -> None:
    before = cluster.pids()
    other.run("up")
    assert set(other.ports.values()).isdisjoint(cluster.ports.values())
    cluster.kubectl("create", "namespace", "only-here")
    assert "NotFound" in other.kubectl("get", "namespace", "only-here", code=1)
    other.run("down")
    assert cluster.pids() == before


def test_reset_removes_the_data(cluster: Cluster) -> None:
    cluster.kubectl("create", "namespace", "forgotten")
    assert "deleted" in cluster.run("reset")
    assert cluster.processes() == {}
    assert {path.name for path in cluster.layout.root.iterdir()} == KEPT
    cluster.run("up")
    assert "NotFound" in cluster.kubectl("get", "namespace", "forgotten", code=1)
