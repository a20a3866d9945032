"""Roles and policies of IAM, as typed values that become JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

_LONGEST_PREFIX = 38  # of a role's name, which the provider completes to the 64 characters that IAM allows

Condition = Mapping[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]]


class Statement(TypedDict):
    """A statement of a policy; IAM's own names."""

    Sid: NotRequired[str]
    Effect: Literal["Allow", "Deny"]
    Principal: NotRequired[Mapping[str, pulumi.Input[str]]]
    Action: Sequence[str]
    Resource: NotRequired[Sequence[pulumi.Input[str]]]
    Condition: NotRequired[Condition]


def arn(service: str, region: str, account: pulumi.Input[str], resource: str) -> pulumi.Output[str]:
    """The name of something at AWS; without its account, where a preview without a cloud does not know that.

    Args:
        service: whose it is, such as `logs`.
        region: where it is; empty for what is everywhere.
        account: whose it is.
        resource: the rest.
    """
    return pulumi.Output.from_input(account).apply(lambda known: f"arn:aws:{service}:{region}:{known or ''}:{resource}")


def document(*statements: Statement) -> pulumi.Output[str]:
    """A policy as IAM takes it."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusted(service: str, condition: Condition | None = None, *, tagged: bool = False) -> Statement:
    """The statement of a role's trust policy that lets a service of AWS act in the role.

    Args:
        service: its name, such as `ec2.amazonaws.com`.
        condition: when only.
        tagged: whether the service tags its sessions, as EKS does for Auto Mode and for Pod Identity.
    """
    statement = Statement(
        Effect="Allow",
        Principal={"Service": service},
        Action=["sts:AssumeRole", "sts:TagSession"] if tagged else ["sts:AssumeRole"],
    )
    return {**statement, "Condition": condition} if condition else statement


def role(
    name: str, cluster: str, what: str, description: str, trust: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.iam.Role:
    """Make a role that the cluster, its nodes or its pods act in.

    Args:
        name: the resource's name.
        cluster: the cluster's name, with which the role's begins: a permission to make roles can be limited to these.
        what: what comes after it in the role's name; the provider adds the rest.
        description: what the role is for.
        trust: who is allowed to act in it, a policy.
        opts: the resource's options.
    """
    prefix = f"{cluster[: _LONGEST_PREFIX - len(what) - 2]}-{what}-"
    return aws.iam.Role(name, name_prefix=prefix, description=description, assume_role_policy=trust, opts=opts)


def attach(
    name: str, to: aws.iam.Role, policies: Sequence[str], opts: pulumi.ResourceOptions
) -> list[aws.iam.RolePolicyAttachment]:
    """Give a role policies that AWS keeps up to date itself.

    Args:
        name: prefix of the resources' names.
        to: the role.
        policies: their names, with their path if they have one.
        opts: the resources' options.
    """
    return [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy.rpartition('/')[2]}",
            role=to.name,
            policy_arn=f"arn:aws:iam::aws:policy/{policy}",
            opts=opts,
        )
        for policy in policies
    ]
