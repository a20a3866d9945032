"""The nodes of a cluster on EKS, which Auto Mode starts, repairs, replaces and ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components.cluster.eks.control_plane import ControlPlane
from components.cluster.eks.iam import attach, document, role, trusted
from components.environment.metadata import metadata
from components.settings.clouds.eks import EksNodes

_CLASS = "smarthr360"
_LONGEST = "480h"  # of a node's life: Auto Mode ends it after 21 days, of which the last is for draining


@dataclass(frozen=True)
class NodesArgs:
    """What the nodes are made from.

    Args:
        cluster: the cluster's name.
        control_plane: what they belong to.
        region: where they are.
        zones: the letters of its zones.
        subnets: where they are, one in each zone.
        key_arn: what their disks are encrypted with.
        nodes: what the stack says of them.
        tags: what they and their disks are tagged with.
    """

    cluster: str
    control_plane: ControlPlane
    region: str
    zones: Sequence[str]
    subnets: Sequence[aws.ec2.Subnet]
    key_arn: pulumi.Input[str]
    nodes: EksNodes
    tags: Mapping[str, str]


class Nodes(pulumi.ComponentResource):
    """Makes the pools that Auto Mode keeps nodes in.

    Nodes run Bottlerocket with a read-only root and SELinux, nobody can log in to one, and its metadata service wants
    a token and answers no pod. The fewest nodes are a pool of fixed size in each zone, so that each zone has its share;
    what more is needed comes and goes in one pool over all of them, whose limit AWS counts in processors. Where a node
    is replaced, there is one more for a while.

    Type token `smarthr360:cluster:EksNodes`; children `<name>-role` with its policies, `<name>-entry`,
    `<name>-class`, `<name>-base-<zone>`, `<name>-more`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `NodesArgs`.
        opts: the usual resource options, with a provider of AWS and one of Kubernetes.
    """

    pools: list[pulumi.Resource]

    def __init__(self, name: str, args: NodesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:cluster:EksNodes", name, {}, opts)
        inside = pulumi.ResourceOptions(parent=self)
        self._name, self._nodes = name, args.nodes
        trust = document(trusted("ec2.amazonaws.com"))
        acting = role(f"{name}-role", args.cluster, "nodes", "The nodes: they pull images, and no more", trust, inside)
        rights = attach(
            name, acting, ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"), inside
        )
        entry = self._entry(args.control_plane.cluster, acting)
        node_class = k8s.apiextensions.CustomResource(
            f"{name}-class",
            api_version="eks.amazonaws.com/v1",
            kind="NodeClass",
            metadata=metadata(_CLASS, None, None),
            spec={
                "role": acting.name,
                "subnetSelectorTerms": [{"id": subnet.id} for subnet in args.subnets],
                "securityGroupSelectorTerms": [{"id": args.control_plane.nodes_group}],
                "networkPolicy": "DefaultAllow",
                "networkPolicyEventLogs": "Enabled",
                "ephemeralStorage": {"size": str(args.nodes.disk), "kmsKeyID": args.key_arn},
                "tags": dict(args.tags),
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*rights, entry]),
        )
        zones = [f"{args.region}{zone}" for zone in args.zones]
        each, over = divmod(args.nodes.min, len(zones))
        shares = [each + (index < over) for index in range(len(zones))]
        self.pools = [
            self._pool(f"base-{letter}", [zone], node_class, {"replicas": share, "limits": {"nodes": str(share + 1)}})
            for letter, zone, share in zip(args.zones, zones, shares, strict=True)
            if share
        ]
        if more := args.nodes.max - args.nodes.min:
            limits = {"cpu": str(more * args.nodes.machines[0].processors)}
            self.pools.append(self._pool("more", zones, node_class, {"limits": limits}))
        self.register_outputs({})

    def _entry(self, cluster: aws.eks.Cluster, acting: aws.iam.Role) -> aws.eks.AccessPolicyAssociation:
        """Let nodes that act in this role join; EKS does so by itself only for node pools of its own."""
        inside = pulumi.ResourceOptions(parent=self)
        entry = aws.eks.AccessEntry(
            f"{self._name}-entry", cluster_name=cluster.name, principal_arn=acting.arn, type="EC2", opts=inside
        )
        return aws.eks.AccessPolicyAssociation(
            f"{self._name}-entry-policy",
            cluster_name=cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy",
            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            opts=inside,
        )

    def _pool(
        self, what: str, zones: Sequence[str], node_class: pulumi.Resource, more: Mapping[str, Any]
    ) -> pulumi.Resource:
        wanted = {
            "node.kubernetes.io/instance-type": list(self._nodes.machines),
            "karpenter.sh/capacity-type": ["spot" if self._nodes.spot else "on-demand"],
            "topology.kubernetes.io/zone": list(zones),
        }
        ends = (self._nodes.maintenance + 4) % 24
        return k8s.apiextensions.CustomResource(
            f"{self._name}-{what}",
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata=metadata(what, None, None),
            spec={
                **more,
                "template": {
                    "spec": {
                        "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": _CLASS},
                        "requirements": [
                            {"key": key, "operator": "In", "values": values} for key, values in wanted.items()
                        ],
                        "expireAfter": _LONGEST,
                    }
                },
                "disruption": {
                    "consolidationPolicy": "WhenEmptyOrUnderutilized",
                    "consolidateAfter": "5m",
                    "budgets": [
                        {"nodes": "1"},
                        # Outside the maintenance window none goes that has work, unless it is broken or worn out.
                        {
                            "nodes": "0",
                            "reasons": ["Drifted", "Underutilized"],
                            "schedule": f"0 {ends} * * *",
                            "duration": "20h",
                        },
                    ],
                },
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[node_class]),
        )
