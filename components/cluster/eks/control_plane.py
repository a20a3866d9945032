"""The control plane of a cluster on EKS, and who is let in."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cluster.eks import auto_mode_rights
from components.cluster.eks.iam import attach, document, role, trusted
from components.cluster.eks.keys import Keys
from components.cluster.eks.network import Network

_PRIVATE = [
    ipaddress.IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
]
"""What a public endpoint never sees as a caller's address."""
_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


@dataclass(frozen=True)
class ControlPlaneArgs:
    """What the control plane is made from.

    Args:
        cluster: its name.
        region: where it is.
        version: Kubernetes' minor version.
        network: where its interfaces are.
        addresses: the network's addresses.
        services: the addresses of Services; for as long as the cluster is there.
        callers: other addresses that reach it: public ones at its public endpoint, which there is for them only,
            private ones (of a network that is joined to this one) at its private endpoint.
        keys: what is encrypted with what.
        log_group: the log group that EKS writes into, which has to be there first.
        admins: ARNs of who administers it, beside who makes it.
        protect: whether Pulumi and EKS refuse to delete it.
    """

    cluster: str
    region: str
    version: str
    network: Network
    addresses: str
    services: str
    callers: Sequence[str]
    keys: Keys
    log_group: aws.cloudwatch.LogGroup
    admins: Sequence[str]
    protect: bool


class ControlPlane(pulumi.ComponentResource):
    """Makes a control plane with EKS Auto Mode, reached from its network and from named addresses only.

    Type token `smarthr360:cluster:EksControlPlane`; children `<name>-cluster`, `<name>-role` with its policies,
    `<name>-callers` (a security group), `<name>-identity` (what lets ServiceAccounts act in roles) and, for each
    administrator, `<name>-admin-<number>` with its policy.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `ControlPlaneArgs`.
        opts: the usual resource options, with a provider of AWS.
    """

    cluster: aws.eks.Cluster
    identity: aws.iam.OpenIdConnectProvider
    """What lets a ServiceAccount act in a role by its token."""

    def __init__(self, name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:cluster:EksControlPlane", name, {}, opts)
        inside = pulumi.ResourceOptions(parent=self)
        public = [caller for caller in args.callers if not _is_private(caller)]
        private = [args.addresses, *(caller for caller in args.callers if _is_private(caller))]
        trust = document(trusted("eks.amazonaws.com", tagged=True))
        acting = role(
            f"{name}-role", args.cluster, "control-plane", "The control plane, and what Auto Mode does", trust, inside
        )
        rights = [
            *attach(name, acting, auto_mode_rights.POLICIES, inside),
            aws.iam.RolePolicy(
                f"{name}-policy",
                role=acting.name,
                policy=document(*auto_mode_rights.use_of_keys(args.region, args.keys), *auto_mode_rights.own_tags()),
                opts=inside,
            ),
        ]
        callers = aws.ec2.SecurityGroup(
            f"{name}-callers",
            description=f"Who may call the private endpoint of {args.cluster}, beside its nodes",
            vpc_id=args.network.vpc.id,
            # Listed here and not one by one: so a rule that somebody adds by hand is noticed, and taken away.
            ingress=[
                aws.ec2.SecurityGroupIngressArgs(
                    protocol="tcp", from_port=443, to_port=443, cidr_blocks=private, description="The API server"
                )
            ],
            egress=[],
            tags={"Name": f"{args.cluster}-callers"},
            opts=inside,
        )
        self.cluster = aws.eks.Cluster(
            f"{name}-cluster",
            name=args.cluster,
            version=args.version,
            role_arn=acting.arn,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=[subnet.id for subnet in args.network.control_plane],
                security_group_ids=[callers.id],
                endpoint_private_access=True,
                endpoint_public_access=bool(public),
                public_access_cidrs=public or None,
            ),
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API",
                # Pulumi has to apply the rest; who it is can't be known before. EKS lists it like any other.
                bootstrap_cluster_creator_admin_permissions=True,
            ),
            enabled_cluster_log_types=list(_LOGS),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                resources=["secrets"],
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=args.keys.secrets.arn),
            ),
            # The three are Auto Mode, and are given together. It has no node pools of its own: ours are in nodes.py.
            compute_config=aws.eks.ClusterComputeConfigArgs(enabled=True),
            storage_config=aws.eks.ClusterStorageConfigArgs(
                block_storage=aws.eks.ClusterStorageConfigBlockStorageArgs(enabled=True)
            ),
            kubernetes_network_config=aws.eks.ClusterKubernetesNetworkConfigArgs(
                service_ipv4_cidr=args.services,
                elastic_load_balancing=aws.eks.ClusterKubernetesNetworkConfigElasticLoadBalancingArgs(enabled=True),
            ),
            bootstrap_self_managed_addons=False,  # Auto Mode has them, on the nodes
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            zonal_shift_config=aws.eks.ClusterZonalShiftConfigArgs(enabled=True),
            deletion_protection=args.protect,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*rights, args.log_group], protect=args.protect),
        )
        for number, admin in enumerate(args.admins):
            self._admin(f"{name}-admin-{number}", admin)
        self.identity = aws.iam.OpenIdConnectProvider(
            f"{name}-identity",
            url=self.issuer,
            client_id_lists=["sts.amazonaws.com"],
            tags={"Name": args.cluster},
            opts=inside,
        )
        self.register_outputs(
            {
                "endpoint": self.cluster.endpoint,
                "issuer": self.issuer,
                "identityArn": self.identity.arn,
                "nodesGroup": self.nodes_group,
            }
        )

    @property
    def issuer(self) -> pulumi.Output[str]:
        """The address that the tokens of ServiceAccounts are signed for."""
        return self.cluster.identities.apply(lambda known: (known[0].oidcs or [])[0].issuer or "" if known else "")

    @property
    def authority(self) -> pulumi.Output[str]:
        """The certificate that the API server's is signed with, in base64."""
        return self.cluster.certificate_authority.apply(lambda known: (known.data or "") if known else "")

    @property
    def nodes_group(self) -> pulumi.Output[str]:
        """The security group that EKS makes for the nodes and the control plane."""
        return self.cluster.vpc_config.apply(lambda config: config.cluster_security_group_id or "")

    def _admin(self, name: str, principal: str) -> None:
        inside = pulumi.ResourceOptions(parent=self)
        entry = aws.eks.AccessEntry(name, cluster_name=self.cluster.name, principal_arn=principal, opts=inside)
        aws.eks.AccessPolicyAssociation(
            f"{name}-policy",
            cluster_name=self.cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            opts=inside,
        )


def _is_private(addresses: str) -> bool:
    return any(ipaddress.IPv4Network(addresses).subnet_of(private) for private in _PRIVATE)
