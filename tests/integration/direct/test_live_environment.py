"""What the three environments are, from objects read back from the API server after `make up`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.checkout import NAMESPACES, Checkout
from tests.support.network_matrix import COMPONENT

STACKS = tuple(NAMESPACES)
KINDS = (
    *("deployments", "pods", "configmaps", "persistentvolumeclaims", "horizontalpodautoscalers"),
    *("httproutes.gateway.networking.k8s.io", "certificates.cert-manager.io", "issuers.cert-manager.io"),
)

TABLE = """
                              | dev                    | staging                    | production
replicas at least, API/worker | 1 / 1                  | 2 / 2                      | 3 / 3
ready replicas, API/worker    | 1 / 1                  | 2 / 2                      | 3 / 3
HPA min-max (API)             | 1-3                    | 2-5                        | 3-10
CPU request/limit             | 250m / 500m            | 500m / 1                   | 500m / 1
memory request/limit          | 512Mi / 1Gi            | 1Gi / 2Gi                  | 1Gi / 2Gi
PostgreSQL PVC                | 10Gi                   | 50Gi                       | 100Gi
media PVC                     | 10Gi                   | 25Gi                       | 50Gi
ML models PVC                 | 5Gi                    | 20Gi                       | 20Gi
debug                         | true                   | false                      | false
log level                     | DEBUG                  | INFO                       | WARNING
TLS issuer                    | acme-staging-v02       | acme-v02                   | acme-v02
hosts of the site             | dev.smarthr360.com     | staging.smarthr360.com     | smarthr360.com www.smarthr360.com
hosts of the API              | api.dev.smarthr360.com | api.staging.smarthr360.com | api.smarthr360.com
"""
"""The environments, as the design has them; for 1000m of CPU the API server says 1."""

Objects = list[dict[str, Any]]


@pytest.fixture(scope="module")
def live(running: Checkout) -> Mapping[str, Objects]:
    """The objects of each environment."""
    volumes = running.get("persistentvolumes")
    return {stack: volumes + running.get(",".join(KINDS), "-n", namespace) for stack, namespace in NAMESPACES.items()}


def of(objects: Objects, kind: str) -> list[dict[str, Any]]:
    return [item for item in objects if item["kind"] == kind and "deletionTimestamp" not in item["metadata"]]


def one(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    (item,) = [item for item in of(objects, kind) if item["metadata"]["name"] == name]
    return item


def pods_of(objects: Objects, component: str) -> list[dict[str, Any]]:
    return [pod for pod in of(objects, "Pod") if pod["metadata"]["labels"][COMPONENT] == component]


def expected(stack: str) -> dict[str, str]:
    """A column of the table."""
    (_, *stacks), *rows = ([cell.strip() for cell in line.split("|")] for line in TABLE.strip("\n").splitlines())
    return {row[0]: row[1 + stacks.index(stack)] for row in rows}


def found_in(objects: Objects) -> dict[str, str]:
    """The same column, from the objects of one environment."""
    api, worker = (one(objects, "Deployment", f"smarthr360-{name}") for name in ("api", "worker"))
    bounds = one(objects, "HorizontalPodAutoscaler", "smarthr360-api")["spec"]
    cpu, memory = (_resources(objects, resource) for resource in ("cpu", "memory"))
    config = _config(objects)
    issuer = one(objects, "Issuer", one(objects, "Certificate", "smarthr360-tls")["spec"]["issuerRef"]["name"])
    ready = [len([pod for pod in pods_of(objects, name) if _is_ready(pod)]) for name in ("api", "worker")]
    assert ready == [item["status"]["readyReplicas"] for item in (api, worker)]
    return {
        "replicas at least, API/worker": f"{_floor(objects, api)} / {_floor(objects, worker)}",
        "ready replicas, API/worker": f"{ready[0]} / {ready[1]}",
        "HPA min-max (API)": f"{bounds['minReplicas']}-{bounds['maxReplicas']}",
        "CPU request/limit": cpu,
        "memory request/limit": memory,
        "PostgreSQL PVC": _capacity(objects, "postgres"),
        "media PVC": _capacity(objects, "media"),
        "ML models PVC": _capacity(objects, "ml-models"),
        "debug": config["DEBUG"],
        "log level": config["LOG_LEVEL"],
        "TLS issuer": issuer["spec"]["acme"]["server"]
        .removeprefix("https://")
        .removesuffix(".api.letsencrypt.org/directory"),
        "hosts of the site": _hosts_to(objects, "smarthr360-nginx"),
        "hosts of the API": _hosts_to(objects, "smarthr360-api"),
    }


def _floor(objects: Objects, deployment: dict[str, Any]) -> int:
    """The fewest pods: the autoscaler's, where there is one."""
    name = deployment["metadata"]["name"]
    for item in of(objects, "HorizontalPodAutoscaler"):
        if item["spec"]["scaleTargetRef"]["name"] == name:
            return int(item["spec"]["minReplicas"])
    return int(deployment["spec"]["replicas"])


