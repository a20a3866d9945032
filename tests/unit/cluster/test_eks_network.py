"""The network of a cluster on EKS: who is where, who gets out, and that nobody gets in."""

from __future__ import annotations

import ipaddress

from tests.support.eks import DEV, NODES_GROUP, REGION, Made, make


def test_each_zone_has_three_subnets_that_do_not_overlap_and_none_gives_public_addresses(cluster: Made) -> None:
    subnets = [subnet.inputs for subnet in cluster.of(":Subnet")]
    ranges = [ipaddress.IPv4Network(subnet["cidrBlock"]) for subnet in subnets]
    assert sorted(subnet["availabilityZone"] for subnet in subnets) == sorted(f"{REGION}{zone}" for zone in "abc" * 3)
    assert not [subnet for subnet in subnets if subnet["mapPublicIpOnLaunch"]]
    assert all(one.subnet_of(ipaddress.IPv4Network("10.20.0.0/16")) for one in ranges)
    assert not [one for number, one in enumerate(ranges) for other in ranges[:number] if one.overlaps(other)]


def test_nodes_are_in_private_subnets_only(cluster: Made) -> None:
    private = {f"cluster-network-private-{zone}-id" for zone in "abc"}
    spec = cluster.inputs("cluster-nodes-class")["spec"]
    assert {term["id"] for term in spec["subnetSelectorTerms"]} == private
    assert spec["securityGroupSelectorTerms"] == [{"id": NODES_GROUP}]
    tables = {entry.inputs["subnetId"]: entry.inputs["routeTableId"] for entry in cluster.of(":RouteTableAssociation")}
    ways = {route.inputs["routeTableId"]: route.inputs for route in cluster.of(":Route")}
    assert all("natGatewayId" in ways[tables[subnet]] and "gatewayId" not in ways[tables[subnet]] for subnet in private)


def test_the_control_planes_subnets_have_no_way_out(cluster: Made) -> None:
    with_way = {route.inputs["routeTableId"] for route in cluster.of(":Route")}
    assert "cluster-network-public-routes-id" in with_way
    assert "cluster-network-control-plane-routes-id" not in with_way


def test_load_balancers_find_the_public_and_the_private_subnets_by_their_tags(cluster: Made) -> None:
    tagged = {subnet.name: subnet.inputs["tags"] for subnet in cluster.of(":Subnet")}
    assert {name for name in tagged if "kubernetes.io/role/elb" in tagged[name]} == {
        f"cluster-network-public-{zone}" for zone in "abc"
    }
    assert {name for name in tagged if "kubernetes.io/role/internal-elb" in tagged[name]} == {
        f"cluster-network-private-{zone}" for zone in "abc"
    }


def test_each_zone_has_its_own_nat_gateway(cluster: Made) -> None:
    ways = {route.name: route.inputs.get("natGatewayId") for route in cluster.of(":Route")}
    assert {ways[f"cluster-network-private-{zone}-way-out"] for zone in "abc"} == {
        f"cluster-network-nat-{zone}-id" for zone in "abc"
    }


def test_dev_has_one_nat_gateway_for_all_zones() -> None:
    made = make(DEV)
    assert [nat.name for nat in made.of(":NatGateway")] == ["cluster-network-nat-a"]
    ways = [route.inputs["natGatewayId"] for route in made.of(":Route") if "natGatewayId" in route.inputs]
    assert ways == ["cluster-network-nat-a-id"] * 3


def test_other_zones_of_the_region_can_be_chosen(other: Made) -> None:
    zones = {subnet.inputs["availabilityZone"] for subnet in other.of(":Subnet")}
    assert zones == {f"{REGION}{zone}" for zone in "abd"}


def test_s3_is_reached_past_the_nat_gateways(cluster: Made) -> None:
    [endpoint] = cluster.of(":VpcEndpoint")
    assert endpoint.inputs["vpcEndpointType"] == "Gateway"
    assert set(endpoint.inputs["routeTableIds"]) == {f"cluster-network-private-{zone}-routes-id" for zone in "abc"}


def test_no_security_group_lets_the_world_in_and_the_default_one_lets_nothing_through(cluster: Made) -> None:
    rules = [rule for group in cluster.of("SecurityGroup") for rule in group.inputs["ingress"]]
    assert len(rules) == 2
    assert all(ipaddress.IPv4Network(block).is_private for rule in rules for block in rule.get("cidrBlocks", []))
    default = cluster.inputs("cluster-network-default-security-group")
    assert (default["ingress"], default["egress"]) == ([], [])


def test_every_connection_is_logged(cluster: Made) -> None:
    assert cluster.inputs("cluster-logs-flow")["trafficType"] == "ALL"
    assert cluster.inputs("cluster-logs-flow")["vpcId"] == "cluster-network-vpc-id"
