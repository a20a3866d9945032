"""What manifests mean: every spelling of the same thing is read the same way."""

from __future__ import annotations

import random
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from manifests import addresses, argocd, network, rights, selectors, sync_windows
from manifests.objects import opened

LABELS = {"app": "web", "tier": "front"}
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_EVERYONE = (
    *("0.0.0.0/0", "000.000.000.000/0", "1.2.3.4/0", "::/0", "0::/0", "0:0:0:0:0:0:0:0/0", "::0.0.0.0/0", "*"),
    *("Internet", "Any", "::ffff:0:0/96", "::ffff:0.0.0.0/96", "2000::/3", "0.0.0.0/1", "64.0.0.0/2"),
)


@pytest.mark.parametrize("cidr", _EVERYONE)
def test_everybody_in_every_spelling(cidr: str) -> None:
    assert addresses.everybody(addresses.read([cidr]))


@pytest.mark.parametrize("prefix", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("version", [4, 6])
def test_everybody_in_pieces(prefix: int, version: int) -> None:
    pieces = [str(piece) for piece in ip_network("0.0.0.0/0" if version == 4 else "::/0").subnets(new_prefix=prefix)]
    random.Random(12).shuffle(pieces)  # noqa: S311 (the same order at every run)
    assert addresses.everybody(addresses.read(pieces))


@pytest.mark.parametrize(
    "cidr", ["10.0.0.0/8", "0.0.0.0/32", "100.64.0.0/10", "52.0.0.0/8", "fd00::/8", "2a05::/16", "VirtualNetwork", ""]
)
def test_what_somebody_owns_is_not_everybody(cidr: str) -> None:
    assert not addresses.everybody(addresses.read([cidr]))


def test_a_network_without_holes_has_every_address_but_theirs() -> None:
    chosen = random.Random(12)  # noqa: S311 (the same ones at every run)
    for _ in range(50):
        holes = [ip_network((chosen.getrandbits(16) << 16, chosen.randint(9, 32)), strict=False) for _ in range(3)]
        left = addresses.without(ip_network("0.0.0.0/4"), holes)
        for address in (ip_address(chosen.getrandbits(28)) for _ in range(50)):
            inside = any(address in piece for piece in left)
            assert inside is not any(address in hole for hole in holes)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        *(
            ({"policyTypes": types, "egress": [{}]}, types)
            for types in (["Ingress"], ["Egress"], ["Ingress", "Egress"])
        ),
        ({}, ["Ingress"]),
        ({"policyTypes": []}, ["Ingress"]),
        ({"egress": []}, ["Ingress"]),  # without policyTypes, an empty list of egress rules denies nothing
        ({"egress": [{}]}, ["Ingress", "Egress"]),
        ({"policyTypes": [], "egress": [{"to": [{"podSelector": {}}]}]}, ["Ingress", "Egress"]),
    ],
)
def test_directions_are_those_of_the_reference(spec: Any, expected: list[str]) -> None:
    assert network.directions({"spec": spec}) == {*expected}
    assert network.denies_by_default({"spec": {**spec, "egress": []}}, "Egress") is (
        "Egress" in (spec.get("policyTypes") or [])
    )


def _expression(key: str, operator: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": ["web", "x"]}]}


@pytest.mark.parametrize(
    ("selector", "selects"),
    [
        *(({}, True), ({"matchLabels": {}}, True), ({"matchExpressions": []}, True)),
        *(({"matchLabels": {"app": "web"}}, True), ({"matchLabels": {"app": "api"}}, False)),
        ({"matchLabels": {"a": ""}}, False),
        *((_expression("app", operator), operator in ("In", "Exists")) for operator in OPERATORS),
        *((_expression("none", operator), operator in ("NotIn", "DoesNotExist")) for operator in OPERATORS),
        ({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "none", "operator": "DoesNotExist"}]}, True),
        ({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_selectors_select_as_the_reference_says(selector: Any, selects: bool) -> None:
    assert selectors.selects(selector, LABELS) is selects
    assert not selectors.selects_all(selector) or selectors.selects(selector, {})


def test_an_unknown_operator_selects_nothing() -> None:
    assert not selectors.selects({"matchExpressions": [{"key": "app", "operator": "Like"}]}, LABELS)


@pytest.mark.parametrize(
    ("pattern", "text", "means"),
    [
        *(
            ("*", "anything/at:all", True),
            ("smart?r", "smarthr", True),
            ("[a-z]*", "x1", True),
            ("[!a]*", "abc", False),
        ),
        *(("{a,b}c", "bc", True), ("{a,b}c", "cc", False), ("exact", "exact", True), ("exact", "exactly", False)),
        *(("a.c", "abc", False), ("[z-a]", "z", False), ("{" * 500, "x", False)),
    ],
)
def test_argo_cds_patterns(pattern: str, text: str, means: bool) -> None:
    assert argocd.matches(pattern, text) is means


@pytest.mark.parametrize("text", ["*", "?*", "[A-Z]*", "{a,b}", "!x", "a\\*", "a*b"])
def test_patterns_are_distinguished_from_names(text: str) -> None:
    assert argocd.is_pattern(text)
    assert not argocd.is_pattern("https://github.com/smarthr360/smarthr360-platform.git")


@pytest.mark.parametrize("right", rights.WAYS_UP, ids=lambda right: f"{right.group}-{right.resource}")
def test_a_way_up_is_one_in_every_spelling(right: rights.Right) -> None:
    resource, _, subresource = right.resource.partition("/")
    for group in (right.group, "*"):
        for name in (right.resource, "*", *([f"*/{subresource}"] if subresource else [])):
            for verb in (*right.verbs, "*"):
                rule = {"apiGroups": ["other", group], "resources": [name], "verbs": ["view", verb]}
                assert rights.allows(rule, right)
    # A right over a resource is none over its subresources, nor the reverse.
    assert not rights.allows({"apiGroups": [right.group], "resources": [f"{resource}s"], "verbs": ["*"]}, right)
    assert not rights.allows({"apiGroups": ["other"], "resources": [right.resource], "verbs": ["*"]}, right)
    assert not rights.allows({"apiGroups": [right.group], "resources": [right.resource], "verbs": ["view"]}, right)


def test_lists_are_opened_in_lists_and_what_the_list_says_holds_for_each() -> None:
    inner = {"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "a"}}]}
    outer = {"apiVersion": "v1", "kind": "List", "items": [inner, {"apiVersion": "v1", "kind": "Service"}]}
    assert [(item["apiVersion"], item["kind"]) for item in opened(outer)] == [("v1", "Pod"), ("v1", "Service")]
    assert [*opened({"kind": "WatchList", "spec": {}})] == [{"kind": "WatchList", "spec": {}}]


@pytest.mark.parametrize("schedule", ["0 2", "0 x * * *", "0-999999999999 2 * * *", "*/0 * * * *", "", None])
def test_a_schedule_that_can_t_be_read_could_be_at_any_time(schedule: str | None) -> None:
    window = {"kind": "allow", "schedule": schedule, "duration": "1h", "applications": ["*"]}
    open_minutes = sync_windows.at_most({"spec": {"syncWindows": [window]}}, by_hand=False)
    assert open_minutes.bit_count() == 7 * 24 * 60
