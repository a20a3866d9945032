"""Which changes open the network, and which that look like it do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.risks import Spec, made, reasons, rules


def policy(**spec: Any) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"app": "api"}}, "policyTypes": ["Ingress", "Egress"], **spec}


def block(cidr: str, *left_out: str) -> dict[str, Any]:
    return {"to": [{"ipBlock": {"cidr": cidr, **({"except": list(left_out)} if left_out else {})}}]}


NGINX = {"podSelector": {"matchLabels": {"app": "nginx"}}}
HTTP = {"port": "http", "protocol": "TCP"}
DENY = made("NetworkPolicy", {"spec": policy(podSelector={})}, "default-deny")

NETWORK = {
    "a peer more": (
        policy(ingress=[{"from": [NGINX]}]),
        policy(ingress=[{"from": [NGINX, {"podSelector": {}}]}]),
        True,
    ),
    "a peer less": (
        policy(ingress=[{"from": [NGINX, {"podSelector": {}}]}]),
        policy(ingress=[{"from": [NGINX]}]),
        False,
    ),
    "no peer, which is everybody": (policy(ingress=[{"from": [NGINX]}]), policy(ingress=[{}]), True),
    "a peer instead of everybody": (policy(ingress=[{}]), policy(ingress=[{"from": [NGINX]}]), False),
    "no port, which is all": (
        policy(ingress=[{"from": [NGINX], "ports": [HTTP]}]),
        policy(ingress=[{"from": [NGINX]}]),
        True,
    ),
    "a port instead of all": (
        policy(ingress=[{"from": [NGINX]}]),
        policy(ingress=[{"from": [NGINX], "ports": [HTTP]}]),
        False,
    ),
    "a smaller network": (policy(egress=[block("10.0.0.0/8")]), policy(egress=[block("10.1.0.0/16")]), False),
    "a larger network": (policy(egress=[block("10.1.0.0/16")]), policy(egress=[block("10.0.0.0/8")]), True),
    "an exception more": (
        policy(egress=[block("0.0.0.0/0")]),
        policy(egress=[block("0.0.0.0/0", "10.0.0.0/8")]),
        False,
    ),
    "an exception less": (policy(egress=[block("0.0.0.0/0", "10.0.0.0/8")]), policy(egress=[block("0.0.0.0/0")]), True),
    "every namespace": (
        policy(ingress=[{"from": [NGINX]}]),
        policy(ingress=[{"from": [NGINX | {"namespaceSelector": {}}]}]),
        True,
    ),
    "one direction less": (policy(), policy(policyTypes=["Ingress"]), True),
    "one direction more": (policy(policyTypes=["Ingress"]), policy(), False),
    "other pods": (policy(), policy(podSelector={"matchLabels": {"app": "worker"}}), True),
    "a new policy that allows": (None, policy(ingress=[{"from": [NGINX]}]), True),
    "a new policy that denies": (None, policy(), False),
    "a policy that is gone": (policy(), None, True),
}


@pytest.mark.parametrize("name", NETWORK)
def test_a_network_policy_that_lets_more_through_opens_the_network(name: str) -> None:
    before, after, opens = NETWORK[name]

    assert rules("NetworkPolicy", before, after) == ({"opens-network"} if opens else set())


def test_what_another_policy_denies_to_all_pods_stays_denied_when_a_policy_goes() -> None:
    elsewhere = replace(DENY, namespace="elsewhere")
    one_way = made("NetworkPolicy", {"spec": policy(podSelector={}, policyTypes=["Ingress"])}, "deny-in")

    assert rules("NetworkPolicy", policy(), None, DENY) == set()
    assert rules("NetworkPolicy", policy(), None, elsewhere) == {"opens-network"}
    assert rules("NetworkPolicy", policy(), None, one_way) == {"opens-network"}


def test_the_reason_names_who_gets_through() -> None:
    before, after = made("NetworkPolicy", {"spec": policy()}), policy(ingress=[{"from": [NGINX], "ports": [HTTP]}])

    risks = reasons(before, made("NetworkPolicy", {"spec": after}))
    assert risks == {"opens-network": "allows more: ingress from pods nginx on port http/TCP"}


@pytest.mark.parametrize(
    ("kind", "before", "after", "opens"),
    [
        ("Service", {"type": "ClusterIP"}, {"type": "LoadBalancer"}, True),
        ("Service", {"type": "LoadBalancer"}, {"type": "ClusterIP"}, False),
        ("Service", None, {"type": "NodePort"}, True),
        ("Service", None, {"type": "ClusterIP"}, False),
        ("Service", {}, {"externalIPs": ["192.0.2.1"]}, True),
        (
            "Service",
            {"type": "LoadBalancer", "loadBalancerSourceRanges": ["192.0.2.0/24"]},
            {"type": "LoadBalancer"},
            True,
        ),
        ("HTTPRoute", {"hostnames": ["a.example"]}, {"hostnames": ["a.example", "b.example"]}, True),
        ("HTTPRoute", {"hostnames": ["a.example"]}, {}, True),
        ("HTTPRoute", {"hostnames": ["*.example"]}, {"hostnames": ["a.example"]}, False),
        ("HTTPRoute", {"hostnames": ["a.example", "b.example"]}, {"hostnames": ["a.example"]}, False),
        ("Ingress", {"rules": [{"host": "a.example"}]}, {"rules": [{"host": "b.example"}]}, True),
        ("Gateway", {"listeners": [{"name": "a", "port": 80}]}, {"listeners": [{"name": "a", "port": 8080}]}, True),
        ("Gateway", {"listeners": [{"name": "a", "port": 80}]}, {"listeners": [{"name": "b", "port": 80}]}, False),
    ],
)
def test_what_is_reached_from_outside_opens_the_network(kind: str, before: Spec, after: Spec, opens: bool) -> None:
    assert rules(kind, before, after) == ({"opens-network"} if opens else set())
