"""The provider of AWS."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.settings.clouds.eks import Eks


def aws_provider(name: str, settings: Eks, tags: Mapping[str, str], opts: pulumi.ResourceOptions) -> aws.Provider:
    """Make the provider of AWS, for one region and, where the stack names one, one account. Child: `<name>-aws`.

    It takes its credentials from where the AWS CLI does: the environment, a profile or single sign-on. The stack has
    none.

    Args:
        name: prefix of its name.
        settings: which cluster it is for.
        tags: tags of everything that it makes.
        opts: its resource options.
    """
    return aws.Provider(
        f"{name}-aws",
        region=settings.region,
        allowed_account_ids=[settings.account] if settings.account else None,
        default_tags=aws.ProviderDefaultTagsArgs(tags=dict(tags)),
        opts=opts,
    )
