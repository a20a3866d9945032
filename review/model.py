"""What a change does to environments: the data that reports are made from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from manifests.differences import Field
from policy.violation import Violation
from snapshot.model import Object, Snapshot


class Action(StrEnum):
    """What a change does to an object."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


class Level(IntEnum):
    """How risky a change is."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True)
class Risk:
    """Why a change is risky.

    Attributes:
        rule: the rule's name, such as `replaces-stateful`.
        level: how risky it is.
        reason: a sentence for people.
    """

    rule: str
    level: Level
    reason: str


@dataclass(frozen=True)
class Change:
    """What happens to one object of one environment.

    Attributes:
        action: what happens.
        before: the object in the base; None for a new object.
        after: the object in the head; None for a deleted object.
        fields: what differs; empty for a new or a deleted object.
        risks: why that is risky, worst first.
        forced_by: the fields that force a provider to replace the object; empty if no provider was asked.
    """

    action: Action
    before: Object | None
    after: Object | None
    fields: tuple[Field, ...] = ()
    risks: tuple[Risk, ...] = ()
    forced_by: tuple[str, ...] = ()

    @property
    def object(self) -> Object:
        """The object as it is now, or as it was."""
        item = self.after or self.before
        if item is None:
            raise ValueError("a change needs an object before, after or both")
        return item

    @property
    def is_whole(self) -> bool:
        """Whether the whole object is new or deleted, rather than some fields changed."""
        return self.action in (Action.CREATE, Action.DELETE)

    @property
    def level(self) -> Level:
        """Its worst risk; low if it has none."""
        return max((risk.level for risk in self.risks), default=Level.LOW)


@dataclass(frozen=True)
class Report:
    """What a change does to all environments.

    Attributes:
        base: the revision that the head is compared with, or what is applied; "" for an inventory.
        head: the revision.
        heads: what the head requests, in the order of the stacks.
        changes: what differs, riskiest first.
        problems: sentences about revisions that can't be read, and about stale files committed for Argo CD.
        violations: what breaks a policy in the head.
        digest: of the full diff, so that a shortened report can name it.
        uncompared: the stacks of the head whose base can't be read.
        drift: what somebody else has changed in the cluster since it was applied, riskiest first; None if no cluster
            was checked.
    """

    base: str
    head: str
    heads: tuple[Snapshot, ...]
    changes: tuple[Change, ...]
    problems: tuple[str, ...]
    violations: tuple[Violation, ...]
    digest: str
    uncompared: tuple[str, ...] = ()
    drift: tuple[Change, ...] | None = None
