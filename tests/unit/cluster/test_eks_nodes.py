"""The nodes of a cluster on EKS, as pools of Auto Mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from components.cluster.eks.network_policy_enforcement import services_of
from snapshot.in_process import plain
from tests.support.eks import DEV, REGION, Made, make


def pools(made: Made) -> dict[str, Mapping[str, Any]]:
    return {entry["metadata"]["name"]: entry["spec"] for entry in made.manifests() if entry["kind"] == "NodePool"}


def wanted(pool: Mapping[str, Any]) -> dict[str, list[str]]:
    return {one["key"]: one["values"] for one in pool["template"]["spec"]["requirements"]}


def test_the_fewest_nodes_are_spread_over_the_zones_and_the_rest_comes_as_needed(cluster: Made) -> None:
    found = pools(cluster)
    assert {name: pool.get("replicas") for name, pool in found.items()} == {
        **{f"base-{zone}": 1 for zone in "abc"},
        "more": None,
    }
    assert found["base-b"]["limits"] == {"nodes": "2"}, "a node is there before the one that it replaces goes"
    assert wanted(found["base-b"])["topology.kubernetes.io/zone"] == [f"{REGION}b"]
    assert found["more"]["limits"] == {"cpu": "12"}, "six nodes of two processors"


@pytest.mark.parametrize(
    ("least", "most", "shares", "processors"),
    [(1, 4, {"a": 1}, "6"), (3, 3, {"a": 1, "b": 1, "c": 1}, None)],
)
def test_the_bounds_of_the_stack_file_are_those_of_the_pools(
    least: int, most: int, shares: dict[str, int], processors: str | None
) -> None:
    found = pools(make({"nodes": {"min": least, "max": most}}))
    more = found.pop("more", None)
    assert {name.removeprefix("base-"): pool["replicas"] for name, pool in found.items()} == shares
    assert (more and more["limits"]["cpu"]) == processors


def test_larger_machines_count_with_their_processors(other: Made) -> None:
    found = pools(other)
    assert [found[f"base-{zone}"]["replicas"] for zone in "abd"] == [2, 2, 1]
    assert found["more"]["limits"] == {"cpu": "16"}
    assert wanted(found["more"])["node.kubernetes.io/instance-type"] == ["r7i.2xlarge"]


def test_nodes_are_spot_only_where_the_stack_says_so(cluster: Made) -> None:
    assert {*wanted(pools(cluster)["more"])["karpenter.sh/capacity-type"]} == {"on-demand"}
    spot = [wanted(pool)["karpenter.sh/capacity-type"] for pool in pools(make(DEV)).values()]
    assert spot == [["spot"]] * len(spot)


def test_nodes_are_replaced_at_night_one_at_a_time_and_none_grows_old(other: Made) -> None:
    pool = pools(other)["more"]
    always, by_day = pool["disruption"]["budgets"]
    assert always == {"nodes": "1"}
    assert by_day == {
        "nodes": "0",
        "reasons": ["Drifted", "Underutilized"],
        "schedule": "0 2 * * *",
        "duration": "20h",
    }
    assert pool["template"]["spec"]["expireAfter"] == "480h"


def test_network_policies_are_enforced_and_what_they_decide_is_logged(cluster: Made) -> None:
    assert cluster.object("ConfigMap", "amazon-vpc-cni")["data"] == {"enable-network-policy-controller": "true"}
    spec = cluster.inputs("cluster-nodes-class")["spec"]
    assert (spec["networkPolicy"], spec["networkPolicyEventLogs"]) == ("DefaultAllow", "Enabled")


def test_every_pod_may_ask_the_nodes_for_names_and_nothing_else(cluster: Made) -> None:
    spec = cluster.object("ClusterNetworkPolicy", "dns")["spec"]
    [rule] = spec["egress"]
    assert (spec["tier"], spec["subject"], rule["action"]) == ("Admin", {"namespaces": {}}, "Accept")
    assert rule["to"] == [{"networks": ["172.20.0.10/32"]}]
    assert [plain(one["portNumber"]) for one in rule["ports"]] == [
        {"protocol": "UDP", "port": 53},
        {"protocol": "TCP", "port": 53},
    ]
    assert "ingress" not in spec


@pytest.mark.parametrize(
    ("network", "services"), [("10.20.0.0/16", "172.20.0.0/16"), ("172.20.0.0/16", "10.100.0.0/16")]
)
def test_services_have_other_addresses_than_the_network(network: str, services: str) -> None:
    assert services_of(network) == services


def test_the_disk_has_the_size_of_the_stack_file(other: Made) -> None:
    assert other.inputs("cluster-nodes-class")["spec"]["ephemeralStorage"]["size"] == "120Gi"
