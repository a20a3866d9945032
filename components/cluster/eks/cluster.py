"""A cluster on EKS that the stack makes."""

from __future__ import annotations

import pulumi

from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.eks.addons import Addons, AddonsArgs
from components.cluster.eks.admins import refuse_the_maker
from components.cluster.eks.control_plane import ControlPlane, ControlPlaneArgs
from components.cluster.eks.keys import Keys, KeysArgs
from components.cluster.eks.kubeconfig import kubeconfig
from components.cluster.eks.logs import Logs, LogsArgs, control_plane_group, network_group
from components.cluster.eks.network import Network, NetworkArgs
from components.cluster.eks.network_policy_enforcement import NetworkPolicies, NetworkPoliciesArgs, services_of
from components.cluster.eks.nodes import Nodes, NodesArgs
from components.cluster.eks.provider import aws_provider
from components.cluster.eks.secrets import SecretsManager
from components.cluster.eks.storage import Storage, StorageArgs
from components.cluster.options import extended
from components.cluster.overrides import Overrides
from components.cluster.provider import kubernetes_provider
from components.settings.clouds.eks import Eks, EksCreation


class EksCluster(pulumi.ComponentResource):
    """Makes a cluster on EKS and all that it needs, in an account where there is nothing yet.

    Type token `smarthr360:cluster:Eks`; children `<name>-aws` and `<name>-provider` (the providers),
    `<name>-network`, `<name>-keys`, `<name>-logs`, `<name>-control-plane`, `<name>-network-policies`, `<name>-nodes`,
    `<name>-storage` and `<name>-addons`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `CloudClusterArgs`.
        opts: the usual resource options.

    Raises:
        pulumi.RunError: `overrides` names a resource that does not exist, or an administrator is who makes the cluster.
    """

    connection: ClusterConnection

    def __init__(
        self, name: str, args: CloudClusterArgs[Eks, EksCreation], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        creation = args.creation
        overrides = Overrides(name, creation.overrides)
        super().__init__("smarthr360:cluster:Eks", name, {}, extended(opts, transformations=[overrides.transform]))
        cluster, region, protect = args.settings.name, args.settings.region, args.protect
        tags = {
            "smarthr360:environment": args.environment,
            "smarthr360:cluster": cluster,
            "smarthr360:managed-by": "pulumi",
            **creation.tags,
        }
        provider = aws_provider(name, args.settings, tags, pulumi.ResourceOptions(parent=self))
        in_aws = pulumi.ResourceOptions(parent=self, providers=[provider])
        refuse_the_maker(cluster, creation.admins, provider, self)

        network = Network(
            f"{name}-network",
            NetworkArgs(cluster, region, creation.zones, creation.network, creation.nat == "per-zone", protect),
            in_aws,
        )
        account, services = network.vpc.owner_id, services_of(creation.network)
        groups = [control_plane_group(cluster), network_group(cluster)]
        keys = Keys(f"{name}-keys", KeysArgs(cluster, region, account, groups, protect), in_aws)
        logs = Logs(
            f"{name}-logs",
            LogsArgs(cluster, region, account, network.vpc.id, keys.logs.arn, creation.log_days, protect),
            in_aws,
        )
        control_plane = ControlPlane(
            f"{name}-control-plane",
            ControlPlaneArgs(
                cluster=cluster,
                region=region,
                version=creation.version,
                network=network,
                addresses=creation.network,
                services=services,
                callers=creation.api_access,
                keys=keys,
                log_group=logs.control_plane,
                admins=creation.admins,
                protect=protect,
            ),
            in_aws,
        )
        config = kubeconfig(cluster, region, control_plane.cluster.endpoint, control_plane.authority)
        after = pulumi.ResourceOptions(parent=self, depends_on=[network, control_plane])
        kubernetes = kubernetes_provider(name, config, after)
        in_both = pulumi.ResourceOptions(parent=self, providers=[provider, kubernetes])
        policies = NetworkPolicies(f"{name}-network-policies", NetworkPoliciesArgs(services), in_both)
        nodes = Nodes(
            f"{name}-nodes",
            NodesArgs(
                cluster=cluster,
                control_plane=control_plane,
                region=region,
                zones=creation.zones,
                subnets=network.private,
                key_arn=keys.volumes.arn,
                nodes=creation.nodes,
                tags=tags,
            ),
            # No pod starts before policies count.
            extended(in_both, depends_on=[policies]),
        )
        Storage(
            f"{name}-storage",
            StorageArgs(
                cluster=cluster,
                vpc_id=network.vpc.id,
                zones=creation.zones,
                subnets=network.private,
                nodes_group=control_plane.nodes_group,
                key_arn=keys.volumes.arn,
                classes=args.storage_classes,
                tags=tags,
                protect=protect,
            ),
            in_both,
        )
        Addons(f"{name}-addons", AddonsArgs(control_plane.cluster, cluster, nodes.pools), in_aws)
        secrets = SecretsManager(cluster, region, account, control_plane.issuer, control_plane.identity.arn, provider)
        self.connection = ClusterConnection(kubernetes, config, secrets, tags)
        overrides.check("smarthr360:cluster.eks.create.overrides")
        self.register_outputs({"kubeconfig": config})
