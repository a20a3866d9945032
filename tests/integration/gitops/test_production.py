"""Production changes when somebody says so, inside a window, and never loses anything by surprise."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.integration.checkout import NAMESPACES
from tests.integration.gitops.delivered import Delivered, log_only, without

SYNC = ("make", "sync", "STACK=production")
NAMESPACE = NAMESPACES["production"]
POLICY = "networking.k8s.io_v1-networkpolicy-*-calls-out.yaml"


def test_a_sync_outside_of_the_windows_is_refused_and_changes_nothing(delivered: Delivered) -> None:
    before, status = delivered.applied("production"), delivered.application("production")["status"]

    output = delivered.checkout.run(*SYNC, code=None)

    assert "error: Argo CD refuses to sync smarthr360-production: cannot sync: blocked by sync window" in output
    assert re.search(
        r"it syncs by hand only, inside: .*; next open: \w+day \d{4}-\d\d-\d\d \d\d:\d\d \(Europe/Paris\); ", output
    )
    assert "* * *" not in output, "cron is Argo CD's language"
    assert "Traceback" not in output
    assert delivered.applied("production") == before
    assert delivered.application("production")["status"].get("operationState") == status.get("operationState")


@pytest.fixture(scope="module")
def opened(delivered: Delivered) -> Iterator[Delivered]:
    """Production inside a window."""
    delivered.set_windows(open_now=True)
    delivered.checkout.run("make", "up", "STACK=production")
    yield delivered
    delivered.restore("production")
    delivered.checkout.run(*SYNC)
    delivered.set_windows(open_now=False)
    delivered.checkout.run("make", "up", "STACK=production")


@pytest.mark.parametrize("level", ["ERROR", "CRITICAL"])
def test_every_push_waits_until_somebody_syncs_inside_a_window_too(opened: Delivered, level: str) -> None:
    before, operation = opened.applied("production"), opened.application("production")["status"].get("operationState")
    commit = opened.publish("production", log_only(level))
    opened.wait_until("Argo CD sees the commit", lambda: opened.is_compared_with("production", commit))
    status = opened.next_comparison("production")["status"]
    assert status["sync"]["status"] == "OutOfSync"
    assert status.get("operationState") == operation
    assert opened.applied("production") == before

    output = opened.checkout.run(*SYNC)

    assert "says: Synced, Healthy" in output
    assert opened.is_at("production", commit)
    assert opened.log_level("production") == level
    opened.checkout.assert_everything_runs("production")
    started = opened.application("production")["status"]["operationState"]["operation"]["initiatedBy"]
    assert "automated" not in started


@pytest.fixture
def synced(opened: Delivered) -> Delivered:
    """Production inside a window, with all that is in Git."""
    if opened.status("production") != "Synced":
        opened.checkout.run(*SYNC)
    return opened


def test_a_live_edit_is_shown_and_stays_until_somebody_syncs(synced: Delivered) -> None:
    synced.checkout.shell(f"kubectl set image -n {NAMESPACE} deployment/smarthr360-beat *=busybox:1")
    synced.wait_until("Argo CD sees the edit", lambda: synced.status("production") == "OutOfSync")
    synced.next_comparison("production")
    assert _image(synced) == "busybox:1"
    assert synced.status("production") == "OutOfSync"

    synced.checkout.run(*SYNC)

    assert _image(synced).startswith("ghcr.io/smarthr360/smarthr360-celery:")
    assert synced.status("production") == "Synced"


def test_what_left_git_is_deleted_only_on_demand_and_what_is_protected_only_when_confirmed(synced: Delivered) -> None:
    before = synced.applied("production")
    policy, claim, service = "networkpolicy.networking.k8s.io/calls-out", "persistentvolumeclaim/logs", "service/redis"
    assert {policy, claim, service} < {*before}

    with synced.pushed("production", without(POLICY, "v1-persistentvolumeclaim-*-logs.yaml")):
        output = synced.checkout.run(*SYNC)
        assert "synced, but for what has left Git; `make sync STACK=production PRUNE=yes` deletes that" in output
        assert synced.applied("production") == before
        assert synced.status("production") == "OutOfSync"

        output = synced.checkout.run(*SYNC, "PRUNE=yes", code=None)
        assert "error: v1/PersistentVolumeClaim/logs has left Git, and is protected" in output
        assert "type `make sync STACK=production PRUNE=yes CONFIRM=production`" in output
        assert "Traceback" not in output
        assert synced.applied("production") == before
        assert "deletionTimestamp" not in synced.get("persistentvolumeclaim", "logs", NAMESPACE)["metadata"]

    with synced.pushed("production", without(POLICY, "v1-service-*-redis.yaml")) as commit:
        synced.checkout.run(*SYNC, "PRUNE=yes", "CONFIRM=production")
        assert synced.applied("production") == [name for name in before if name not in (policy, service)]
        assert synced.is_at("production", commit)


def _image(delivered: Delivered) -> str:
    beat = delivered.get("deployment", "smarthr360-beat", NAMESPACE)
    (container,) = beat["spec"]["template"]["spec"]["containers"]
    return str(container["image"])
