"""Documents of rights on AWS, judged by AWS' reference of actions, and by what its handlers of our resources need."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.support.cloudformation import KINDS, schema
from tests.support.eks import ACCOUNT, NAME, OTHER, REGION, Made, make
from tests.support.iam import access_level, covers, faults, listed, matching, needs
from tests.support.stacks import ROOT

PAGE = (ROOT / "docs" / "eks.md").read_text(encoding="utf-8")
[_BLOCK] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
DEPLOYER: list[dict[str, Any]] = json.loads(_BLOCK)["Statement"]
ALSO = ("AWS::EC2::VPCGatewayAttachment", "AWS::EKS::PodIdentityAssociation")
"""What we make as a property of something else, and AWS as a resource."""

WITHOUT: Mapping[str, tuple[str, ...]] = {
    "CloudFormation looks at these for itself; Pulumi's provider asks for nothing that the stack does not set": (
        *(
            "logs:*DataProtectionPolicy",
            "logs:*IndexPolic*",
            "logs:*ResourcePolic*",
            "logs:PutBearerTokenAuthentication",
        ),
        *("s3:REST.PUT.OBJECT", "firehose:TagDeliveryStream", "iam:ListOpenIDConnectProviderTags"),
        *("elasticfilesystem:DeleteTags", "ec2:UpdateSecurityGroupRuleDescriptions*"),
    ),
    "flow logs are written to CloudWatch, without tags of what they are about": (
        *("s3:GetBucketPolicy", "s3:PutBucketPolicy", "autoscaling:DescribeTags", "ecs:List*"),
    ),
    "node pools of EKS' own have instance profiles; ours are made in the role of the control plane": (
        *("iam:*InstanceProfile", "ssm:GetParameters"),
    ),
    "nothing of ours has it": (
        *("ec2:*VpnGateway", "ec2:*SubnetCidrBlock", "ec2:*NatGatewayAddress", "ec2:AcceptAddressTransfer"),
        *("ec2:AssociateAddress", "ec2:CreateVpcEncryptionControl", "ec2:ModifyVpcTenancy", "vpc-lattice:*"),
        *("vpce:AllowMultiRegion", "route53:AssociateVPCWithHostedZone", "iam:*RolePermissionsBoundary"),
        *("elasticfilesystem:*ReplicationConfiguration", "elasticfilesystem:UpdateFileSystemProtection"),
    ),
    "it never changes, or is always set": (
        *("kms:DisableKey", "kms:EnableKey", "logs:DeleteRetentionPolicy"),
        *("iam:*ClientID*OpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint"),
    ),
}
"""Rights that AWS' handlers need and the deployer does not, by the reason."""
FOR_ANY = {
    "iam:CreateOpenIDConnectProvider": "an identity provider is named by EKS",
    "iam:DeleteOpenIDConnectProvider": "an identity provider is named by EKS",
    "iam:CreateServiceLinkedRole": "there is one for each service in an account; the services are named",
}
"""Rights to give rights that hold for more than the one cluster, and why."""
REAL = {
    "aws:kms/key:Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key",
    "aws:efs/fileSystem:FileSystem": f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system",
}


def _policies(made: Made) -> dict[str, list[dict[str, Any]]]:
    """All documents of a stack, with ARNs as they are at AWS in the place of made-up ones."""
    text = json.dumps(made.policies())
    for each in made.resources:
        if each.type in REAL:
            text = re.sub(rf'"arn:aws:made-up:[^"]*:{re.escape(each.name)}"', f'"{REAL[each.type]}/{each.name}"', text)
    found: dict[str, list[dict[str, Any]]] = json.loads(text)
    return found


@pytest.mark.parametrize("create", [OTHER, {}, None], ids=["other", "made", "found"])
def test_every_right_that_a_stack_gives_is_one_that_there_is(create: Mapping[str, Any] | None) -> None:
    policies = _policies(make(create))
    assert len(policies) >= 2
    wrong = {name: [*faults(statement)] for name in policies for statement in policies[name] if [*faults(statement)]}
    assert wrong == {}


