"""The providers of a cluster on EKS: of AWS, and of Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components.settings.clouds.eks import Eks


def aws_provider(name: str, settings: Eks, tags: Mapping[str, str], parent: pulumi.Resource) -> aws.Provider:
    """Make the provider of AWS, for one region and, where the stack names one, one account.

    It takes its credentials from where the AWS CLI does: the environment, a profile or single sign-on. The stack has
    none.

    Args:
        name: the provider's name.
        settings: what the stack says.
        tags: what everything that it makes is tagged with.
        parent: whose child it is.
    """
    return aws.Provider(
        name,
        region=settings.region,
        allowed_account_ids=[settings.account] if settings.account else None,
        default_tags=aws.ProviderDefaultTagsArgs(tags=dict(tags)),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def kubernetes_provider(
    name: str, kubeconfig: pulumi.Input[str], parent: pulumi.Resource, needs: list[pulumi.Resource] | None = None
) -> k8s.Provider:
    """Make the provider of Kubernetes.

    Args:
        name: the provider's name.
        kubeconfig: how it reaches the cluster.
        parent: whose child it is.
        needs: what has to be there before anything is applied.
    """
    return k8s.Provider(
        name,
        kubeconfig=kubeconfig,
        # By default a changed config map or Secret is deleted and made anew: pods that start meanwhile would fail.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=needs),
    )
