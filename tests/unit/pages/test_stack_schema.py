"""The schema of the stack files, judged by a validator that is not ours."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from tests.support.bad_stacks import BAD_STACKS, BadStack
from tests.support.made_up import Config, configs
from tests.support.stacks import NAMESPACE, ROOT, STACKS, Secret
from tools.pages import stack_schema
from tools.stack_values import LEAVES

SCHEMA: dict[str, Any] = json.loads(stack_schema.page())
VALIDATOR = Draft202012Validator(SCHEMA)
ONE_VALUE = re.compile(
    r"is not a known key|is (text|a number|a boolean|a list|an object)\b|\" is not known|is too (small|large)|"
    r"is not a (quantity|duration|tag|digest|time of day)|tag: \"latest\"|(namespace|hosts).* has (an? |upper)|"
    r"(hosts|context|events).*: is empty|secrets: is not encrypted|app: is encrypted"
)
"""What one value shows by itself, in the first part of the program's sentences."""


def faults(config: Config) -> list[str]:
    """What the schema refuses of a configuration, as Pulumi would write it into a stack file."""
    content = {"config": {f"{NAMESPACE}{key}": _written(value) for key, value in config.items()}}
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(content)]


def _written(value: Any) -> Any:
    if isinstance(value, Secret):
        return {"secure": "v1:bm9uY2U=:Y2lwaGVydGV4dA=="}
    if isinstance(value, dict):
        return {key: _written(inner) for key, inner in value.items()}
    return [_written(inner) for inner in value] if isinstance(value, list) else value


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("stack", STACKS)
def test_each_stack_file_fits_and_names_it_to_editors(stack: str) -> None:
    text = (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))] == []
    assert text.startswith("# yaml-language-server: $schema=docs/stack-schema.json\n")


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(configs())
def test_it_refuses_nothing_that_the_program_accepts(made: tuple[str, Config]) -> None:
    assert faults(made[1]) == []


@pytest.mark.parametrize("bad", [pytest.param(bad, id=bad.id) for bad in BAD_STACKS])
def test_it_refuses_what_one_value_shows_by_itself(bad: BadStack) -> None:
    shown = [error for error in bad.errors if ONE_VALUE.search(error.partition("; allowed")[0])]
    if bad.id != "all secrets in one text":  # what is in it, is encrypted
        assert bool(faults(bad.config)) >= bool(shown), shown


def test_what_is_wrong_is_said_of_the_key() -> None:
    [bad] = [bad for bad in BAD_STACKS if bad.id == "a misspelled key"]
    assert faults(bad.config) == [
        f"$.config['{NAMESPACE}api'].autoscaling: Additional properties are not allowed ('maximum' was unexpected)"
    ]


@pytest.mark.parametrize("key", ["api.autoscaling.max", "gitops.branch"])
def test_a_key_without_prefix_is_held_to_the_same(key: str) -> None:
    text = (ROOT / "Pulumi.staging.yaml").read_text(encoding="utf-8").replace(NAMESPACE, "")
    content = yaml.safe_load(text)
    assert list(VALIDATOR.iter_errors(content)) == []
    section, *_, last = key.split(".")
    (content["config"][section].get("autoscaling") or content["config"][section])[last] = {}
    assert len(list(VALIDATOR.iter_errors(content))) == 1


def test_every_key_says_what_it_means_and_its_default() -> None:
    for key, leaf in LEAVES.items():
        found: dict[str, Any] = {"properties": SCHEMA["properties"]["config"]["properties"]}
        for number, part in enumerate(key.split(".")):
            found = found["properties"][part if number else f"{NAMESPACE}{part}"]
        assert found["description"] == leaf.field.description
        if isinstance(leaf.default, int | str):
            assert found["default"] == leaf.default, key
