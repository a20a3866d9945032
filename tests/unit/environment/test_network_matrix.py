"""The evaluator of network policies, case by case; and what it says of the policies that the program makes."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from manifests.objects import Manifest
from tests.support.network_matrix import Address, Matrix, Party, Pod, Policies, computed, selects, written
from tests.support.program import run_program
from tests.support.references import workloads
from tests.support.stacks import STACKS, good_config

NAMESPACES = [
    {"metadata": {"name": "here", "labels": {"team": "a"}}},
    {"metadata": {"name": "there", "labels": {"team": "b"}}},
]
HTTP = {("http", "TCP"): 8080, ("dns", "UDP"): 53}
CLIENT = Pod("here", {"app": "client"}, ip="10.1.0.1")
SERVER = Pod("here", {"app": "server", "tier": "back"}, HTTP, ip="10.1.0.2")
FOREIGN = Pod("there", {"app": "client"}, ip="10.1.0.3")
OUTSIDE = Address("1.1.1.1")


def policy(**spec: Any) -> Manifest:
    """A policy in the namespace `here`, for the server unless it says otherwise."""
    return {"metadata": {"namespace": "here"}, "spec": {"podSelector": {"matchLabels": {"app": "server"}}, **spec}}


def reaches(source: Party, destination: Party, port: int, *policies: Manifest, protocol: str = "TCP") -> bool:
    return Policies(policies, NAMESPACES).allow(source, destination, port, protocol)


def ingress(*peers: Mapping[str, Any], **rule: Any) -> Manifest:
    return policy(ingress=[{"from": list(peers), **rule}])


def egress(*peers: Mapping[str, Any], **rule: Any) -> Manifest:
    return policy(
        podSelector={"matchLabels": {"app": "client"}}, policyTypes=["Egress"], egress=[{"to": list(peers), **rule}]
    )


APP = {"podSelector": {"matchLabels": {"app": "client"}}}


def test_a_pod_that_no_policy_selects_is_open() -> None:
    assert reaches(FOREIGN, SERVER, 1)
    assert reaches(FOREIGN, SERVER, 1, policy(podSelector={"matchLabels": {"app": "other"}}))
    assert not reaches(FOREIGN, SERVER, 1, policy(podSelector={}))


def test_a_policy_is_about_its_own_namespace_only() -> None:
    elsewhere = {**policy(podSelector={}), "metadata": {"namespace": "there"}}

    assert reaches(CLIENT, SERVER, 1, elsewhere)
    assert not reaches(CLIENT, FOREIGN, 1, elsewhere)
    assert selects(elsewhere, FOREIGN)
    assert not selects(elsewhere, SERVER)


def test_a_selected_pod_without_rules_is_closed_in_the_policys_directions() -> None:
    for types, into, out in (
        (["Ingress"], False, True),
        (["Egress"], True, False),
        (["Ingress", "Egress"], False, False),
        (None, False, True),
    ):
        closed = policy(**({"policyTypes": types} if types else {}))
        assert reaches(CLIENT, SERVER, 1, closed) is into, types
        assert reaches(SERVER, CLIENT, 1, closed) is out, types


def test_without_policy_types_rules_for_egress_make_it_about_egress() -> None:
    assert not reaches(SERVER, OUTSIDE, 443, policy(egress=[{"to": [APP]}]))
    assert reaches(SERVER, CLIENT, 443, policy(egress=[{"to": [APP]}]))


def test_an_empty_rule_lets_everything_in() -> None:
    assert reaches(OUTSIDE, SERVER, 1, policy(ingress=[{}]))
    assert not reaches(OUTSIDE, SERVER, 1, policy(ingress=[]))


def test_policies_add_up_and_so_do_rules() -> None:
    closed, by_port = policy(podSelector={}), ingress(APP, ports=[{"port": 8080}])
    both = policy(ingress=[{"from": [APP], "ports": [{"port": 1}]}, {"from": [APP], "ports": [{"port": 2}]}])

    assert reaches(CLIENT, SERVER, 8080, closed, by_port)
    assert not reaches(CLIENT, SERVER, 8081, closed, by_port)
    assert [reaches(CLIENT, SERVER, port, both) for port in (1, 2, 3)] == [True, True, False]


def test_both_ends_have_to_agree() -> None:
    into, out = ingress(APP), egress({"podSelector": {"matchLabels": {"app": "server"}}})
    closed = policy(podSelector={}, policyTypes=["Ingress", "Egress"])

    assert reaches(CLIENT, SERVER, 1, closed, into, out)
    assert not reaches(CLIENT, SERVER, 1, closed, into)
    assert not reaches(CLIENT, SERVER, 1, closed, out)


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ({"key": "app", "operator": "In", "values": ["client", "x"]}, True),
        ({"key": "app", "operator": "In", "values": ["x"]}, False),
        ({"key": "none", "operator": "In", "values": ["x"]}, False),
        ({"key": "app", "operator": "NotIn", "values": ["x"]}, True),
        ({"key": "app", "operator": "NotIn", "values": ["client"]}, False),
        ({"key": "none", "operator": "NotIn", "values": ["x"]}, True),
        ({"key": "app", "operator": "Exists"}, True),
        ({"key": "none", "operator": "Exists"}, False),
        ({"key": "none", "operator": "DoesNotExist"}, True),
        ({"key": "app", "operator": "DoesNotExist"}, False),
    ],
)
def test_expressions_select_as_they_say(expression: Mapping[str, Any], selected: bool) -> None:
    assert reaches(CLIENT, SERVER, 1, ingress({"podSelector": {"matchExpressions": [expression]}})) is selected
    both = {"matchLabels": {"app": "client"}, "matchExpressions": [expression]}
    assert reaches(CLIENT, SERVER, 1, ingress({"podSelector": both})) is selected
    neither = {**both, "matchLabels": {"app": "other"}}
    assert not reaches(CLIENT, SERVER, 1, ingress({"podSelector": neither}))


def test_a_pod_selector_alone_means_the_policys_namespace() -> None:
    assert reaches(CLIENT, SERVER, 1, ingress(APP))
    assert not reaches(FOREIGN, SERVER, 1, ingress(APP))
    assert not reaches(OUTSIDE, SERVER, 1, ingress({"podSelector": {}}))


def test_a_namespace_selector_alone_means_all_its_pods() -> None:
    by_label = ingress({"namespaceSelector": {"matchLabels": {"team": "b"}}})
    by_name = ingress({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "there"}}})

    for found in (by_label, by_name):
        assert reaches(FOREIGN, SERVER, 1, found)
        assert not reaches(CLIENT, SERVER, 1, found)
    assert reaches(FOREIGN, SERVER, 1, ingress({"namespaceSelector": {}}))
    assert not reaches(OUTSIDE, SERVER, 1, ingress({"namespaceSelector": {}}))


def test_both_selectors_in_one_peer_must_hold_and_in_two_peers_either() -> None:
    there = {"namespaceSelector": {"matchLabels": {"team": "b"}}}
    other = Pod("there", {"app": "other"})

    assert reaches(FOREIGN, SERVER, 1, ingress({**there, **APP}))
    assert not reaches(other, SERVER, 1, ingress({**there, **APP}))
    assert not reaches(CLIENT, SERVER, 1, ingress({**there, **APP}))
    assert all(reaches(pod, SERVER, 1, ingress(there, APP)) for pod in (FOREIGN, other, CLIENT))
    assert not reaches(SERVER, SERVER, 1, ingress(there, APP))


def test_a_block_means_its_addresses_but_the_exceptions() -> None:
    block = egress({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "169.254.0.0/16"]}})

    assert reaches(CLIENT, OUTSIDE, 443, block)
    assert not reaches(CLIENT, Address("169.254.169.254"), 443, block)
    assert not reaches(CLIENT, Address("10.200.0.1"), 443, block)
    assert not reaches(CLIENT, Address("2606:4700:4700::1111"), 443, block)
    assert not reaches(CLIENT, SERVER, 443, block)


def test_a_block_counts_for_a_pod_whose_address_is_in_it() -> None:
    block = ingress({"ipBlock": {"cidr": "10.1.0.1/32"}})

    assert reaches(CLIENT, SERVER, 1, block)
    assert not reaches(FOREIGN, SERVER, 1, block)
    assert not reaches(Pod("here", {}), SERVER, 1, block)


@pytest.mark.parametrize(
    ("ports", "allowed", "denied"),
    [
        ([{"port": 8080}], (8080, "TCP"), (8080, "UDP")),
        ([{"port": 8080, "protocol": "UDP"}], (8080, "UDP"), (8080, "TCP")),
        ([{"port": 8080}], (8080, "TCP"), (8081, "TCP")),
        ([{"port": 8000, "endPort": 8080}], (8080, "TCP"), (8081, "TCP")),
        ([{"port": 8000, "endPort": 8080}], (8000, "TCP"), (7999, "TCP")),
        ([{"protocol": "UDP"}], (1, "UDP"), (1, "TCP")),
        ([{"port": "http"}], (8080, "TCP"), (80, "TCP")),
        ([{"port": "dns", "protocol": "UDP"}], (53, "UDP"), (53, "TCP")),
        ([{"port": "http"}], (8080, "TCP"), (8080, "UDP")),
        ([{"port": 1}, {"port": 2}], (2, "TCP"), (3, "TCP")),
    ],
)
def test_ports_in_either_direction_are_the_destinations(
    ports: list[Manifest], allowed: tuple[int, str], denied: tuple[int, str]
) -> None:
    back = {"podSelector": {"matchLabels": {"tier": "back"}}}
    for found in (ingress(APP, ports=ports), egress(back, ports=ports)):
        assert reaches(CLIENT, SERVER, allowed[0], found, protocol=allowed[1])
        assert not reaches(CLIENT, SERVER, denied[0], found, protocol=denied[1])


def test_a_named_port_that_the_destination_does_not_have_lets_nothing_pass() -> None:
    named = egress(ports=[{"port": "http"}])

    assert reaches(CLIENT, SERVER, 8080, named)
    assert not reaches(CLIENT, FOREIGN, 8080, named)
    assert not reaches(CLIENT, OUTSIDE, 8080, named)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[dict[str, Any]]]:
    """The manifests of each stack."""
    folder = tmp_path_factory.mktemp("programs")
    return {stack: run_program(good_config(stack), folder, stack).manifests() for stack in STACKS}


def matrix_of(objects: list[dict[str, Any]]) -> Matrix:
    def of(kind: str) -> Iterator[dict[str, Any]]:
        return (found for found in objects if found["kind"] == kind)

    return computed(
        of("NetworkPolicy"), next(of("Namespace")), [Pod.of(found) for found in workloads(objects)], next(of("Issuer"))
    )


@pytest.mark.parametrize("stack", STACKS)
def test_the_policies_let_pass_what_is_written_and_nothing_else(made: Mapping[str, Any], stack: str) -> None:
    assert matrix_of(made[stack]) == written()


@pytest.mark.parametrize("stack", STACKS)
def test_each_policy_selects_a_pod(made: Mapping[str, Any], stack: str) -> None:
    pods = [Pod.of(found) for found in workloads(made[stack])]
    policies = [found for found in made[stack] if found["kind"] == "NetworkPolicy"]

    assert len(policies) == 9
    assert [found["metadata"]["name"] for found in policies if not any(selects(found, pod) for pod in pods)] == []


def test_the_matrix_says_every_pair() -> None:
    parties = {source for source, _ in written()}

    assert set(written()) == {(source, destination) for source in parties for destination in parties}
    assert len(parties) == 15


def test_without_any_one_policy_the_matrix_is_another(made: Mapping[str, Any]) -> None:
    for found in made["dev"]:
        if found["kind"] == "NetworkPolicy":
            rest = [other for other in made["dev"] if other is not found]
            assert matrix_of(rest) != written(), found["metadata"]["name"]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value that is neither an object nor a list."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path


def test_any_renamed_label_port_or_network_makes_the_matrix_another(made: Mapping[str, Any]) -> None:
    others = {"Ingress": "Egress", "Egress": "Ingress", "TCP": "UDP", "UDP": "TCP", "In": "NotIn", 53: 54}
    changed = 0
    for number, found in enumerate(made["dev"]):
        for path in leaves(found["spec"]) if found["kind"] == "NetworkPolicy" else ():
            if found["metadata"]["name"] == "default-deny" and path == ("policyTypes", 1):
                continue  # `dns` selects every pod for egress as well, so that this one alone changes nothing
            bad = copy.copy(made["dev"])
            bad[number] = copy.deepcopy(found)
            *parents, last = path
            place = bad[number]["spec"]
            for parent in parents:
                place = place[parent]
            old = place[last]
            place[last] = others.get(old, "203.0.113.0/24" if "ipBlock" in path else f"{old}-renamed")
            changed += 1
            assert matrix_of(bad) != written(), (found["metadata"]["name"], path, old)
    assert changed >= 40
