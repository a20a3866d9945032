"""Argo CD's own controllers bring each environment to where its branch is: by themselves, in order, and alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.delivery.rendering import Wave
from tests.integration.checkout import NAMESPACES
from tests.integration.gitops.delivered import Delivered, Object, log_only
from tests.support.stacks import ROOT

AUTOMATED = {"dev": "staging", "staging": "dev"}
"""The environments that are synced by themselves, and for each the other one."""


@pytest.mark.parametrize("stack", AUTOMATED)
def test_dev_and_staging_are_synced_and_healthy_after_up(delivered: Delivered, stack: str) -> None:
    status = delivered.application(stack)["status"]

    assert status["sync"]["status"] == "Synced"
    assert status["health"]["status"] == "Healthy"
    delivered.checkout.assert_everything_runs(stack)


def test_production_waits_for_somebody_after_up(delivered: Delivered) -> None:
    application = delivered.application("production")

    assert application["status"]["sync"]["status"] == "OutOfSync"
    assert "operationState" not in application["status"], "somebody has synced it"
    assert delivered.applied("production") == []
    # What is Pulumi's is there.
    secrets = delivered.checkout.get("secrets", "-n", NAMESPACES["production"])
    assert "smarthr360-secrets" in [secret["metadata"]["name"] for secret in secrets]


def test_up_leaves_the_rendered_manifests_as_they_are_committed(delivered: Delivered) -> None:
    assert _files(delivered.checkout.root / "rendered") == _files(ROOT / "rendered")


@dataclass(frozen=True)
class Push:
    """A push to the branch of an environment, which has got there.

    Attributes:
        stack: the environment.
        before: its Application before.
        after: its Application now.
        other: the other environment's Application before.
    """

    stack: str
    before: Object
    after: Object
    other: Object


@pytest.fixture(scope="module", params=AUTOMATED)
def push(delivered: Delivered, request: pytest.FixtureRequest) -> Iterator[Push]:
    """Somebody makes the programs log errors only, in one environment, and touches nothing else."""
    stack = request.param
    before, other = delivered.application(stack), delivered.application(AUTOMATED[stack])
    assert delivered.log_level(stack) != "ERROR"
    with delivered.pushed(stack, log_only("ERROR")) as commit:
        delivered.wait_until(f"{stack} is at the commit", lambda: delivered.is_at(stack, commit))
        yield Push(stack, before, delivered.application(stack), other)


def test_a_push_reaches_its_environment_by_itself(delivered: Delivered, push: Push) -> None:
    assert delivered.log_level(push.stack) == "ERROR"
    assert push.after["status"]["operationState"]["operation"]["initiatedBy"] == {"automated": True}
    assert push.after["spec"] == push.before["spec"]
    assert "argocd.argoproj.io/refresh" not in push.after["metadata"]["annotations"]


def test_a_push_changes_nothing_in_another_environment(delivered: Delivered, push: Push) -> None:
    other = AUTOMATED[push.stack]
    assert delivered.log_level(other) != "ERROR"
    assert delivered.is_at(other, push.other["status"]["sync"]["revision"])
    assert _done(delivered.application(other)) == _done(push.other)


def test_a_sync_applies_config_then_stores_then_workloads(push: Push) -> None:
    status = push.after["status"]
    waves = {_key(each): each.get("syncWave", 0) for each in status["resources"]}
    # In the order in which they were applied.
    applied = [_key(each) for each in status["operationState"]["syncResult"]["resources"]]

    assert set(applied) == set(waves)
    assert [waves[key] for key in applied] == sorted(waves.values())
    expected = {"NetworkPolicy": Wave.CONFIG, "StatefulSet": Wave.STORES, "Deployment": Wave.WORKLOADS}
    for kind, wave in expected.items():
        assert {waves[key] for key in applied if key[0] == kind} == {wave}


@pytest.mark.parametrize("stack", AUTOMATED)
def test_in_the_first_sync_no_workload_is_made_before_the_stores_are_ready(delivered: Delivered, stack: str) -> None:
    namespace = NAMESPACES[stack]
    stores = [delivered.get("pod", pod, namespace)["status"]["conditions"] for pod in ("postgres-0", "redis-0")]
    ready = [each["lastTransitionTime"] for listed in stores for each in listed if each["type"] == "Ready"]
    made = [each["metadata"]["creationTimestamp"] for each in delivered.checkout.get("deployments", "-n", namespace)]

    assert max(ready) <= min(made)


def test_up_again_keeps_the_delivery_and_changes_nothing(delivered: Delivered) -> None:
    commit = delivered.restore("dev")
    before = delivered.application("dev")

    output = delivered.checkout.run("make", "up")

    assert re.search(r"\nResources:\n +\d+ unchanged\n\n", output), output
    assert "says: Synced, Healthy" in output
    assert delivered.head("dev") == commit
    after = delivered.application("dev")
    assert after["spec"] == before["spec"]
    assert after["metadata"]["annotations"] == before["metadata"]["annotations"]
    assert _done(after) == _done(before)


def test_changing_the_delivery_of_what_is_up_is_refused(delivered: Delivered) -> None:
    before = delivered.checkout.state("dev")

    output = delivered.checkout.run("make", "up", "DELIVERY=direct", code=None)

    assert "error: stack dev is up with delivery gitops, and direct would delete all of it, data too" in output
    assert "type `make destroy STACK=dev` first" in output
    assert "Traceback" not in output
    assert delivered.checkout.state("dev") == before
    assert delivered.status("dev") == "Synced"


def test_destroying_the_stack_that_argo_cd_belongs_to_is_refused_while_it_delivers_others(delivered: Delivered) -> None:
    before = delivered.checkout.state("dev")

    output = delivered.checkout.run("make", "destroy", "STACK=dev", code=None)

    assert "error: Argo CD belongs to stack dev, and delivers production and staging as well" in output
    assert "type `make destroy STACK=production` and `make destroy STACK=staging` first" in output
    assert "Traceback" not in output
    assert delivered.checkout.state("dev") == before
    delivered.checkout.assert_everything_runs("dev")


def _files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def _done(application: Object) -> tuple[object, object]:
    """The syncs that an Application has had, and the last one."""
    return application["status"].get("history"), application["status"].get("operationState")


def _key(resource: Object) -> tuple[str, str]:
    return resource["kind"], resource["name"]
