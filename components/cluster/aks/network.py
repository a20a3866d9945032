"""The network of a cluster on AKS: private nodes, one way out, and nothing in but the web."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network, privatedns

from components.cluster.aks.context import Place
from components.settings.clouds.common import PrivateNetwork

ZONES = ("1", "2", "3")
"""The zones of every region that has some; how they are called is the same everywhere."""

PODS, SERVICES, DNS = "100.64.0.0/16", "100.65.0.0/16", "100.65.0.10"
"""Addresses inside the cluster. They are of RFC 6598, so that no private network of ours, nor one that is peered with
it, can overlap with them."""


@dataclass(frozen=True)
class Network:
    """What the cluster needs of its network.

    Args:
        id: the virtual network's id.
        nodes: id of the subnet of the nodes.
        control_plane: id of the subnet of the control plane's own addresses.
        endpoints: id of the subnet of private endpoints.
    """

    id: pulumi.Output[str]
    nodes: pulumi.Output[str]
    control_plane: pulumi.Output[str]
    endpoints: pulumi.Output[str]


def make_network(place: Place, addresses: PrivateNetwork) -> Network:
    """Make a virtual network of three subnets.

    Nodes have no public address. They reach the world by one NAT gateway; from the internet the load balancer reaches
    them, on the ports of the web. Children: `<name>-nat-address`, `<name>-nat`, `<name>-firewall`, `<name>-network`.

    Args:
        place: where.
        addresses: the whole network's.
    """
    named = f"{place.name}-"
    address = network.PublicIPAddress(
        f"{named}nat-address",
        public_ip_address_name=f"{place.cluster}-nat",
        sku=network.PublicIPAddressSkuArgs(name=network.PublicIPAddressSkuName.STANDARD),
        public_ip_allocation_method=network.IPAllocationMethod.STATIC,
        zones=ZONES,
        resource_group_name=place.group,
        location=place.region,
        tags=place.tags,
        opts=place.options,
    )
    nat = network.NatGateway(
        f"{named}nat",
        nat_gateway_name=f"{place.cluster}-nat",
        sku=network.NatGatewaySkuArgs(name=network.NatGatewaySkuName.STANDARD),
        public_ip_addresses=[network.SubResourceArgs(id=address.id)],
        resource_group_name=place.group,
        location=place.region,
        tags=place.tags,
        opts=place.options,
    )
    firewall = network.NetworkSecurityGroup(
        f"{named}firewall",
        network_security_group_name=f"{place.cluster}-nodes",
        security_rules=[_web()],
        resource_group_name=place.group,
        location=place.region,
        tags=place.tags,
        opts=place.options,
    )
    # The subnets are written inside, not as resources of their own: Azure refuses two changes of a network at once.
    whole = network.VirtualNetwork(
        f"{named}network",
        virtual_network_name=f"{place.cluster}-network",
        address_space=network.AddressSpaceArgs(address_prefixes=[addresses]),
        subnets=_subnets(addresses, nat, firewall),
        resource_group_name=place.group,
        location=place.region,
        tags=place.tags,
        opts=place.kept(),
    )
    nodes, control_plane, endpoints = (
        pulumi.Output.concat(whole.id, f"/subnets/{subnet}") for subnet in ("nodes", "control-plane", "endpoints")
    )
    return Network(whole.id, nodes, control_plane, endpoints)


def make_zone(
    place: Place, what: str, zone_name: str, network_id: pulumi.Input[str]
) -> tuple[privatedns.PrivateZone, privatedns.VirtualNetworkLink]:
    """Make a DNS zone of private addresses, which the network asks. Children: `<name>-<what>-zone`, `...-zone-link`.

    Args:
        place: where.
        what: whose addresses.
        zone_name: the zone.
        network_id: id of the virtual network.
    """
    zone = privatedns.PrivateZone(
        f"{place.name}-{what}-zone",
        private_zone_name=zone_name,
        resource_group_name=place.group,
        location="global",
        tags=place.tags,
        opts=place.options,
    )
    link = privatedns.VirtualNetworkLink(
        f"{place.name}-{what}-zone-link",
        virtual_network_link_name=place.cluster,
        private_zone_name=zone.name,
        resource_group_name=place.group,
        location="global",
        virtual_network=privatedns.SubResourceArgs(id=network_id),
        registration_enabled=False,
        tags=place.tags,
        opts=place.options,
    )
    return zone, link


def _web() -> network.SecurityRuleArgs:
    """What the edge's load balancer lets through. It keeps the address that was asked for, so any is meant here."""
    return network.SecurityRuleArgs(
        name="web",
        priority=100,
        direction=network.SecurityRuleDirection.INBOUND,
        access=network.SecurityRuleAccess.ALLOW,
        protocol=network.SecurityRuleProtocol.TCP,
        source_address_prefix="Internet",
        source_port_range="*",
        destination_address_prefix="*",
        destination_port_ranges=["80", "443"],
    )


def _subnets(
    addresses: PrivateNetwork, nat: network.NatGateway, firewall: network.NetworkSecurityGroup
) -> list[network.SubnetArgs]:
    """Three subnets, none of which reaches the world but through what is said here.

    The nodes' takes four thousand of them (pods have addresses of their own). The control plane's keeps its size for
    ever. Azure takes 5 addresses of each subnet and AKS at least 9, and a control plane that finds none is down when it
    should grow; of the smallest subnet, a /28, only 2 would be left, and of a /26 there are 50
    (learn.microsoft.com/azure/aks/api-server-vnet-integration).
    """
    parts = ipaddress.IPv4Network(addresses).subnets(new_prefix=20)
    nodes, other = next(parts), next(parts).subnets(new_prefix=24)
    control_plane = next(next(other).subnets(new_prefix=26))
    return [
        network.SubnetArgs(
            name="nodes",
            address_prefix=str(nodes),
            default_outbound_access=False,
            nat_gateway=network.SubResourceArgs(id=nat.id),
            network_security_group=network.NetworkSecurityGroupArgs(id=firewall.id),
            # So that the vault of the secrets can let this subnet in, and nobody else.
            service_endpoints=[network.ServiceEndpointPropertiesFormatArgs(service="Microsoft.KeyVault")],
        ),
        network.SubnetArgs(
            name="control-plane",
            address_prefix=str(control_plane),
            default_outbound_access=False,
            delegations=[network.DelegationArgs(name="aks", service_name="Microsoft.ContainerService/managedClusters")],
        ),
        network.SubnetArgs(name="endpoints", address_prefix=str(next(other)), default_outbound_access=False),
    ]
