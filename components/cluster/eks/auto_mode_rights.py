"""What EKS Auto Mode is allowed to do in the account, acting in the control plane's role."""

from __future__ import annotations

from collections.abc import Sequence

from components.cluster.eks.iam import Statement
from components.cluster.eks.keys import Keys

POLICIES = (
    *("AmazonEKSClusterPolicy", "AmazonEKSComputePolicy", "AmazonEKSBlockStoragePolicy"),
    *("AmazonEKSLoadBalancingPolicy", "AmazonEKSNetworkingPolicy"),
)
"""AWS' own policies for it: of the control plane, nodes, disks, load balancers and the network."""


def use_of_keys(region: str, keys: Keys) -> list[Statement]:
    """What the control plane does with the key of Secrets, and Auto Mode by EC2 with that of volumes.

    Args:
        region: where they are.
        keys: the keys.
    """
    by_ec2 = f"ec2.{region}.amazonaws.com"
    volumes = [keys.volumes.arn]
    return [
        Statement(
            Effect="Allow",
            Action=["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"],
            Resource=[keys.secrets.arn],
        ),
        Statement(
            Effect="Allow",
            Action=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            Resource=volumes,
            Condition={"StringEquals": {"kms:ViaService": by_ec2}},
        ),
        Statement(
            Effect="Allow",
            # Who makes grants for disks looks for them and takes them back, too (userguide/auto-kms.html).
            Action=["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
            Resource=volumes,
            Condition={
                "StringEquals": {"kms:ViaService": by_ec2},
                "Bool": {"kms:GrantIsForAWSResource": "true"},
            },
        ),
    ]


def own_tags() -> list[Statement]:
    """What it takes to put our tags on what Auto Mode makes; AWS' own policies allow its own tags only.

    Each is limited to what carries the cluster's name, as those policies are; docs.aws.amazon.com:
    userguide/auto-cluster-iam-role.html, "Custom AWS tags".
    """
    of_cluster = {"aws:RequestTag/eks:eks-cluster-name": "${aws:PrincipalTag/eks:eks-cluster-name}"}

    def making(actions: Sequence[str], resources: Sequence[str], **tagged: str) -> Statement:
        condition = {"StringEquals": of_cluster}
        if tagged:
            condition["StringLike"] = {f"aws:RequestTag/eks:{key.replace('_', '-')}": tagged[key] for key in tagged}
        return Statement(Effect="Allow", Action=list(actions), Resource=list(resources), Condition=condition)

    return [
        making(
            ["ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"],
            ["*"],
            kubernetes_node_class_name="*",
            kubernetes_node_pool_name="*",
        ),
        making(["ec2:CreateVolume", "ec2:CreateSnapshot"], ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:snapshot/*"]),
        making(["ec2:CreateNetworkInterface"], ["*"], kubernetes_cni_node_name="*"),
        making(
            [
                *("elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"),
                *("elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateRule", "ec2:CreateSecurityGroup"),
            ],
            ["*"],
        ),
    ]
