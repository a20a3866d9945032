import pytest
import yaml

from components.settings import NAMESPACE, Settings
from components.settings.gitops import Window
from components.settings.gitops_values import TimeOfDay
from components.settings.schema import Leaf, is_model, leaves, type_of
from components.settings.types.names import Repository
from tests.support.stacks import ROOT
from tools.pages import configuration
from tools.stack_values import around

LEAVES = [
    leaf
    for field in Settings.model_fields.values()
    for leaf in leaves(type_of(field), field, str(field.alias), field.default)
]


def rows() -> list[list[str]]:
    """The rows of the page's tables."""
    return [line.strip("| ").split(" | ") for line in configuration.page().splitlines() if line.startswith("| `")]


def test_the_page_has_every_key_once_with_type_default_and_meaning() -> None:
    assert all(len(row) == 4 and all(row) for row in rows())
    by_key = {row[0]: row[1:] for row in rows()}
    assert len(by_key) == len(rows())
    plain = [key for key, (allowed, *_) in by_key.items() if allowed != "an object" and "[]" not in key]
    assert plain == [f"`{leaf.key}`" for leaf in LEAVES]
    assert by_key["`images.registry`"] == [
        Repository.allowed,
        "`ghcr.io/smarthr360`",
        "Registry and path of the application's images.",
    ]
    assert by_key["`api.autoscaling.cpu`"][:2] == ["a whole number from 1 to 100", "`70`"]
    assert by_key["`secrets.dbPassword`"][:2] == ["a secret of 16 characters or more", "**required**"]


def test_the_keys_of_each_object_in_a_list_follow_the_list() -> None:
    found = [row for row in rows() if row[0].startswith("`gitops.windows")]
    assert [row[0] for row in found] == [
        "`gitops.windows`",
        *(f"`gitops.windows[].{field.alias}`" for field in Window.model_fields.values()),
    ]
    by_key = {row[0]: row[1:] for row in found}
    assert by_key["`gitops.windows`"][1] == "none"
    assert by_key["`gitops.windows[].from`"] == [
        TimeOfDay.allowed,
        "**required** in each",
        Window.model_fields["from_"].description,
    ]
    assert by_key["`gitops.windows[].manual`"][:2] == ["true or false", "`false`"]


@pytest.mark.parametrize("key", ["worker.autoscaling", "argocd.sso", "gitops.slack"])
def test_an_object_that_may_be_left_out_says_so_before_its_keys(key: str) -> None:
    keys = [row[0] for row in rows()]
    first = next(place for place, found in enumerate(keys) if found.startswith(f"`{key}."))
    assert keys[first - 1] == f"`{key}`"
    by_key = {row[0]: row[1:] for row in rows()}
    assert by_key[f"`{key}`"][:2] == ["an object", "none"]
    assert by_key[keys[first]][1] == f"**required** in `{key}`"


def test_an_object_that_is_always_there_has_no_row_of_its_own() -> None:
    objects = [row[0] for row in rows() if row[1] == "an object"]
    assert set(objects) == {f"`{key}`" for leaf in LEAVES for key in around(leaf)}
    assert "`worker.autoscaling`" in objects
    assert "`worker`" not in objects


@pytest.mark.parametrize("leaf", [pytest.param(leaf, id=leaf.key) for leaf in LEAVES if leaf.required])
def test_a_required_key_says_what_to_type(leaf: Leaf) -> None:
    command = leaf.command(NAMESPACE)
    assert f"{NAMESPACE}{leaf.key}" in command
    assert ("--secret" in command) == leaf.key.startswith("secrets.")


def test_pulumi_yaml_declares_every_top_level_key_as_the_models_do() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    assert declared == {
        f"{NAMESPACE}{field.alias}": {
            "type": "object" if is_model(type_of(field)) else "string",
            "description": field.description,
            "default": {} if is_model(type_of(field)) else "",
        }
        for field in Settings.model_fields.values()
    }
