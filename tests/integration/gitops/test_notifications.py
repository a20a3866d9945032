"""Argo CD's own notifications controller tells Slack of what happens, once, and shows its token to nobody else."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.integration.checkout import command_lines
from tests.integration.gitops.delivered import TOKEN, Delivered, log_only
from tools.embedded.argocd.health import fetch
from tools.embedded.argocd.layout import ArgoLayout
from tools.embedded.cluster.ports import read_ports
from tools.embedded.cluster.state import Layout

STAGING, PRODUCTION = "smarthr360-staging", "smarthr360-production"
CONTROLLER = "/argocd-notifications-controller "


def refused(folder: Path) -> None:
    """A change of the manifests: another selector of a Deployment, which keeps the one that it was made with."""
    (path,) = folder.glob("apps_v1-deployment-*-smarthr360-beat.yaml")
    own = "app.kubernetes.io/component: beat"
    text = path.read_text()
    assert own in text
    path.write_text(text.replace(own, "app.kubernetes.io/component: other"))


def evaluations(delivered: Delivered, trigger: str) -> int:
    """How often the controller has found a trigger to be true since its start, whether it has sent anything or not."""
    port = read_ports(ArgoLayout(Layout(delivered.checkout.root / ".local")).ports)["notifications-controller"]
    counter = f'argocd_notifications_trigger_eval_total{{name="{trigger}",triggered="true"}}'
    found = re.search(rf"^{re.escape(counter)} (\d+)$", fetch(port, "/metrics")[1], re.MULTILINE)
    return int(found[1]) if found else 0


def let_it_look_again(delivered: Delivered, trigger: str) -> None:
    """Wait until the controller has found a trigger to be true twice more, and could have sent a message again."""
    enough = evaluations(delivered, trigger) + 2
    delivered.wait_until(f"{trigger} is looked at again", lambda: evaluations(delivered, trigger) >= enough)


def controllers(delivered: Delivered) -> list[int]:
    """The notifications controller's process."""
    return [pid for pid, line in delivered.checkout.processes().items() if CONTROLLER in line]


@contextmanager
def one_quick_retry(delivered: Delivered) -> Iterator[None]:
    """Let staging's syncs be tried twice, where the stack says six times in some three minutes."""
    retry = delivered.application("staging")["spec"]["syncPolicy"]["retry"]

    def patch(value: dict[str, Any]) -> None:
        merged = json.dumps({"spec": {"syncPolicy": {"retry": value}}})
        delivered.checkout.shell(f"kubectl patch application {STAGING} -n argocd --type merge -p '{merged}'")

    patch({"limit": 1, "backoff": {"duration": "1s"}})
    try:
        yield
    finally:
        patch(retry)


@pytest.fixture(scope="module")
def commit(delivered: Delivered) -> Iterator[str]:
    """A change of staging that staging's channel was told of; dev, which tells nobody, was changed before."""
    change = log_only("ERROR")
    with delivered.pushed("dev", change) as quiet, delivered.pushed("staging", change) as made:
        delivered.wait_until("a message", lambda: delivered.slack.about(STAGING, made))
        delivered.wait_until("dev is synced", lambda: delivered.is_at("dev", quiet))
        yield made


def test_a_sync_that_succeeds_is_told_once(delivered: Delivered, commit: str) -> None:
    let_it_look_again(delivered, "on-sync-succeeded")

    assert delivered.slack.about(STAGING, commit) == [
        f":white_check_mark: *smarthr360-staging* (staging) is synced to `{commit[:7]}` by Argo CD"
    ]


def test_a_controller_that_was_killed_tells_nothing_again(delivered: Delivered, commit: str) -> None:
    told = delivered.slack.told()
    killed = controllers(delivered)
    assert len(killed) == 1

    os.kill(killed[0], signal.SIGKILL)
    delivered.checkout.run("make", "up", "STACK=production")
    let_it_look_again(delivered, "on-sync-succeeded")

    started = controllers(delivered)
    assert len(started) == 1
    assert started != killed
    assert len(delivered.slack.about(STAGING, commit)) == 1
    assert [each for each in told if delivered.slack.told().count(each) > 1] == []


def test_a_sync_that_fails_is_told_once_after_its_retries(delivered: Delivered) -> None:
    with one_quick_retry(delivered), delivered.pushed("staging", refused) as commit:
        delivered.wait_until("a message", lambda: delivered.slack.about(STAGING, commit))
        let_it_look_again(delivered, "on-sync-failed")

        [text] = delivered.slack.about(STAGING, commit)
        assert text.startswith(f":x: *smarthr360-staging* (staging) could not be synced to `{commit[:7]}` by Argo CD:")
        assert 'Deployment.apps "smarthr360-beat" is invalid: spec.selector: ' in text
        assert "field is immutable (retried 1 times)." in text
        assert delivered.status("staging") == "OutOfSync"


def test_production_that_differs_from_git_is_told_once(delivered: Delivered) -> None:
    with delivered.pushed("production", log_only("ERROR")) as made:
        delivered.wait_until("a message", lambda: delivered.slack.about(PRODUCTION, made))
        let_it_look_again(delivered, "on-out-of-sync")

        assert delivered.slack.about(PRODUCTION, made) == [
            f":large_yellow_circle: *smarthr360-production* (production) differs from Git, which is at `{made[:7]}`"
        ]
        assert delivered.slack.about(STAGING, made) == []


