"""What IAM policy documents allow, as AWS reads them."""

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
"""Actions that lead to more rights or to secrets, so that each has to be written out, with its resource."""


def statements(document: Any) -> Iterator[Mapping[str, Any]]:
    """The statements of a document, with their keys in lower case.

    Services of AWS differ in whether they accept `effect: allow`, so it counts as `Effect`.

    Raises:
        ValueError: it is not JSON.
    """
    read = json.loads(document) if isinstance(document, str) else document
    for statement in several(_lowered(read or {}).get("statement")):
        yield _lowered(statement)


def several(value: Any) -> Sequence[Any]:
    """A value as a list; in IAM, a single item needs no list."""
    if value is None:
        return ()
    return [value] if isinstance(value, str | Mapping) else value


def allows(statement: Mapping[str, Any]) -> bool:
    """Whether a statement allows something."""
    return str(statement.get("effect", "Allow")).strip().lower() != "deny"


def too_much(statement: Mapping[str, Any]) -> Iterator[str]:
    """Phrases for what a statement allows too broadly."""
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
    """Whether a statement allows something to everybody, without any condition."""
    principal = statement.get("principal")
    named = _lowered(principal) if isinstance(principal, Mapping) else {"aws": principal}
    anybody = any(_is_all(str(who)) for key in named for who in several(named[key])) or "notprincipal" in statement
    return allows(statement) and anybody and not statement.get("condition")


def matches(pattern: str, action: str) -> bool:
    """Whether a pattern matches an action; IAM ignores case, and has no wildcards but `*` and `?`."""
    return fnmatchcase(action.lower(), pattern.strip().lower().replace("[", "[[]"))


def _is_all(text: str) -> bool:
    """Whether a pattern matches everything, as `**` and `?*` do, too."""
    return "*" in text and not text.strip("*?: ")


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def _lowered(given: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): given[key] for key in given}
