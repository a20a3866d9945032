"""What the pods are allowed to call: what the settings take, and what the policies then let pass."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.network_matrix import Address, Party, Pod, Policies
from tests.support.program import run_program
from tests.support.references import workloads
from tests.support.stacks import good_config, refusals

MAIL, APM = Address("203.0.113.25"), Address("10.40.0.8")
OTHERS = [{"metadata": {"name": name}} for name in ("observability", "elsewhere", "kube-system")]


def calls(folder: Path, network: Mapping[str, object]) -> tuple[Policies, dict[str, Pod]]:
    """The policies of a stack, and its pods by component."""
    objects = run_program(good_config("dev") | {"network": network}, folder).manifests()
    pods = [Pod.of(found) for found in workloads(objects)]
    policies = [found for found in objects if found["kind"] == "NetworkPolicy"]
    namespaces = [found for found in objects if found["kind"] == "Namespace"]
    return Policies(policies, [*namespaces, *OTHERS]), {pod.labels["app.kubernetes.io/component"]: pod for pod in pods}


def test_mail_by_smtp_leaves_where_the_stack_says_so_and_from_whom_it_is_meant_for(tmp_path: Path) -> None:
    egress = [{"network": "internet", "ports": [443, 587]}]
    cluster, pods = calls(tmp_path, {"egress": egress})

    for component in ("api", "worker"):
        assert cluster.allow(pods[component], MAIL, 587)
        assert cluster.allow(pods[component], MAIL, 443)
        assert not cluster.allow(pods[component], MAIL, 25)
        assert not cluster.allow(pods[component], Address("10.0.0.5"), 587)
        assert not cluster.allow(pods[component], Address("169.254.169.254"), 80)
    for component in ("beat", "nginx", "postgres", "redis"):
        assert not cluster.allow(pods[component], MAIL, 587)


def test_an_apm_server_is_reached_in_its_network_or_namespace_only(tmp_path: Path) -> None:
    egress: list[object] = [{"network": "10.40.0.0/16", "ports": [8200]}]
    egress.append({"namespace": "observability", "ports": [8200]})
    cluster, pods = calls(tmp_path, {"egress": egress})

    def reaches(whom: Party, port: int) -> bool:
        return cluster.allow(pods["api"], whom, port)

    assert reaches(APM, 8200)
    assert reaches(Pod("observability", {}), 8200)
    assert not reaches(APM, 443)
    assert not reaches(Address("10.41.0.8"), 8200)
    assert not reaches(Pod("elsewhere", {}), 8200)
    assert not reaches(MAIL, 443), "what is given replaces the default"


def test_a_stack_that_calls_nobody_has_no_policy_for_it(tmp_path: Path) -> None:
    objects = run_program(good_config("dev") | {"network": {"egress": []}}, tmp_path).manifests()
    names = {found["metadata"]["name"] for found in objects if found["kind"] == "NetworkPolicy"}

    assert "calls-out" not in names
    assert {"default-deny", "dns"} <= names


@pytest.mark.parametrize("address", ["10.96.0.10", "169.254.25.10", "fd00:10:96::a"])
def test_another_name_server_is_asked_where_the_stack_names_it(tmp_path: Path, address: str) -> None:
    server = Address(address)
    for network, asked in (({}, False), ({"dns": [address]}, True)):
        cluster, pods = calls(tmp_path, network)
        for pod in pods.values():
            assert [cluster.allow(pod, server, 53, protocol) for protocol in ("UDP", "TCP")] == [asked, asked]
            assert not cluster.allow(pod, server, 80)


def test_a_name_server_that_is_known_already_is_named_once(tmp_path: Path) -> None:
    objects = run_program(good_config("dev") | {"network": {"dns": ["169.254.20.10"]}}, tmp_path).manifests()
    (dns,) = (found for found in objects if (found["kind"], found["metadata"]["name"]) == ("NetworkPolicy", "dns"))
    blocks = [peer["ipBlock"]["cidr"] for peer in dns["spec"]["egress"][0]["to"] if "ipBlock" in peer]

    assert blocks.count("169.254.20.10/32") == 1


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        ({"network": "internet", "ports": []}, "ports: is empty; allowed is a list of one or more"),
        ({"network": "internet", "ports": [0]}, "ports[0]: 0 is too small; allowed is a whole number from 1 to 65535"),
        ({"network": "internet", "ports": [65536]}, "ports[0]: 65536 is too large; allowed is a whole number from 1"),
        ({"network": "internet"}, "ports: is missing; "),
        ({"ports": [443]}, "has neither; allowed is one of network, namespace"),
        ({"network": "internet", "namespace": "a", "ports": [1]}, "has both; allowed is one of network, namespace"),
        ({"network": "smtp.example.com", "ports": [587]}, 'network: "smtp.example.com" has no length such as /16; '),
        ({"network": "10.40.0.1/16", "ports": [1]}, "is not a range of addresses that begins with its first; "),
        ({"network": "0.0.0.0/0", "ports": [1]}, "is too wide; "),
        ({"network": "128.0.0.0/1", "ports": [1]}, "is too wide; "),
        ({"network": "::/0", "ports": [1]}, "is too wide; "),
        ({"network": "169.254.0.0/16", "ports": [80]}, "has 169.254.169.254 in it, where clouds hand out credentials"),
        ({"network": "168.63.129.0/24", "ports": [80]}, "has 168.63.129.16 in it, where clouds hand out credentials"),
        ({"network": "fd00:ec2::/32", "ports": [80]}, "has fd00:ec2::254 in it, where clouds hand out credentials"),
        ({"namespace": "Observability", "ports": [1]}, 'namespace: "Observability" has upper-case letters; '),
    ],
)
def test_a_destination_that_cannot_be_meant_is_refused(network: dict[str, Any], sentence: str) -> None:
    (refusal,) = refusals(good_config("dev") | {"network": {"egress": [network]}})

    assert refusal.startswith("smarthr360:network.egress[0]")
    assert sentence in refusal


@pytest.mark.parametrize("address", ["kube-dns", "10.96.0.0/12", "::", "127.0.0.1", "::1", "224.0.0.1", ""])
def test_a_name_server_that_is_no_single_address_is_refused(address: str) -> None:
    (refusal,) = refusals(good_config("dev") | {"network": {"dns": [address]}})

    assert refusal.startswith("smarthr360:network.dns[0]: ")
    assert "allowed is one IPv4 or IPv6 address such as 10.96.0.10" in refusal
