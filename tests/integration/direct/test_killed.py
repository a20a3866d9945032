"""kill -9 in the middle of `make up`: the next `make up` converges, and nothing stays locked."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.integration.checkout import NAMESPACES, Checkout


def _the(program: str) -> Callable[[Checkout], int]:
    """Finds the one process of a checkout that runs this program."""

    def find(checkout: Checkout) -> int:
        pids = [pid for pid, line in checkout.processes().items() if line.split()[0].endswith(f"/{program}")]
        assert len(pids) == 1, f"{len(pids)} processes of this checkout run {program}"
        return pids[0]

    return find


@pytest.mark.parametrize("program", ["etcd", "kube-apiserver", "pulumi-engine"])
def test_up_converges_after_a_kill_in_its_middle(running: Checkout, program: str) -> None:
    running.run("make", "destroy")
    up = running.start("make", "up")
    assert up.stdout is not None
    for line in up.stdout:
        if "StatefulSet" in line:
            break
    os.kill(_the(program)(running), signal.SIGKILL)
    said, _ = up.communicate()
    assert up.returncode != 0
    if program != "pulumi-engine":
        assert f"error: {program}" in said, "Pulumi would wait ten minutes for pods that nobody makes now"
        assert "the same command starts the cluster again" in said
    assert "Traceback" not in said
    assert running.state("dev")["checkpoint"]["latest"]["resources"], "it was killed before anything was made"

    output = running.run("make", "up")

    running.assert_everything_runs("dev")
    assert running.locks() == []
    assert "Attempting to deploy" not in output, "Pulumi warns of what it does not know the end of"
    again = running.run("make", "up")
    assert " unchanged" in again
    assert _plugins(running) == [], "a killed Pulumi leaves plugins that never end by themselves"
    assert "taking up" not in again


def _plugins(checkout: Checkout) -> list[str]:
    """The command lines of Pulumi's helpers in this checkout."""
    return [
        line for line in checkout.processes().values() if "/pulumi-language-" in line or "/pulumi-resource-" in line
    ]


def test_a_stack_that_is_being_worked_on_is_not_unlocked(running: Checkout) -> None:
    folder = running.root / ".local" / "cluster" / "state" / ".pulumi" / "locks" / "organization" / "smarthr360" / "dev"
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "somebody.json"
    now = datetime.now(UTC).isoformat()
    owner = {"pid": os.getpid(), "username": "somebody", "hostname": os.uname().nodename, "timestamp": now}
    lock.write_text(json.dumps(owner))
    try:
        output = running.run("make", "up", code=None)
        assert lock.exists()
    finally:
        lock.unlink()

    assert f"error: stack dev is being worked on by process {os.getpid()}" in output
    assert "Traceback" not in output


def test_a_cluster_stopped_by_hand_is_started_again_with_its_data(running: Checkout) -> None:
    running.run("make", "down")
    assert not [line for line in running.processes().values() if "kube-apiserver" in line]

    started = time.monotonic()
    output = running.run("make", "up")

    assert " unchanged" in output, f"after {time.monotonic() - started:.0f} s"
    names = {item["metadata"]["name"] for item in running.get("namespaces")}
    assert set(NAMESPACES.values()) <= names
