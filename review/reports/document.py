"""The shape of a report as JSON, which docs/report-schema.json publishes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

VERSION: Literal[1] = 1
"""Grows when a reader of an older document would misread a newer one."""


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
    """What an environment requests of a cluster, without jobs."""

    least_cpu: float = Field(description="Cores, at the fewest pods.")
    most_cpu: float = Field(description="Cores, at the most pods.")
    least_memory: int = Field(description="Bytes, at the fewest pods.")
    most_memory: int = Field(description="Bytes, at the most pods.")
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
    risk: LevelName | None = Field(description="The worst; null where nothing changes.")
    broken_policies: int = Field(description="Violations of mandatory policies without an exemption.")
    compared: bool = Field(description="Whether base and head were compared; never in an inventory.")
    problem: str = Field(description='Why the head could not be read; "" where it could.')
    requested_before: Requested | None = Field(description="null where nothing was compared.")
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
    """An object that nobody applies: a controller makes it of a requested one."""

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
    before: Any = Field(description="null where it was not set.")
    after: Any = Field(description="null where it is no longer set.")


class Change(_Part):
    """What happens to one object."""

    action: ActionName
    risk: LevelName = Field(description="The worst of its risks.")
    object: Object = Field(description="As it is in the head, or as it was.")
    risks: list[Risk] = Field(description="Worst first.")
    fields: list[FieldChange] = Field(description="How it differs; none for one that is new or deleted.")
    manifest: dict[str, Any] | None = Field(description="All of an object that is new or deleted; else null.")


class Violation(_Part):
    """What breaks a policy."""

    environment: str
    policy: str
    mandatory: bool
    object: str = Field(description="Kind and name.")
    message: str = Field(description="What is wrong, and how to fix it.")
    exemption: str = Field(description='Why it is exempt, by whom and until when; "" where it is not.')


class Document(_Part):
    """What a change does to every environment; or, without a base, what there is."""

    version: Literal[1] = Field(description="Of this format.")
    headline: str = Field(description="The whole of it in one sentence.")
    base: str | None = Field(
        description="What the head is compared with: a revision, or what is applied; null for an inventory."
    )
    head: str = Field(description="The revision.")
    digest: str = Field(description="Of the full diff.")
    problems: list[str] = Field(
        description="Sentences about revisions that can't be read, and about stale files in rendered/."
    )
    environments: list[Environment] = Field(description="In the order of the stacks.")
    effects: list[Effect] = Field(description="What matters most first; none in an inventory.")
    changes: list[Change] = Field(description="Riskiest first.")
    drift: list[Change] | None = Field(
        description="What somebody else has changed in the cluster since it was applied, riskiest first; null where no "
        "cluster was asked."
    )
    violations: list[Violation]
    objects: list[Listed] = Field(description="Every object of the head, by environment, type, namespace and name.")
    made: list[Made] = Field(description="What controllers make of those, by environment, kind, namespace and name.")
