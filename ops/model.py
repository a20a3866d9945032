"""What is known of environments and of what a change does to them; every report is made from this and nothing else.

No value in here is secret: a snapshot holds a fingerprint in the place of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any


class Owner(StrEnum):
    """Who applies an object."""

    PULUMI = "Pulumi"
    ARGO_CD = "Argo CD"


@dataclass(frozen=True)
class Object:
    """A Kubernetes object, or a resource of a cloud, that the program asks for.

    Attributes:
        stack: in which stack.
        type: its type token, such as `kubernetes:apps/v1:Deployment`.
        kind: its kind, for people.
        namespace: where it is; None for what is in none.
        name: its name in the cluster.
        urn: Pulumi's name for it; another one means another resource to Pulumi.
        component: the component that makes it, such as `workloads:Api`.
        owner: who applies it.
        protected: whether it is deleted only after an explicit step.
        manifest: all that is asked for; a fingerprint in the place of each secret.
        aliases: other names under which Pulumi looks for it, so that it stays the same resource.
        environment: which environment the stack is, by what it says; "" where that is not known.
    """

    stack: str
    type: str
    kind: str
    namespace: str | None
    name: str
    urn: str
    component: str
    owner: Owner
    protected: bool
    manifest: Mapping[str, Any]
    aliases: tuple[str, ...] = ()
    environment: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is found by in another revision: type, namespace and name."""
        return self.type, self.namespace or "", self.name

    @property
    def title(self) -> str:
        """Kind and name."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Snapshot:
    """Everything that one revision asks for in one environment.

    Attributes:
        stack: the environment.
        revision: the Git revision, or "work tree".
        objects: what it asks for, in the order of `Object.key`.
        problem: why there are none: a sentence; "" where all is well.
        stale: what is committed for Argo CD and is not what is asked for, in a sentence; "" where all is.
    """

    stack: str
    revision: str
    objects: tuple[Object, ...]
    problem: str = ""
    stale: str = ""


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
class Field:
    """A field that differs.

    Attributes:
        path: where, such as `spec.template.spec.containers[api].image`.
        before: its value in the base; None where it was not set.
        after: its value in the head; None where it is not set any more.
        secret: whether the values are fingerprints of a secret.
    """

    path: str
    before: Any
    after: Any
    secret: bool = False


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
class Violation:
    """What breaks a policy.

    Attributes:
        stack: in which environment.
        policy: the policy's name.
        mandatory: whether it stops a deployment, or only advises against it.
        object: the object's title.
        message: what is wrong, and how to mend it.
        exemption: why it is let through, by whom and until when; "" where it is not.
    """

    stack: str
    policy: str
    mandatory: bool
    object: str
    message: str
    exemption: str = ""


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
