"""A fourth stack is one file and nothing else, and no stack takes over what is another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.integration.checkout import Checkout

NAMESPACE = "smarthr360-qa"
STAGING = {"environment: staging", "staging.smarthr360.com", "smarthr360-staging"}


@pytest.fixture
def write(running: Checkout) -> Iterator[Callable[[set[str]], None]]:
    """Writes Pulumi.qa.yaml, which is staging's but for what is given."""
    file = running.root / "Pulumi.qa.yaml"

    def of(renamed: set[str]) -> None:
        text = (running.root / "Pulumi.staging.yaml").read_text()
        for old in renamed:
            text = text.replace(old, old.replace("staging", "qa"))
        file.write_text(text)

    yield of
    file.unlink()


def test_a_stack_with_another_s_namespace_and_hosts_is_refused_with_both_named(
    running: Checkout, write: Callable[[set[str]], None]
) -> None:
    before = running.state("staging")
    write({"environment: staging"})

    for output in (
        running.run("make", "up", "STACK=qa", code=None),
        running.shell("pulumi up --yes --stack qa", code=None),
        running.run("make", "render-check", code=None),
    ):
        assert "Pulumi.staging.yaml and Pulumi.qa.yaml both have namespace smarthr360-staging" in output
        assert "Pulumi.staging.yaml and Pulumi.qa.yaml both have the host name staging.smarthr360.com" in output
        assert "Traceback" not in output
    assert running.state("staging") == before
    running.assert_everything_runs("staging")


def test_a_namespace_that_is_marked_as_another_stack_s_is_refused_with_both_named(
    running: Checkout, write: Callable[[set[str]], None]
) -> None:
    """As of a stack whose file is on another branch."""
    write(STAGING)
    running.shell(f"kubectl create namespace {NAMESPACE}")
    running.shell(f"kubectl label namespace {NAMESPACE} smarthr360.com/stack=elsewhere")
    try:
        for output in (
            running.run("make", "up", "STACK=qa", code=None),
            running.shell("pulumi up --yes --stack qa", code=None),
        ):
            assert f"namespace {NAMESPACE} belongs to stack elsewhere, and stack qa would take it over" in output
            assert "Traceback" not in output
        assert running.get("secrets,deployments,networkpolicies", "-n", NAMESPACE) == []
    finally:
        running.shell(f"kubectl delete namespace {NAMESPACE}")


def test_a_fourth_stack_comes_to_life_from_its_file_and_goes_without_a_trace(
    running: Checkout, write: Callable[[set[str]], None]
) -> None:
    before = running.state("staging")
    write(STAGING)

    assert f"qa: what runs in namespace {NAMESPACE}" in running.run("make", "up", "STACK=qa")
    [namespace] = running.get("namespaces", "-l", "smarthr360.com/stack=qa")
    assert namespace["metadata"]["name"] == NAMESPACE
    assert namespace["metadata"]["labels"]["smarthr360.com/environment"] == "qa"
    running.run("make", "destroy", "STACK=qa")

    assert running.get("namespaces", "-l", "smarthr360.com/stack=qa") == []
    assert running.state("staging") == before
    running.assert_everything_runs("staging")