def test_nobody_else_is_told_and_nobody_anything_twice(delivered: Delivered, commit: str) -> None:
    told = delivered.slack.told()

    assert any(f"`{commit[:7]}`" in text for _, text in told)
    assert {channel for channel, _ in told} == {STAGING, PRODUCTION}
    # These channels are called like the Applications.
    assert [text for channel, text in told if f" *{channel}* (" not in text] == []
    assert [each for each in told if told.count(each) > 1] == []


def test_the_token_is_in_the_header_and_nowhere_else_in_a_message(delivered: Delivered, commit: str) -> None:
    assert delivered.slack.about(STAGING, commit)
    for message in delivered.slack.messages:
        headers = dict(message.headers)
        assert headers.pop("Authorization") == f"Bearer {TOKEN}"
        assert message.path == "/api/chat.postMessage"
        assert [value for value in (*headers.values(), message.body) if TOKEN in value] == []


def files_with(text: str, folder: Path) -> set[str]:
    """The files of a checkout, but the database of its cluster, in which a text stands, plainly or in base64."""
    wanted = (text.encode(), base64.b64encode(text.encode()))
    database = folder / ".local" / "cluster" / "etcd"
    found = set()
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file() or path.is_relative_to(database):
            continue
        # What runs there deletes files as well.
        with suppress(FileNotFoundError):
            if any(each in path.read_bytes() for each in wanted):
                found.add(str(path.relative_to(folder)))
    return found


def test_the_token_is_in_no_file(delivered: Delivered, commit: str) -> None:
    assert delivered.slack.about(STAGING, commit)
    root = delivered.checkout.root

    # What is no secret is where the token is not.
    assert files_with(delivered.slack.url, root) >= {
        "Pulumi.dev.yaml",
        ".local/stacks/Pulumi.dev.yaml",
        ".local/cluster/state/.pulumi/stacks/smarthr360/dev.json",
    }
    assert files_with(TOKEN, root) == {"tests/integration/gitops/delivered.py"}, "but where the tests make it up"


def test_the_token_is_in_one_secret_and_in_no_other_object(delivered: Delivered) -> None:
    encoded = base64.b64encode(TOKEN.encode()).decode()
    kinds = "$(kubectl api-resources --verbs=list --output=name | grep -vx secrets | paste -sd, -)"
    objects = delivered.checkout.shell(f"kubectl get {kinds} -A --show-managed-fields --output json 2>/dev/null")
    secrets = delivered.checkout.get("secrets", "-A")

    assert delivered.slack.url in objects
    assert TOKEN not in objects
    assert encoded not in objects
    holders = [secret["metadata"] for secret in secrets if encoded in json.dumps(secret)]
    assert [(found["namespace"], found["name"]) for found in holders] == [("argocd", "argocd-notifications-secret")]


def test_the_token_is_in_no_argument_list(delivered: Delivered) -> None:
    lines = [line for _, line in command_lines()]

    assert any(CONTROLLER in line and str(delivered.checkout.root) in line for line in lines)
    assert [line for line in lines if TOKEN in line] == []


@contextmanager
def told_of_degradations(delivered: Delivered) -> Iterator[None]:
    """Subscribe staging's channel to what the stack says to production's only."""
    key = "notifications.argoproj.io/subscribe.on-health-degraded.slack"
    annotate = f"kubectl annotate application {STAGING} -n argocd"
    delivered.checkout.shell(f"{annotate} {key}={STAGING}")
    try:
        yield
    finally:
        delivered.checkout.shell(f"{annotate} {key}-")


def certify(delivered: Delivered, ready: bool) -> None:
    """Have staging's certificate be there or be refused, as cert-manager would say it; wait until Argo CD sees it."""
    generation = delivered.get("certificate", "smarthr360-tls", STAGING)["metadata"]["generation"]
    condition = {
        "type": "Ready",
        "status": str(ready),
        "reason": "Tried",
        "message": "-",
        "observedGeneration": generation,
    }
    patch = json.dumps({"status": {"conditions": [{**condition, "lastTransitionTime": "2026-01-01T00:00:00Z"}]}})
    where = f"certificate smarthr360-tls -n {STAGING} --subresource status"
    delivered.checkout.shell(f"kubectl patch {where} --type merge -p '{patch}'")
    wanted = "Healthy" if ready else "Degraded"
    delivered.wait_until(wanted, lambda: delivered.application("staging")["status"]["health"]["status"] == wanted)


def test_what_breaks_again_at_the_same_revision_is_told_again(delivered: Delivered) -> None:
    def degraded() -> list[str]:
        return [text for text in delivered.slack.texts(STAGING) if text.startswith(":warning:")]

    revision = delivered.application("staging")["status"]["operationState"]["syncResult"]["revision"]
    with told_of_degradations(delivered):
        for times in (1, 2):
            certify(delivered, ready=False)
            delivered.wait_until("a message", lambda: len(degraded()) >= times)  # noqa: B023 - it is called here only
            # For as long as it is broken, nobody is told again.
            let_it_look_again(delivered, "on-health-degraded")
            assert len(degraded()) == times
            certify(delivered, ready=True)

    assert all(f"is degraded at `{revision[:7]}`" in text for text in degraded())
