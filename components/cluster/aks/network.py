"""The network of a cluster on AKS: private nodes, one way out, and nothing in but the web."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network, privatedns

from components.cluster.aks.group import Group
from components.cluster.options import extended
from components.settings.clouds.common import PrivateNetwork

ZONES = ("1", "2", "3")
"""The zones of every region that has some; their names are the same everywhere."""

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


@dataclass(frozen=True)
class NetworkArgs:
    """What the network is made from.

    Args:
        group: the cluster's resource group.
        addresses: its addresses, a /16.
    """

    group: Group
    addresses: PrivateNetwork


@dataclass(frozen=True)
class ZoneArgs:
    """What a DNS zone of private addresses is made from.

    Args:
        group: the cluster's resource group.
        zone: the zone's name in DNS.
        network_id: id of the virtual network that asks it.
    """

    group: Group
    zone: str
    network_id: pulumi.Input[str]


def make_network(name: str, args: NetworkArgs, opts: pulumi.ResourceOptions) -> Network:
    """Make a virtual network of three subnets.

    Nodes have no public address. They reach the world by one NAT gateway; from the internet the load balancer reaches
    them, on the ports of the web. Children: `<name>-nat-address`, `<name>-nat`, `<name>-firewall`, `<name>-network`.

    Args:
        name: prefix of the children's names.
        args: see `NetworkArgs`.
        opts: options of each.
    """
    group, addresses = args.group, args.addresses
    address = network.PublicIPAddress(
        f"{name}-nat-address",
        public_ip_address_name=f"{group.cluster}-nat",
        sku=network.PublicIPAddressSkuArgs(name=network.PublicIPAddressSkuName.STANDARD),
        public_ip_allocation_method=network.IPAllocationMethod.STATIC,
        zones=ZONES,
        **group.common,
        opts=opts,
    )
    nat = network.NatGateway(
        f"{name}-nat",
        nat_gateway_name=f"{group.cluster}-nat",
        sku=network.NatGatewaySkuArgs(name=network.NatGatewaySkuName.STANDARD),
        public_ip_addresses=[network.SubResourceArgs(id=address.id)],
        **group.common,
        opts=opts,
    )
    firewall = network.NetworkSecurityGroup(
        f"{name}-firewall",
        network_security_group_name=f"{group.cluster}-nodes",
        security_rules=[_web()],
        **group.common,
        opts=opts,
    )
    # The subnets are written inside, not as resources of their own: Azure refuses two changes of a network at once.
    whole = network.VirtualNetwork(
        f"{name}-network",
        virtual_network_name=f"{group.cluster}-network",
        address_space=network.AddressSpaceArgs(address_prefixes=[addresses]),
        subnets=_subnets(addresses, nat, firewall),
        **group.common,
        opts=extended(opts, protect=group.protect),
    )
    nodes, control_plane, endpoints = (
        pulumi.Output.concat(whole.id, f"/subnets/{subnet}") for subnet in ("nodes", "control-plane", "endpoints")
    )
    return Network(whole.id, nodes, control_plane, endpoints)


def make_zone(
    name: str, args: ZoneArgs, opts: pulumi.ResourceOptions
) -> tuple[privatedns.PrivateZone, privatedns.VirtualNetworkLink]:
    """Make a DNS zone of private addresses, which the network asks. Children: `<name>-zone`, `<name>-zone-link`.

    Args:
        name: prefix of the children's names.
        args: see `ZoneArgs`.
        opts: options of each.
    """
    group = args.group
    zone = privatedns.PrivateZone(
        f"{name}-zone",
        private_zone_name=args.zone,
        resource_group_name=group.name,
        location="global",
        tags=group.tags,
        opts=opts,
    )
    link = privatedns.VirtualNetworkLink(
        f"{name}-zone-link",
        virtual_network_link_name=group.cluster,
        private_zone_name=zone.name,
        resource_group_name=group.name,
        location="global",
        virtual_network=privatedns.SubResourceArgs(id=args.network_id),
        registration_enabled=False,
        tags=group.tags,
        opts=opts,
    )
    return zone, link


def _web() -> network.SecurityRuleArgs:
    """What the edge's load balancer lets through. It keeps a packet's destination address, so any is meant here."""
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
