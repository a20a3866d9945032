"""A cluster on EKS that exists."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.eks.kubeconfig import kubeconfig
from components.cluster.eks.provider import aws_provider
from components.cluster.eks.secrets import SecretsManager
from components.cluster.lookup import look_up
from components.cluster.provider import kubernetes_provider
from components.settings.clouds.eks import Eks


class ExistingEksCluster(pulumi.ComponentResource):
    """Looks up a cluster by its name and region, and changes nothing of it.

    To read secrets, it takes an identity provider of IAM for the cluster's issuer, one in the account, which the first
    who needs it makes: `eksctl utils associate-iam-oidc-provider`. Type token `smarthr360:cluster:ExistingEks`;
    children `<name>-aws` and `<name>-provider` (the providers).

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `CloudClusterArgs`.
        opts: the usual resource options.

    Raises:
        pulumi.RunError: AWS reports no such cluster.
    """

    connection: ClusterConnection

    def __init__(
        self, name: str, args: CloudClusterArgs[Eks, None], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("smarthr360:cluster:ExistingEks", name, {}, opts)
        cluster, region = args.settings.name, args.settings.region
        inside = pulumi.ResourceOptions(parent=self)
        tags = {"smarthr360:environment": args.environment, "smarthr360:managed-by": "pulumi"}
        provider = aws_provider(name, args.settings, tags, inside)
        ask = pulumi.InvokeOptions(parent=self, provider=provider)
        answer = look_up("eks", cluster, lambda: aws.eks.get_cluster(name=cluster, opts=ask))
        issuer, account = answer.identities[0].oidcs[0].issuer, answer.arn.split(":")[4]
        identity = f"arn:aws:iam::{account}:oidc-provider/{issuer.removeprefix('https://')}"
        config = kubeconfig(cluster, region, answer.endpoint, answer.certificate_authorities[0].data)
        secrets = SecretsManager(cluster, region, account, issuer, identity, provider)
        self.connection = ClusterConnection(kubernetes_provider(name, config, inside), config, secrets)
        self.register_outputs({"kubeconfig": config})
