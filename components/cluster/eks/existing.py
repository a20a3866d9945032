"""A cluster on EKS that is there already."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.eks.kubeconfig import kubeconfig
from components.cluster.eks.providers import aws_provider, kubernetes_provider
from components.cluster.eks.secrets import SecretsManager
from components.cluster.lookup import look_up
from components.settings.clouds.eks import Eks


class ExistingEksCluster(pulumi.ComponentResource):
    """Finds a cluster by its name and region, and changes nothing of it.

    To read secrets, it takes an identity provider of IAM for the cluster's issuer, one in the account, which the first
    who needs it makes: `eksctl utils associate-iam-oidc-provider`. Type token `smarthr360:cluster:ExistingEks`;
    children `<name>-aws` and `<name>-provider` (the providers).

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `CloudClusterArgs`.
        opts: the usual resource options.
    """

    connection: ClusterConnection

    def __init__(self, name: str, args: CloudClusterArgs[Eks], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:cluster:ExistingEks", name, {}, opts)
        cluster, region = args.settings.name, args.settings.region
        tags = {"smarthr360:environment": args.environment, "smarthr360:managed-by": "pulumi"}
        provider = aws_provider(f"{name}-aws", args.settings, tags, self)
        ask = pulumi.InvokeOptions(parent=self, provider=provider)
        found = look_up("eks", cluster, lambda: aws.eks.get_cluster(name=cluster, opts=ask))
        issuer, account = found.identities[0].oidcs[0].issuer, found.arn.split(":")[4]
        identity = f"arn:aws:iam::{account}:oidc-provider/{issuer.removeprefix('https://')}"
        config = kubeconfig(cluster, region, found.endpoint, found.certificate_authorities[0].data)
        secrets = SecretsManager(cluster, region, account, issuer, identity, provider)
        self.connection = ClusterConnection(kubernetes_provider(f"{name}-provider", config, self), config, secrets)
        self.register_outputs({})
