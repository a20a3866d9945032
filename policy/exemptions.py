"""Exemptions: what is allowed to break a policy for a while, who answers for it, why, and until when."""

from __future__ import annotations

import functools
import json
from datetime import date
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, StringConstraints, ValidationError, field_validator
from pydantic_core import ErrorDetails

from checked import describe, quote
from components.settings import identity
from components.settings.base import Section
from errors import UserError
from policy.rule import Policy
from policy.rules import POLICIES
from snapshot.model import Object

FILE = Path(__file__).with_name("exemptions.yaml")
STACKS = identity.stacks(path.name for path in FILE.parents[1].iterdir())

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Exemption(Section):
    """One object that is allowed to break one policy for a while. A field's description says what is allowed."""

    policy: str = Field(description="the name of a mandatory policy of docs/policies.md")
    stacks: tuple[str, ...] = Field(min_length=1, description=f"a list of {', '.join(STACKS)}")
    object: Words = Field(description="a kind and a name, such as Deployment smarthr360-api")
    owner: Words = Field(description="who answers for it, such as the platform team")
    reason: Words = Field(description="why it is needed, as a sentence")
    until: date = Field(description="the last day on which it holds, such as 2027-01-31")

    @field_validator("policy")
    @classmethod
    def _mandatory(cls, name: str) -> str:
        if name not in POLICIES:
            raise ValueError(f"{quote(name)} is not a policy; allowed is {cls.model_fields['policy'].description}")
        if not POLICIES[name].mandatory:
            raise ValueError(f"{name} only advises; allowed is {cls.model_fields['policy'].description}")
        return name

    @field_validator("stacks")
    @classmethod
    def _known(cls, stacks: tuple[str, ...]) -> tuple[str, ...]:
        for stack in stacks:
            if stack not in STACKS:
                raise ValueError(f"{quote(stack)} is not a stack; allowed is {cls.model_fields['stacks'].description}")
        return stacks

    def covers(self, policy: Policy, item: Object) -> bool:
        """Whether it applies to an object that breaks a policy."""
        return (self.policy, self.object) == (policy.name, item.title) and item.stack in self.stacks

    def __str__(self) -> str:
        return f"exempt until {self.until}, {self.owner} answers for it: {self.reason}"


class _File(Section):
    exemptions: tuple[Exemption, ...] = Field(description="a list of exemptions")


@functools.cache
def load(path: Path = FILE) -> tuple[Exemption, ...]:
    """Read the exemptions.

    Raises:
        UserError: the file is not valid.
    """
    try:
        text = json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str)
        return _File.model_validate_json(text).exemptions
    except yaml.YAMLError as error:
        where = (
            f", line {error.problem_mark.line + 1}"
            if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark
            else ""
        )
        raise UserError(f"policy/{path.name}{where}: is not YAML") from None
    except ValidationError as error:
        faults = (f"policy/{path.name}: {_sentence(fault)}" for fault in error.errors(include_url=False))
        raise UserError(*faults) from None


def _sentence(fault: ErrorDetails) -> str:
    """The key in the file, what is wrong with it, and what is allowed."""
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault["loc"]).lstrip(".")
    where = f"{key}: " if key else ""
    match fault["type"]:
        case "value_error":
            return f"{where}{fault['ctx']['error']}"
        case "extra_forbidden":
            return f"{where}is not a known key; known are {', '.join(Exemption.model_fields)}"
        case "missing":
            problem = "is missing"
        case "too_short" | "string_too_short":
            problem = "is empty"
        case _:
            problem = describe(fault["input"])
    return f"{where}{problem}; allowed is {_allowed(fault['loc'])}"


def _allowed(place: tuple[int | str, ...]) -> str | None:
    fields = {**_File.model_fields, **Exemption.model_fields}
    names = [step for step in place if isinstance(step, str)]
    if not names:
        return "an object with the key exemptions"
    if names == ["exemptions"] and len(place) > 1:
        return f"an object with the keys {', '.join(Exemption.model_fields)}"
    return fields[names[-1]].description
