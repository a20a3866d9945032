"""The network of a cluster on EKS."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import pulumi
import pulumi_aws as aws

_EVERYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class NetworkArgs:
    """What the network is made from.

    Args:
        cluster: the cluster's name, which everything is tagged with.
        region: where it is.
        zones: the letters of its zones.
        addresses: its addresses, a /16.
        nat_per_zone: whether each zone has a NAT gateway of its own; else all go through the first one's.
        protect: whether Pulumi refuses to delete it.
    """

    cluster: str
    region: str
    zones: Sequence[str]
    addresses: str
    nat_per_zone: bool
    protect: bool


class Network(pulumi.ComponentResource):
    """Makes a network over several zones, in which nothing but load balancers and NAT gateways has a public address.

    Of the /16, each zone has a /18 for nodes and pods, as every pod takes an address of its own; a /24 for load
    balancers and NAT; and a /28 for the control plane's interfaces, which an upgrade must find free (EKS' guide asks
    for one so small and for nothing else in it). Type token `smarthr360:cluster:EksNetwork`; children
    `<name>-vpc`, `<name>-private-<zone>`, `<name>-public-<zone>`, `<name>-control-plane-<zone>` and what joins them.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `NetworkArgs`.
        opts: the usual resource options, with a provider of AWS.
    """

    vpc: aws.ec2.Vpc
    private: list[aws.ec2.Subnet]
    """The subnets of nodes and pods, one in each zone."""
    control_plane: list[aws.ec2.Subnet]
    """The subnets of the control plane's interfaces, one in each zone."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:cluster:EksNetwork", name, {}, opts)
        self._args = args
        inside, kept = pulumi.ResourceOptions(parent=self), pulumi.ResourceOptions(parent=self, protect=args.protect)
        self.vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.addresses,
            enable_dns_hostnames=True,  # a private endpoint is found by its name
            enable_dns_support=True,
            tags={"Name": args.cluster},
            opts=kept,
        )
        # Taking over the group that every network has is the way to empty it: whatever names no group gets this one.
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default-security-group", vpc_id=self.vpc.id, ingress=[], egress=[], opts=inside
        )
        gateway = aws.ec2.InternetGateway(
            f"{name}-internet", vpc_id=self.vpc.id, tags={"Name": args.cluster}, opts=inside
        )
        for_zones = ipaddress.IPv4Network(args.addresses).subnets(new_prefix=18)
        private = list(islice(for_zones, len(args.zones)))
        rest = next(for_zones).subnets(new_prefix=24)
        public = list(islice(rest, len(args.zones)))
        # The tags are what load balancers find their subnets by.
        self.private = self._subnets(f"{name}-private", private, {"kubernetes.io/role/internal-elb": "1"})
        outside = self._subnets(f"{name}-public", public, {"kubernetes.io/role/elb": "1"})
        self.control_plane = self._subnets(f"{name}-control-plane", list(next(rest).subnets(new_prefix=28)), {})

        self._table(f"{name}-control-plane", self.control_plane)  # with no way out
        self._table(f"{name}-public", outside, gateway_id=gateway.id)
        nats = [self._nat(f"{name}-nat-{zone}", outside[index], gateway) for index, zone in enumerate(self._with_nat)]
        tables = [
            self._table(f"{name}-private-{zone}", [self.private[index]], nat_gateway_id=nats[index % len(nats)].id)
            for index, zone in enumerate(args.zones)
        ]
        # Images' layers and backups are in S3; this way to it costs nothing, the one through NAT does.
        aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=self.vpc.id,
            service_name=f"com.amazonaws.{args.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables],
            tags={"Name": f"{args.cluster}-s3"},
            opts=inside,
        )
        self.register_outputs(
            {
                "vpcId": self.vpc.id,
                "privateSubnetIds": [subnet.id for subnet in self.private],
                "controlPlaneSubnetIds": [subnet.id for subnet in self.control_plane],
            }
        )

    @property
    def _with_nat(self) -> Sequence[str]:
        return self._args.zones if self._args.nat_per_zone else self._args.zones[:1]

    def _subnets(
        self, name: str, ranges: Sequence[ipaddress.IPv4Network], tags: dict[str, str]
    ) -> list[aws.ec2.Subnet]:
        what = name.removeprefix(f"{self._name}-")
        return [
            aws.ec2.Subnet(
                f"{name}-{zone}",
                vpc_id=self.vpc.id,
                availability_zone=f"{self._args.region}{zone}",
                cidr_block=str(addresses),
                map_public_ip_on_launch=False,
                tags={"Name": f"{self._args.cluster}-{what}-{zone}", **tags},
                opts=pulumi.ResourceOptions(parent=self, protect=self._args.protect),
            )
            for zone, addresses in zip(self._args.zones, ranges, strict=False)
        ]

    def _nat(self, name: str, subnet: aws.ec2.Subnet, gateway: aws.ec2.InternetGateway) -> aws.ec2.NatGateway:
        tags = {"Name": f"{self._args.cluster}-{name.removeprefix(f'{self._name}-')}"}
        inside = pulumi.ResourceOptions(parent=self, depends_on=[gateway])
        address = aws.ec2.Eip(f"{name}-address", domain="vpc", tags=tags, opts=inside)
        return aws.ec2.NatGateway(name, allocation_id=address.id, subnet_id=subnet.id, tags=tags, opts=inside)

    def _table(
        self,
        name: str,
        subnets: Sequence[aws.ec2.Subnet],
        gateway_id: pulumi.Input[str] | None = None,
        nat_gateway_id: pulumi.Input[str] | None = None,
    ) -> aws.ec2.RouteTable:
        inside = pulumi.ResourceOptions(parent=self)
        tags = {"Name": f"{self._args.cluster}-{name.removeprefix(f'{self._name}-')}"}
        table = aws.ec2.RouteTable(f"{name}-routes", vpc_id=self.vpc.id, tags=tags, opts=inside)
        if gateway_id or nat_gateway_id:
            aws.ec2.Route(
                f"{name}-way-out",
                route_table_id=table.id,
                destination_cidr_block=_EVERYWHERE,
                gateway_id=gateway_id,
                nat_gateway_id=nat_gateway_id,
                opts=inside,
            )
        for subnet in subnets:
            aws.ec2.RouteTableAssociation(
                f"{subnet.pulumi_resource_name}-uses-routes", subnet_id=subnet.id, route_table_id=table.id, opts=inside
            )
        return table
