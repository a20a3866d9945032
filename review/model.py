"""What a change does to environments; every report is made from this and nothing else."""

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
        level: how much.
        reason: one sentence, for people.
    """

    rule: str
    level: Level
    reason: str


@dataclass(frozen=True)
class Change:
    """What happens to one object of one environment.

    Attributes:
        action: what.
        before: the object in the base; None for one that is new.
        after: the object in the head; None for one that is deleted.
        fields: how it differs; none for one that is new or deleted.
        risks: why that is risky, worst first.
        forced_by: the fields because of which a provider says that it has to replace the object; none where none was
            asked.
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
        found = self.after or self.before
        if found is None:
            raise ValueError("a change is of an object before, after or both")
        return found

    @property
    def level(self) -> Level:
        """Its worst risk; low where there is none."""
        return max((risk.level for risk in self.risks), default=Level.LOW)


@dataclass(frozen=True)
class Report:
    """What a change does to all environments.

    Attributes:
        base: the revision compared with, or what is applied; "" for an inventory.
        head: the revision.
        heads: what the head asks for, by stack in the order of the stacks.
        changes: what differs, riskiest first.
        problems: sentences about a revision that can't be read, and about what is committed for Argo CD and is stale.
        violations: what breaks a policy in the head.
        digest: of the full diff, by which a shortened report names it.
        uncompared: the stacks that the head asks something for and whose base can't be read.
        drift: what somebody else has changed in the cluster since it was applied, riskiest first; None where no
            cluster was asked.
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
