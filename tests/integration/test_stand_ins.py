"""What nobody really does on the embedded cluster, but everybody waits for: metrics, certificates, gateways."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.embedded import Cluster

WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: "x:1", resources: {requests: {cpu: 100m, memory: 100Mi}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: 4
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}
    - {type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 80}}}
"""
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: once, image: "x:1", resources: {requests: {cpu: 100m}}}]
"""
EDGE = """
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: own}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: own}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: own}
spec: {secretName: own-tls, dnsNames: [a.example.com], issuerRef: {name: own}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: own}
spec:
  gatewayClassName: any
  listeners: [{name: http, port: 80, protocol: HTTP}, {name: other, port: 81, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: own}
spec:
  parentRefs: [{name: own, sectionName: http}, {name: another}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: own}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
"""
CONDITIONS = {
    "issuer": ["Ready"],
    "clusterissuer": ["Ready"],
    "certificate": ["Ready"],
    # Its own, and those of its two listeners.
    "gateway": ["Accepted", "Programmed", *2 * ["Accepted", "Programmed", "ResolvedRefs"]],
    # Those of its two parents.
    "httproute": 2 * ["Accepted", "ResolvedRefs"],
}
CHANGES = {
    "issuer": '{"spec": {"selfSigned": {"crlDistributionPoints": ["http://crl.example.com"]}}}',
    "clusterissuer": '{"spec": {"selfSigned": {"crlDistributionPoints": ["http://crl.example.com"]}}}',
    "certificate": '{"spec": {"dnsNames": ["b.example.com"]}}',
    "gateway": '{"spec": {"gatewayClassName": "changed"}}',
    "httproute": '{"spec": {"hostnames": ["b.example.com"]}}',
}


@pytest.fixture(scope="module")
def module_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster.at(tmp_path_factory.mktemp("home") / "local")
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
    cluster.kubectl("delete", "clusterissuer", "--all")
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def create(cluster: Cluster, namespace: str, body: str) -> None:
    cluster.kubectl("create", "-n", namespace, "-f", "-", body=body)


def eventually(check: Callable[[], object]) -> None:
    """Wait until a check neither fails nor finds what it looks at missing; its last failure is the test's."""
    deadline = time.monotonic() + 60
    while True:
        try:
            check()
        except (AssertionError, KeyError, ValueError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def start_workload(cluster: Cluster, namespace: str) -> str:
    """Start a Deployment with an autoscaler that works; its only pod."""
    create(cluster, namespace, WORKLOAD)
    cluster.kubectl("wait", "hpa/web", "-n", namespace, "--for=condition=ScalingActive", "--timeout=60s")
    return only_pod(cluster, namespace)


def only_pod(cluster: Cluster, namespace: str) -> str:
    (pod,) = cluster.get("pods", "-n", namespace, "--selector=app=web")["items"]
    return str(pod["metadata"]["name"])


def annotate(cluster: Cluster, namespace: str, pod: str, annotation: str) -> None:
    cluster.kubectl("annotate", "pod", pod, "-n", namespace, annotation)


def wait_for_replicas(cluster: Cluster, namespace: str, number: int) -> None:
    wanted = f"--for=jsonpath={{.status.readyReplicas}}={number}"
    cluster.kubectl("wait", "deployment/web", "-n", namespace, wanted, "--timeout=60s")


def top(cluster: Cluster, *what: str) -> dict[str, list[str]]:
    """What `kubectl top` shows, by the first column."""
    lines = cluster.kubectl("top", *what, "--no-headers").splitlines()
    return {name: columns for name, *columns in map(str.split, lines)}


def conditions(value: Any) -> list[dict[str, Any]]:
    """Every condition, wherever it stands in a status."""
    if isinstance(value, list):
        return [condition for item in value for condition in conditions(item)]
    if not isinstance(value, dict):
        return []
    return [value] if "lastTransitionTime" in value else conditions(list(value.values()))


def assert_fine(cluster: Cluster, namespace: str, kind: str) -> int:
    """Its latest generation is said to be fine, by somebody who says that this is simulated; that generation."""
    own = cluster.get(kind, "own", "-n", namespace)
    latest = int(own["metadata"]["generation"])
    said = conditions(own["status"])
    assert sorted(condition["type"] for condition in said) == sorted(CONDITIONS[kind])
    assert {(each["status"], each["reason"], each["observedGeneration"]) for each in said} == {
        ("True", "Simulated", latest)
    }
    assert all(each["message"].startswith("Simulated by the embedded cluster: ") for each in said)
    return latest


def test_an_autoscaler_follows_what_a_pod_is_said_to_use_up_and_down_again(cluster: Cluster, namespace: str) -> None:
    pod = start_workload(cluster, namespace)
    status = cluster.get("hpa", "web", "-n", namespace)["status"]
    assert [metric["resource"]["current"]["averageUtilization"] for metric in status["currentMetrics"]] == [30, 30]
    assert status["desiredReplicas"] == 1

    annotate(cluster, namespace, pod, "smarthr360.com/cpu-usage=900m")
    wait_for_replicas(cluster, namespace, 4)
    annotate(cluster, namespace, pod, "smarthr360.com/cpu-usage-")
    wait_for_replicas(cluster, namespace, 1)

    eventually(lambda: only_pod(cluster, namespace))
    annotate(cluster, namespace, only_pod(cluster, namespace), "smarthr360.com/memory-usage=1Gi")
    wait_for_replicas(cluster, namespace, 4)
    status = cluster.get("hpa", "web", "-n", namespace)["status"]
    by_type = {condition["type"]: condition["status"] for condition in status["conditions"]}
    assert (by_type["AbleToScale"], by_type["ScalingActive"]) == ("True", "True")


def test_top_shows_pods_and_nodes_and_leaves_out_what_has_ended(cluster: Cluster, namespace: str) -> None:
    create(cluster, namespace, JOB)
    cluster.kubectl("wait", "job/once", "-n", namespace, "--for=condition=Complete", "--timeout=30s")
    pod = start_workload(cluster, namespace)
    assert top(cluster, "pods", "-n", namespace) == {pod: ["30m", "30Mi"]}
    annotate(cluster, namespace, pod, "smarthr360.com/memory-usage=50Mi")

    def check() -> None:
        assert top(cluster, "pods", "-n", namespace)[pod] == ["30m", "50Mi"]
        nodes = top(cluster, "nodes")
        assert set(nodes) == {"embedded-a", "embedded-b", "embedded-c"}
        on = cluster.get("pod", pod, "-n", namespace)["spec"]["nodeName"]
        assert (nodes[on][0], nodes[on][2]) == ("30m", "50Mi")

    eventually(check)


def test_the_figures_of_a_pod_go_with_it(cluster: Cluster, namespace: str) -> None:
    pod = start_workload(cluster, namespace)
    cluster.kubectl("delete", "pod", pod, "-n", namespace)
    cluster.kubectl("wait", f"podmetrics/{pod}", "-n", namespace, "--for=delete", "--timeout=60s")

    def check() -> None:
        assert set(top(cluster, "pods", "-n", namespace)) == {only_pod(cluster, namespace)}

    eventually(check)


@pytest.mark.parametrize("kind", CONDITIONS)
def test_each_generation_is_said_to_be_fine_and_that_this_is_simulated(
    cluster: Cluster, namespace: str, kind: str
) -> None:
    create(cluster, namespace, EDGE)
    eventually(lambda: assert_fine(cluster, namespace, kind))
    before = assert_fine(cluster, namespace, kind)
    cluster.kubectl("patch", kind, "own", "-n", namespace, "--type=merge", "-p", CHANGES[kind])
    eventually(lambda: assert_fine(cluster, namespace, kind))
    assert assert_fine(cluster, namespace, kind) > before


def test_addresses_are_names_that_never_resolve_and_no_certificate_is_made_up(cluster: Cluster, namespace: str) -> None:
    create(cluster, namespace, EDGE)
    eventually(lambda: assert_fine(cluster, namespace, "certificate"))

    def check() -> None:
        ingress = cluster.get("ingress", "own", "-n", namespace)
        assert ingress["status"]["loadBalancer"]["ingress"] == [{"hostname": "simulated.invalid"}]
        gateway = cluster.get("gateway", "own", "-n", namespace)
        assert gateway["status"]["addresses"] == [{"type": "Hostname", "value": "simulated.invalid"}]
        assert [each["name"] for each in gateway["status"]["listeners"]] == ["http", "other"]
        route = cluster.get("httproute", "own", "-n", namespace)
        wanted = [parent | {"group": "gateway.networking.k8s.io", "kind": "Gateway"} for parent in parents]
        assert [parent["parentRef"] for parent in route["status"]["parents"]] == wanted

    parents = [{"name": "own", "sectionName": "http"}, {"name": "another"}]
    eventually(check)
    assert cluster.get("secrets", "-n", namespace)["items"] == []


def test_after_a_kill_status_says_so_the_api_stays_whole_and_up_makes_good(cluster: Cluster, namespace: str) -> None:
    pod = start_workload(cluster, namespace)
    pids = cluster.pids()
    for victim in ("kwok", "provisioner"):
        os.kill(pids[victim], signal.SIGKILL)
    shown = {line.split()[0]: line.split()[3] for line in cluster.run("status", code=1).splitlines() if line}
    assert (shown["kwok"], shown["provisioner"], shown["kube-apiserver"]) == ("stopped", "stopped", "yes")

    # Nobody who asks which APIs there are stumbles, nor does the deletion of a namespace.
    assert "metrics.k8s.io" in cluster.kubectl("api-resources")
    cluster.kubectl("create", "namespace", f"{namespace}-other")
    cluster.kubectl("delete", "namespace", f"{namespace}-other", "--timeout=60s")
    assert top(cluster, "pods", "-n", namespace)[pod] == ["30m", "30Mi"]
    create(cluster, namespace, EDGE)
    annotate(cluster, namespace, pod, "smarthr360.com/cpu-usage=900m")

    cluster.run("up")

    for kind in CONDITIONS:
        eventually(lambda kind=kind: assert_fine(cluster, namespace, kind))  # type: ignore[misc]
    wait_for_replicas(cluster, namespace, 4)


@pytest.mark.parametrize(
    ("user", "allowed", "verb", "what"),
    [
        ("provisioner", True, "patch", "pods.metrics.k8s.io"),
        ("provisioner", True, "create", "nodes.metrics.k8s.io"),
        ("provisioner", False, "patch", "pods"),
        ("provisioner", False, "delete", "pods.metrics.k8s.io"),
        ("provisioner", False, "list", "secrets"),
        ("kwok", True, "patch", "gateways.gateway.networking.k8s.io/status"),
        ("kwok", True, "patch", "ingresses.networking.k8s.io/status"),
        ("kwok", False, "patch", "gateways.gateway.networking.k8s.io"),
        ("kwok", False, "delete", "certificates.cert-manager.io"),
        ("kwok", False, "list", "secrets"),
    ],
)
def test_they_have_no_more_rights_than_they_need(
    cluster: Cluster, user: str, allowed: bool, verb: str, what: str
) -> None:
    resource, _, subresource = what.partition("/")
    asked = ["auth", "can-i", verb, resource, f"--subresource={subresource}", f"--as=embedded:{user}", "-A"]
    assert cluster.kubectl(*asked, code=0 if allowed else 1).splitlines()[-1] == ("yes" if allowed else "no")