def _is_ready(pod: dict[str, Any]) -> bool:
    return {"type": "Ready", "status": "True"}.items() <= _condition(pod, "Ready").items()


def _condition(item: dict[str, Any], type_: str) -> dict[str, Any]:
    return next((found for found in item["status"].get("conditions", ()) if found["type"] == type_), {})


def _resources(objects: Objects, resource: str) -> str:
    """What each live pod of the API asks for and may take: the same for all of them."""
    (found,) = {
        f"{container['resources']['requests'][resource]} / {container['resources']['limits'][resource]}"
        for pod in pods_of(objects, "api")
        for container in pod["spec"]["containers"]
    }
    return found


def _config(objects: Objects) -> dict[str, str]:
    """The config map that the live pods of the API read."""
    (name,) = {
        source["configMapRef"]["name"]
        for pod in pods_of(objects, "api")
        for source in pod["spec"]["containers"][0]["envFrom"]
        if "configMapRef" in source
    }
    data: dict[str, str] = one(objects, "ConfigMap", name)["data"]
    return data


def _capacity(objects: Objects, what: str) -> str:
    """The size of the volume behind a claim; the database's claim is the one that its live pod mounts."""
    name = what
    if what == "postgres":
        (pod,) = pods_of(objects, "postgres")
        (name,) = [
            volume["persistentVolumeClaim"]["claimName"]
            for volume in pod["spec"]["volumes"]
            if "persistentVolumeClaim" in volume
        ]
    claim = one(objects, "PersistentVolumeClaim", name)
    size: str = claim["spec"]["resources"]["requests"]["storage"]
    assert claim["status"]["capacity"]["storage"] == size
    assert one(objects, "PersistentVolume", claim["spec"]["volumeName"])["spec"]["capacity"]["storage"] == size
    return size


def _hosts_to(objects: Objects, service: str) -> str:
    """The hosts whose HTTPS requests a Service gets."""
    hosts = {
        host
        for route in of(objects, "HTTPRoute")
        for rule in route["spec"]["rules"]
        for backend in rule.get("backendRefs", ())
        if backend["name"] == service
        for host in route["spec"]["hostnames"]
    }
    return " ".join(sorted(hosts))


@pytest.mark.parametrize("stack", STACKS)
def test_every_cell_of_the_table_is_so_in_the_cluster(live: Mapping[str, Objects], stack: str) -> None:
    assert found_in(live[stack]) == expected(stack)


@pytest.mark.parametrize("stack", STACKS)
def test_the_certificate_is_for_every_host_and_no_other(live: Mapping[str, Objects], stack: str) -> None:
    hosts = f"{expected(stack)['hosts of the site']} {expected(stack)['hosts of the API']}".split()

    assert sorted(one(live[stack], "Certificate", "smarthr360-tls")["spec"]["dnsNames"]) == sorted(hosts)
    assert sorted(one(live[stack], "HTTPRoute", "smarthr360-redirect")["spec"]["hostnames"]) == sorted(hosts)


@pytest.mark.parametrize("stack", STACKS)
def test_every_claim_is_bound_to_a_volume_of_its_access_mode(live: Mapping[str, Objects], stack: str) -> None:
    claims = of(live[stack], "PersistentVolumeClaim")

    modes = {claim["metadata"]["name"]: claim["spec"]["accessModes"] for claim in claims}
    once, many = ["ReadWriteOnce"], ["ReadWriteMany"]
    assert modes == {"postgres-data": once, "redis-data": once, "media": many, "ml-models": many, "logs": many}
    for claim in claims:
        volume = one(live[stack], "PersistentVolume", claim["spec"]["volumeName"])
        assert claim["status"]["phase"] == "Bound", claim["metadata"]["name"]
        assert set(claim["spec"]["accessModes"]) <= set(volume["spec"]["accessModes"])
        assert volume["spec"]["storageClassName"] == claim["spec"]["storageClassName"]
        assert volume["spec"]["claimRef"]["uid"] == claim["metadata"]["uid"]