def test_auto_mode_finds_and_takes_back_the_grants_that_it_makes_for_disks() -> None:
    policies = _policies(make())
    grants = [one for one in policies["cluster-control-plane-policy.policy"] if "kms:CreateGrant" in one["Action"]]
    [statement] = grants
    assert {*statement["Action"]} == {"kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"}
    assert statement["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    assert [each.rpartition("/")[2] for each in statement["Resource"]] == ["cluster-keys-volumes"]


# Who deploys


def test_every_right_of_the_documented_deployer_is_one_that_there_is() -> None:
    assert [f"{statement['Sid']}: {fault}" for statement in DEPLOYER for fault in faults(statement)] == []


def _needed() -> dict[str, str]:
    """Each right that AWS' own handlers need for what a stack makes, and one of those that need it."""
    kinds = {kind.name for kind in KINDS.values()} | {*ALSO}
    needed = {
        right: f"{kind} to {what}"
        for kind in sorted(kinds)
        for what, handler in schema(kind, REGION)["handlers"].items()
        if what != "list"
        for right in handler["permissions"]
    }
    for statement in DEPLOYER:
        for action in (found for pattern in listed(statement["Action"]) for found in matching(pattern)):
            needed |= dict.fromkeys(needs(action), action)
    return needed


def test_the_documented_deployer_may_do_all_that_aws_own_handlers_of_our_resources_do() -> None:
    needed = _needed()
    assert len(needed) > 150
    excepted = [pattern for patterns in WITHOUT.values() for pattern in patterns]
    missing = {
        right: why
        for right, why in needed.items()
        if not covers(DEPLOYER, right) and not any(fnmatchcase(right, each) for each in excepted)
    }
    assert missing == {}
    uncovered = [right for right in needed if not covers(DEPLOYER, right)]
    assert [each for each in excepted if not any(fnmatchcase(right, each) for right in uncovered)] == [], "needless"


def test_a_right_that_is_taken_out_is_missed() -> None:
    for right in ("kms:GenerateDataKeyWithoutPlaintext", "elasticfilesystem:ModifyMountTargetSecurityGroups"):
        without = [{**one, "Action": [each for each in listed(one["Action"]) if each != right]} for one in DEPLOYER]
        assert covers(DEPLOYER, right)
        assert not covers(without, right)
        assert right in _needed()


def test_the_deployer_gives_rights_for_this_cluster_only() -> None:
    wide = {
        action
        for statement in DEPLOYER
        if NAME not in json.dumps([statement["Resource"], statement.get("Condition")])
        for pattern in listed(statement["Action"])
        for action in matching(pattern)
        if access_level(action) == "Permissions management"
    }
    assert wide == {*FOR_ANY}


@pytest.mark.parametrize(
    "right",
    [
        *("kms:PutKeyPolicy", "kms:CreateGrant", "kms:ScheduleKeyDeletion", "kms:GenerateDataKeyWithoutPlaintext"),
        *("kms:UpdateAlias", "kms:UntagResource", "elasticfilesystem:DeleteFileSystem", "logs:DeleteLogGroup"),
        *("iam:PassRole", "iam:PutRolePolicy", "eks:DeleteCluster"),
    ],
)
def test_what_could_harm_another_cluster_is_limited_to_this_one(right: str) -> None:
    given = [one for one in DEPLOYER if covers([one], right)]
    assert given
    for statement in given:
        tagged = statement.get("Condition", {}).get("StringEquals", {}).get("aws:ResourceTag/smarthr360:cluster")
        named = all(NAME in resource for resource in listed(statement["Resource"]))
        assert tagged == NAME or named


def test_the_tag_that_rights_depend_on_is_on_everything() -> None:
    tags = json.loads(make().inputs("cluster-aws")["defaultTags"])["tags"]
    assert tags["smarthr360:cluster"] == NAME


def test_the_deployers_policy_is_one_that_iam_takes_and_is_not_too_wide() -> None:
    policy = json.loads(_BLOCK)
    assert len(json.dumps(policy, separators=(",", ":"))) <= 6144, "IAM takes no longer one"
    wide = [one["Sid"] for one in DEPLOYER if any(":*" in action for action in listed(one["Action"]))]
    assert wide == ["Cluster"]
    assert not any("secretsmanager" in json.dumps(statement) for statement in DEPLOYER)


# The judge itself

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*"
WRONG: Mapping[str, tuple[Any, Any, Any, list[str]]] = {
    "misspelt": ("kms:Encript", "*", {}, ["there is no action kms:Encript"]),
    "of no service": ("efs:CreateFileSystem", "*", {}, ["there is no action efs:CreateFileSystem"]),
    "a pattern for nothing": ("kms:Enkrypt*", "*", {}, ["there is no action kms:Enkrypt*"]),
    "about something else": (
        "kms:Decrypt", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:a", {},
        [f"kms:Decrypt is about none of arn:aws:logs:{REGION}:{ACCOUNT}:log-group:a"]),
    "about everything or nothing": ("kms:ListAliases", KEY, {}, [f"kms:ListAliases is about none of {KEY}"]),
    "a condition on what is not said": (
        "kms:DescribeKey", KEY, {"StringEquals": {"kms:EncryptionContext:a": "b"}},
        ["a request for kms:DescribeKey carries no kms:EncryptionContext:a"]),
    "a condition that is misspelt": (
        "kms:Decrypt", KEY, {"StringEquals": {"kms:ViaServices": "b"}},
        ["a request for kms:Decrypt carries no kms:ViaServices"]),
    "right": ("kms:Decrypt", KEY, {"StringEquals": {"kms:ViaService": "b", "aws:ResourceTag/a": "b"}}, []),
    "right as a pattern": ("kms:Generate*", "arn:aws:kms:*:*:key/a?c", {}, []),
    "right where the tag may be missing": ("kms:CreateKey", "*", {"Null": {"kms:ResourceAliases": "true"}}, []),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_right_that_is_never_given_is_told(case: str) -> None:
    action, resource, condition, told = WRONG[case]
    assert [*faults({"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition})] == told
