"""What a stack owns is called by the stack, what it means comes from the environment that it says it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.environment.metadata import ENVIRONMENT, STACK
from components.settings import Identity, Settings, identity, parse
from components.settings.identity import KNOWN, EnvironmentName
from errors import UserError
from tests.support.program import Program, run_program
from tests.support.stacks import as_pulumi, good_config, with_gitops


def read(stack: str, **changes: object) -> Settings:
    return parse(*as_pulumi(good_config("staging") | changes), stack)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A second stack of staging, `staging-eu`, delivered by GitOps."""
    config = with_gitops(good_config("staging")) | {"namespace": "smarthr360-eu"}
    return run_program(config, tmp_path_factory.mktemp("second"), "staging-eu")


def test_a_second_stack_of_an_environment_has_its_own_application_project_and_folder(second: Program) -> None:
    application = second.object("Application", "smarthr360-staging-eu")
    project = second.object("AppProject", "staging-eu")
    namespace = second.object("Namespace", "smarthr360-eu")
    [rendering] = [entry for entry in second.of(":kubernetes") if "renderYamlToDirectory" in entry.inputs]

    assert application["spec"]["project"] == "staging-eu"
    assert application["spec"]["source"]["path"] == rendering.inputs["renderYamlToDirectory"] == "rendered/staging-eu"
    assert all("proj:staging-eu:" in line for role in project["spec"]["roles"] for line in role["policies"])
    assert namespace["metadata"]["labels"][STACK] == "staging-eu"
    names = [(manifest["kind"], manifest["metadata"]["name"]) for manifest in second.manifests()]
    assert ("Application", "smarthr360-staging") not in names
    assert ("AppProject", "staging") not in names


def test_it_is_the_same_environment_all_the_same(second: Program) -> None:
    data = second.object("ConfigMap", "smarthr360-config")["data"]

    assert second.object("Namespace", "smarthr360-eu")["metadata"]["labels"][ENVIRONMENT] == "staging"
    assert (data["ENVIRONMENT"], data["DJANGO_SETTINGS_MODULE"]) == ("staging", "config.settings.staging")


def test_an_environment_of_another_name_runs_as_production_does(tmp_path: Path) -> None:
    program = run_program(good_config("staging") | {"environment": "qa"}, tmp_path, "qa")
    data = program.object("ConfigMap", "smarthr360-config")["data"]

    assert (data["ENVIRONMENT"], data["DJANGO_SETTINGS_MODULE"]) == ("qa", "config.settings.production")


def test_a_second_production_is_protected_whatever_it_is_called(tmp_path: Path) -> None:
    program = run_program(good_config("production") | {"namespace": "smarthr360-eu"}, tmp_path, "main-eu")
    staging = run_program(good_config("staging"), tmp_path, "staging")

    assert {entry.inputs["kind"] for entry in program.objects() if entry.protected} >= {"Namespace", "StatefulSet"}
    assert not [entry for entry in staging.objects() if entry.protected]


def test_what_a_stack_owns_is_called_as_it_always_was_for_the_environments_that_everybody_knows() -> None:
    own = Identity("staging")

    assert (own.application, own.project, own.rendered, own.secret_key) == (
        *("smarthr360-staging", "staging", "rendered/staging", "smarthr360/staging"),
    )


def test_no_two_stacks_own_a_name_together() -> None:
    names = ("dev", "staging", "production", "qa", "staging-eu", "production-eu")
    owned = [value for stack in names for value in (Identity(stack).application, Identity(stack).rendered, stack)]
    assert len(owned) == len(set(owned))


@pytest.mark.parametrize("stack", KNOWN)
@pytest.mark.parametrize("environment", [*KNOWN, "qa"])
def test_a_stack_that_is_called_like_an_environment_is_that_environment(stack: str, environment: str) -> None:
    found = identity.fault(stack, environment)

    assert (found is None) == (stack == environment)
    assert identity.fault(f"{stack}-eu", environment) is None
    if found:
        assert found.startswith(f'"{environment}" is not the environment of a stack called {stack}; allowed is {stack}')


def test_a_staging_file_that_says_dev_is_refused_in_one_sentence_with_all_other_faults() -> None:
    with pytest.raises(UserError) as caught:
        read("staging", environment="dev", namespace="Not_a_name")

    assert [fault.split(":")[1] for fault in caught.value.sentences] == ["environment", "namespace"]
    assert read("qa", environment="staging").environment == "staging"


@pytest.mark.parametrize("stack", ["Staging", "my_stack", "my.stack", "-eu", "", "a" * 53, "default"])
def test_a_stack_whose_name_can_t_be_part_of_others_is_refused(stack: str) -> None:
    with pytest.raises(UserError, match=r"smarthr360:environment: the stack's name .* allowed is"):
        read(stack)
    assert read("a" * 52)


@pytest.mark.parametrize("name", ["dev", "staging", "production", "qa", "preprod", "pre-production", "test-2", "e2e"])
def test_an_environment_is_any_name(name: str) -> None:
    assert EnvironmentName(name) == name


@pytest.mark.parametrize("name", ["prod", "pro", "prodcution", "productoin", "producton", "stagin", "stagging"])
def test_what_looks_like_a_known_environment_misspelt_is_refused(name: str) -> None:
    """It would silently have none of production's rules."""
    meant = "staging" if name.startswith("s") else "production"
    with pytest.raises(ValueError, match=f'"{name}" looks like {meant}; allowed is'):
        EnvironmentName(name)


def test_the_stacks_are_those_that_have_a_file_in_the_order_of_a_release() -> None:
    files = [
        "Pulumi.qa.yaml",
        "Pulumi.production.yaml",
        "Pulumi.yaml",
        "Pulumi.dev.yaml",
        "Pulumi.alpha.yaml",
        "x.yaml",
    ]

    assert identity.stacks(files) == ["dev", "production", "alpha", "qa"]
    assert identity.stacks(["Pulumi.dev.yaml.orig", "Pulumi..yaml", "aPulumi.dev.yaml", "Pulumi.a\nb.yaml"]) == []
