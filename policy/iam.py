"""What IAM documents allow, as AWS reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

_WAYS_UP = (
    *("iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy"),
    *("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreatePolicyVersion", "iam:CreateRole", "iam:PassRole"),
    *("iam:DeleteRolePermissionsBoundary", "iam:PutGroupPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy"),
    *("iam:PutRolePermissionsBoundary", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy"),
    *("iam:UpdateLoginProfile", "sts:AssumeRole", "kms:CreateGrant", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"),
    *("secretsmanager:GetSecretValue", "secretsmanager:PutResourcePolicy", "s3:PutBucketPolicy"),
    *("eks:AssociateAccessPolicy", "eks:CreateAccessEntry", "lambda:UpdateFunctionCode", "ssm:SendCommand"),
)
"""Actions that give rights or secrets to whoever may do them, so that each is to be written out, with its resource."""


def statements(document: Any) -> Iterator[Mapping[str, Any]]:
    """The statements of a document, with the names of their parts in lower case.

    Whether AWS takes a document that writes `effect: allow` differs by service; what it could mean is what counts.

    Raises:
        ValueError: it is not JSON.
    """
    read = json.loads(document) if isinstance(document, str) else document
    for statement in several(_lowered(read or {}).get("statement")):
        yield _lowered(statement)


def several(value: Any) -> Sequence[Any]:
    """What IAM reads as a list: it writes a list of one as that one."""
    if value is None:
        return ()
    return [value] if isinstance(value, str | Mapping) else value


def allows(statement: Mapping[str, Any]) -> bool:
    """Whether a statement allows something."""
    return str(statement.get("effect", "Allow")).strip().lower() != "deny"


def too_much(statement: Mapping[str, Any]) -> Iterator[str]:
    """What a statement allows beyond what it names: a phrase for each."""
    if not allows(statement):
        return
    if "notaction" in statement:
        yield "everything but a list"
    everywhere = "notresource" in statement or any(map(_is_all, several(statement.get("resource"))))
    for action in several(statement.get("action")):
        service, _, operation = action.strip().partition(":")
        if _has_wildcard(service) or (service.lower() == "iam" and _is_all(operation)):
            yield action
        elif _has_wildcard(operation):
            if first := next((one for one in _WAYS_UP if matches(action, one)), ""):
                yield f"{action}, and {first} by that"
        elif everywhere and "condition" not in statement and any(matches(action, one) for one in _WAYS_UP):
            yield f"{action} on everything"


def for_everybody(statement: Mapping[str, Any]) -> bool:
    """Whether whoever asks is allowed something, with no condition on who that is."""
    principal = statement.get("principal")
    named = _lowered(principal) if isinstance(principal, Mapping) else {"aws": principal}
    anybody = any(_is_all(str(who)) for key in named for who in several(named[key])) or "notprincipal" in statement
    return allows(statement) and anybody and not statement.get("condition")


def matches(pattern: str, action: str) -> bool:
    """Whether a pattern of actions means an action; IAM does not mind case, and knows `*` and `?` only."""
    return fnmatchcase(action.lower(), pattern.strip().lower().replace("[", "[[]"))


def _is_all(text: str) -> bool:
    """Whether a pattern means everything, `**` and `?*` too."""
    return "*" in text and not text.strip("*?: ")


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def _lowered(given: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): given[key] for key in given}
