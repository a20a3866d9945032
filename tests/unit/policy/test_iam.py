"""What documents of AWS IAM allow: patterns of every spelling."""

from __future__ import annotations

import json

import pytest

from policy import iam
from policy.rules import POLICIES
from tests.support.policy_examples import of_cloud

EVERYTHING = (
    "*",
    "*:*",
    "**",
    "?*",
    "i*",
    "ia?:*",
    "iam:*",
    "IAM:*",
    "iam:**",
    "i*:PassRole",
    "*:PutRolePolicy",
    "iam:?*",
)
WAYS_UP = (
    "iam:P*",
    "iam:p*",
    "iam:Pass?ole",
    "iam:*Role*",
    "iam:Put*",
    "kms:Put*",
    "sts:*",
    "s3:Put*",
    "eks:*",
    "lambda:*",
)
NARROW = ("s3:GetObject", "s3:Get*", "ec2:Describe*", "logs:*", "iam:Get*", "iam:List*", "kms:Decrypt", "ecr:*")


def phrases(*statements: object) -> list[str]:
    document = json.dumps({"Version": "2012-10-17", "Statement": [*statements]})
    policy = POLICIES["aws-policies-name-what-they-allow"]
    return [what for _, what in policy.broken_by([of_cloud("aws:iam/policy:Policy", policy=document)])]


@pytest.mark.parametrize("action", [*EVERYTHING, *WAYS_UP])
@pytest.mark.parametrize("effect", ["Allow", "allow", "ALLOW", " Allow"])
def test_patterns_that_give_more_than_they_name_are_found(action: str, effect: str) -> None:
    arn = "arn:aws:s3:::bucket/*"
    for keys in (("Effect", "Action", "Resource"), ("effect", "action", "resource")):
        assert phrases(dict(zip(keys, (effect, action, arn), strict=True)))
        assert phrases(dict(zip(keys, (effect, ["s3:GetObject", action], [arn]), strict=True)))


@pytest.mark.parametrize("action", NARROW)
def test_patterns_that_give_no_rights_are_not(action: str) -> None:
    assert phrases({"Effect": "Allow", "Action": action, "Resource": "*"}) == []


@pytest.mark.parametrize("action", [*EVERYTHING, *WAYS_UP])
def test_what_is_denied_is_not_allowed(action: str) -> None:
    assert phrases({"Effect": "Deny", "Action": action, "Resource": "*"}) == []


def test_an_action_that_gives_rights_names_its_resource_or_has_a_condition() -> None:
    passing = {"Effect": "Allow", "Action": "iam:PassRole"}
    assert phrases({**passing, "Resource": "*"})
    assert phrases({**passing, "NotResource": "arn:aws:iam::0:role/x"})
    assert phrases({**passing, "Resource": "arn:aws:iam::0:role/api"}) == []
    assert phrases({**passing, "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/a": "b"}}}) == []


@pytest.mark.parametrize("type_", ["rolePolicy:RolePolicy", "userPolicy:UserPolicy", "groupPolicy:GroupPolicy"])
def test_the_document_is_read_in_every_resource(type_: str) -> None:
    policy = POLICIES["aws-policies-name-what-they-allow"]
    document = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    assert list(policy.broken_by([of_cloud(f"aws:iam/{type_}", policy=document)]))
    inline = [{"name": "own", "policy": json.dumps(document)}]
    assert list(policy.broken_by([of_cloud("aws:iam/role:Role", inlinePolicies=inline)]))


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::0:root", "*"]}, {"aws": "**"}])
def test_everybody_in_every_spelling(principal: object) -> None:
    assert iam.for_everybody({"effect": "Allow", "principal": principal})
    assert not iam.for_everybody({"effect": "Deny", "principal": principal})
    assert not iam.for_everybody({"effect": "Allow", "principal": principal, "condition": {"StringEquals": {"a": "b"}}})


@pytest.mark.parametrize("attached", ["user", "group", "role"])
def test_administrators_by_any_attachment(attached: str) -> None:
    type_ = f"aws:iam/{attached}PolicyAttachment:{attached.title()}PolicyAttachment"
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert list(POLICIES["aws-roles-are-no-administrators"].broken_by([of_cloud(type_, policyArn=arn)]))
