"""What is stopped, killed or destroyed comes back with `make up`, and takes nothing else with it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.integration.gitops.delivered import Delivered

CONTROLLERS = {
    "argocd-redis",
    "argocd-repo-server",
    "argocd-application-controller",
    "argocd-notifications-controller",
}


def test_a_killed_controller_is_started_again_by_up_and_works(delivered: Delivered) -> None:
    commit, before = delivered.restore("dev"), _argocd(delivered)
    os.kill(before["argocd-application-controller"], signal.SIGKILL)
    delivered.checkout.shell("kubectl delete service redis -n smarthr360-dev")

    delivered.checkout.run("make", "up")

    after = _argocd(delivered)
    assert after.keys() == before.keys()
    assert {name for name in CONTROLLERS if after[name] != before[name]} == {"argocd-application-controller"}
    service = "service/redis"
    delivered.wait_until("the Service is back", lambda: service in delivered.applied("dev"))
    delivered.wait_until("dev is as in Git", lambda: delivered.is_at("dev", commit))


def test_down_stops_all_of_it_and_up_brings_all_back(delivered: Delivered) -> None:
    commit, production = delivered.restore("dev"), delivered.status("production")

    delivered.checkout.run("make", "down")
    assert delivered.checkout.processes() == {}

    delivered.checkout.run("make", "up")
    assert _argocd(delivered).keys() == CONTROLLERS
    assert delivered.is_at("dev", commit)
    assert delivered.is_at("staging", delivered.head("staging"))
    assert delivered.status("production") == production
    delivered.checkout.assert_everything_runs("dev")


def test_destroying_an_environment_takes_all_of_it_and_nothing_else_and_up_brings_it_back(delivered: Delivered) -> None:
    dev = delivered.restore("dev")
    before, dev_before = _traces(delivered), delivered.applied("dev")
    assert before

    delivered.checkout.run("make", "destroy", "STACK=staging")

    assert _traces(delivered) == set()
    assert delivered.is_at("dev", dev)
    assert delivered.applied("dev") == dev_before
    rendered = Path("rendered/staging")
    assert list((delivered.checkout.root / rendered).rglob("*.yaml")), "they are committed"

    delivered.checkout.run("make", "up", "STACK=staging", "DELIVERY=gitops")

    assert _traces(delivered) == before
    assert delivered.is_at("staging", delivered.head("staging"))
    delivered.checkout.assert_everything_runs("staging")


def _argocd(delivered: Delivered) -> dict[str, int]:
    """The pids of Argo CD's processes, by name."""
    folder = f"{delivered.checkout.root}/.local/argocd/bin/"
    found = [(line.split()[0], pid) for pid, line in delivered.checkout.processes().items() if line.startswith(folder)]
    assert len(found) == len(dict(found)), "one of them runs twice"
    return {Path(program).name: pid for program, pid in found}


def _traces(delivered: Delivered) -> set[str]:
    """What is named after staging, outside of its namespace."""
    kinds = "namespaces,priorityclasses,applications.argoproj.io,appprojects.argoproj.io"
    names = delivered.checkout.shell(f"kubectl get {kinds} -A -o name").split()
    return {name for name in names if "staging" in name}
