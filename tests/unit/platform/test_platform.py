"""The add-ons of a stack: which are installed, and that a stack without them installs none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from manifests.fingerprints import Fingerprints
from policy.checking import check
from snapshot.requested import objects
from tests.support.program import Program, run_program
from tests.support.stacks import Secret, good_config, with_gitops
from tools.install_manifests import provide_charts

CHARTS = {
    "externalSecrets": "external-secrets",
    "certManager": "cert-manager",
    "envoyGateway": "envoy-gateway",
    "metricsServer": "metrics-server",
    "monitoring": "monitoring",
}

TOKEN = Secret("not-a-real-slack-token")


@pytest.fixture(scope="module", autouse=True)
def _charts() -> None:
    provide_charts()


def charts(program: Program) -> set[str]:
    return {found.name.removeprefix("platform-").removesuffix("-chart") for found in program.of("helm.sh/v4:Chart")}


def test_a_stack_that_names_none_installs_none(tmp_path: Path) -> None:
    program = run_program(good_config("staging"), tmp_path, "staging")

    assert charts(program) == set()
    assert not list(program.of(":Platform"))


@pytest.mark.parametrize(("key", "chart"), CHARTS.items())
def test_each_has_a_switch_of_its_own(tmp_path: Path, key: str, chart: str) -> None:
    program = run_program(good_config("staging") | {"addons": {key: True}}, tmp_path, "staging")

    assert charts(program) == {chart}


def test_nothing_is_installed_where_files_are_all_that_is_made(tmp_path: Path) -> None:
    config = good_config("staging") | {"addons": dict.fromkeys(CHARTS, True), "delivery": "render"}

    assert charts(run_program(config, tmp_path, "staging")) == set()


@pytest.mark.parametrize(
    "config",
    [
        {"addons": dict.fromkeys(CHARTS, True)},
        {"externalSecrets": {"store": "existing", "clusterStore": "vault"}, "secrets": {"slackToken": TOKEN}},
    ],
)
@pytest.mark.parametrize("stack", ["dev", "production"])
def test_what_we_make_ourselves_keeps_all_policies(tmp_path: Path, stack: str, config: Mapping[str, object]) -> None:
    for delivery in (good_config(stack), with_gitops(good_config(stack))):
        program = run_program({**delivery, **config}, tmp_path, stack)
        found = check(objects(program.resources, stack, Fingerprints(b"key"), stack), exemptions=())
        assert [f"{broken.policy}: {broken.object}: {broken.message}" for broken in found if broken.mandatory] == []
