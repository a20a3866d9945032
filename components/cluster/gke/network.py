"""The network of a cluster on GKE."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.cluster.options import extended
from components.settings.clouds.common import PrivateNetwork

PODS, SERVICES = "pods", "services"
"""What the subnet calls the addresses of pods and of Kubernetes' Services."""


@dataclass(frozen=True)
class Ranges:
    """How the network's addresses are shared out.

    Attributes:
        nodes: of nodes, load balancers and the control plane's private address: 4092.
        services: of Kubernetes' Services: 4096.
        files: of Filestore's instances.
        pods: of pods: a /24 for each of 128 nodes.
    """

    nodes: str
    services: str
    files: str
    pods: str


@dataclass(frozen=True)
class Network:
    """A network that nodes can be in.

    Attributes:
        network: the network.
        subnet: the one subnet of it.
        ranges: its addresses.
        ready: what nodes have to wait for: without a way out they can't fetch an image.
    """

    network: gcp.compute.Network
    subnet: gcp.compute.Subnetwork
    ranges: Ranges
    ready: tuple[pulumi.Resource, ...]


def share_out(network: PrivateNetwork) -> Ranges:
    """Share out a /16: the upper half to pods, and three /20 of the lower one.

    Args:
        network: all there is.
    """
    whole = ipaddress.IPv4Network(network)
    nodes, services, files = (str(part) for part, _ in zip(whole.subnets(new_prefix=20), range(3), strict=False))
    return Ranges(nodes, services, files, str(list(whole.subnets())[1]))


@dataclass(frozen=True)
class NetworkArgs:
    """What the network is made from.

    Args:
        cluster: the cluster's name, which is Google's name of each part of the network, too.
        region: the subnet's region.
        addresses: its addresses, a /16.
        protect: whether Pulumi refuses to delete the network and the subnet.
    """

    cluster: str
    region: str
    addresses: PrivateNetwork
    protect: bool


def make_network(name: str, args: NetworkArgs, opts: pulumi.ResourceOptions) -> Network:
    """Make a network of its own, with one subnet, and one way out that nothing comes in by.

    There is no firewall rule: a network refuses what comes in unless a rule allows it, and GKE makes the few rules that
    nodes and pods need among each other.

    Children: `<name>-network`, `<name>-subnet`, `<name>-router`, `<name>-nat`.

    Args:
        name: the prefix of the children's names.
        args: see `NetworkArgs`.
        opts: options of each.
    """
    cluster, region, ranges = args.cluster, args.region, share_out(args.addresses)
    kept = extended(opts, protect=args.protect)
    network = gcp.compute.Network(
        f"{name}-network",
        gcp.compute.NetworkArgs(name=cluster, auto_create_subnetworks=False, routing_mode="REGIONAL"),
        kept,
    )
    subnet = gcp.compute.Subnetwork(
        f"{name}-subnet",
        gcp.compute.SubnetworkArgs(
            name=cluster,
            region=region,
            network=network.id,
            ip_cidr_range=ranges.nodes,
            secondary_ip_ranges=[
                gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=PODS, ip_cidr_range=ranges.pods),
                gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=SERVICES, ip_cidr_range=ranges.services),
            ],
            # Google's APIs and registries are reached inside Google's network, not through the NAT.
            private_ip_google_access=True,
            # Who talked to whom, in steps of ten minutes; not a line for every connection.
            log_config=gcp.compute.SubnetworkLogConfigArgs(
                aggregation_interval="INTERVAL_10_MIN", flow_sampling=0.5, metadata="INCLUDE_ALL_METADATA"
            ),
        ),
        kept,
    )
    router = gcp.compute.Router(
        f"{name}-router", gcp.compute.RouterArgs(name=cluster, region=region, network=network.id), opts
    )
    nat = gcp.compute.RouterNat(
        f"{name}-nat",
        gcp.compute.RouterNatArgs(
            name=cluster,
            region=region,
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                gcp.compute.RouterNatSubnetworkArgs(name=subnet.id, source_ip_ranges_to_nats=["ALL_IP_RANGES"])
            ],
            log_config=gcp.compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
        ),
        opts,
    )
    return Network(network, subnet, ranges, (nat,))
