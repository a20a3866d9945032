"""The shape of a report as JSON, which docs/report-schema.json publishes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

VERSION: Literal[1] = 1
"""Increases when readers of the previous version would misread a document."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True)


class Counts(_Part):
    """How many objects a change creates, updates, replaces and deletes."""

    create: int
    update: int
    replace: int
    delete: int


LevelName = Literal["low", "medium", "high"]
ActionName = Literal["create", "update", "replace", "delete"]


class Requested(_Part):
    """What an environment requests from its cluster, without jobs."""

    least_cpu: float = Field(description="Cores, at the minimum of pods.")
    most_cpu: float = Field(description="Cores, at the maximum of pods.")
    least_memory: int = Field(description="Bytes, at the minimum of pods.")
    most_memory: int = Field(description="Bytes, at the maximum of pods.")
    storage: int = Field(description="Bytes.")


class Effect(_Part):
    """What changes, in a reader's words."""

    subject: str = Field(description='Such as "API pods".')
    how: str = Field(description='Such as "2-5 -> 3-7".')
    environments: list[str]


class Environment(_Part):
    """What happens to an environment."""

    name: str = Field(description="The stack's name.")
    counts: Counts
    risk: LevelName | None = Field(description="The worst risk; null if nothing changes.")
    broken_policies: int = Field(description="Violations of mandatory policies without an exemption.")
    compared: bool = Field(description="Whether base and head were compared; never in an inventory.")
    problem: str = Field(description='Why the head could not be read; "" if it could.')
    requested_before: Requested | None = Field(description="null if nothing was compared.")
    requested: Requested


class Object(_Part):
    """A Kubernetes object, or a resource of a cloud."""

    environment: str
    type: str = Field(description="Pulumi's type token.")
    kind: str
    namespace: str | None
    name: str
    urn: str
    component: str = Field(description="The component that makes it.")
    owner: Literal["Pulumi", "Argo CD"] = Field(description="Who applies it.")
    protected: bool = Field(description="Whether it is deleted only after an explicit step.")


class Listed(Object):
    """An object of the head."""

    policies: str = Field(description='"passes", or how many policies it breaks.')


class Made(_Part):
    """An object that nobody applies: a controller derives it from a requested one."""

    environment: str
    kind: str
    namespace: str
    name: str
    component: str = Field(description="The component of the requested object.")
    owner: Literal["controller"]
    controller: str = Field(description="Which one, such as cert-manager.")
    source: str = Field(description="The requested object: kind and name.")


class Risk(_Part):
    """Why a change is risky."""

    rule: str
    level: LevelName
    reason: str


class FieldChange(_Part):
    """A field that differs."""

    path: str
    secret: bool = Field(description="Whether it holds a secret; then no value is shown.")
    before: Any = Field(description="null if it was not set.")
    after: Any = Field(description="null if it is no longer set.")


class Change(_Part):
    """What happens to one object."""

    action: ActionName
    risk: LevelName = Field(description="The worst of its risks.")
    object: Object = Field(description="The object in the head or, if it is deleted, in the base.")
    risks: list[Risk] = Field(description="Worst first.")
    fields: list[FieldChange] = Field(description="How it differs; empty for a new or deleted object.")
    manifest: dict[str, Any] | None = Field(description="The manifest of a new or deleted object; otherwise null.")


class Violation(_Part):
    """What breaks a policy."""

    environment: str
    policy: str
    mandatory: bool
    object: str = Field(description="Kind and name.")
    message: str = Field(description="What is wrong, and how to fix it.")
    exemption: str = Field(description='Until when it is exempt, who answers for it, and why; "" if it is not exempt.')


class Document(_Part):
    """What a change does to every environment or, without a base, what an environment consists of."""

    version: Literal[1] = Field(description="The version of this format.")
    headline: str = Field(description="A summary in a sentence or two.")
    base: str | None = Field(
        description="What the head is compared with: a revision, or what is applied; null for an inventory."
    )
    head: str = Field(description="The revision.")
    digest: str = Field(description="The SHA-256 of the full diff.")
    problems: list[str] = Field(
        description="Sentences about revisions that can't be read, and about stale files in rendered/."
    )
    environments: list[Environment] = Field(description="In the order of the stacks.")
    effects: list[Effect] = Field(description="Most important first; empty in an inventory.")
    changes: list[Change] = Field(description="Riskiest first.")
    drift: list[Change] | None = Field(
        description="What somebody else has changed in the cluster since it was applied, riskiest first; null if no "
        "cluster was checked."
    )
    violations: list[Violation]
    objects: list[Listed] = Field(description="Every object of the head, by environment, type, namespace and name.")
    made: list[Made] = Field(description="What controllers derive from them, by environment, kind, namespace, name.")
