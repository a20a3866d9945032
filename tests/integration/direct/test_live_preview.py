"""`python -m review preview` on the real engine and the embedded cluster: what has changed there, and what would."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.checkout import NAMESPACES, Checkout

STACK = "dev"
NAMESPACE = NAMESPACES[STACK]
FORMATS = ("terminal", "markdown", "json", "html")
NOTHING = "Nothing changes in dev; nothing that Pulumi has applied has changed in the cluster."
PREVIEW = f".venv/bin/python -m review preview --stack {STACK}"

Found = dict[tuple[str, str], list[str]]
"""The fields that differ, by what happens and to which object."""


@pytest.fixture
def dev(running: Checkout) -> Iterator[Checkout]:
    """The running checkout, whose dev is afterwards as it was."""
    file = running.root / f"Pulumi.{STACK}.yaml"
    committed = file.read_text()
    yield running
    file.write_text(committed)
    running.run("make", "up", f"STACK={STACK}")


def preview(checkout: Checkout, code: int = 0) -> dict[str, Any]:
    """The report, as JSON."""
    output = checkout.root / ".local" / "report.json"
    printed = checkout.shell(f"{PREVIEW} --format json --output {output}", code=code)
    assert "Traceback" not in printed
    found: dict[str, Any] = json.loads(output.read_text())
    return found


def fields(changes: list[dict[str, Any]]) -> Found:
    return {
        (change["action"], f"{change['object']['kind']} {change['object']['name']}"): [
            field["path"] for field in change["fields"]
        ]
        for change in changes
    }


def edit(checkout: Checkout, old: str, new: str) -> None:
    file = checkout.root / f"Pulumi.{STACK}.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def kubectl(checkout: Checkout, command: str) -> None:
    checkout.shell(f"kubectl --namespace {NAMESPACE} {command}")


def test_nothing_is_said_to_change_and_to_have_changed(running: Checkout) -> None:
    assert NOTHING in running.run("make", "preview", f"STACK={STACK}")
    found = preview(running)
    assert (found["headline"], found["changes"], found["drift"]) == (NOTHING, [], [])
    assert {item["owner"] for item in found["objects"]} == {"Pulumi"}
    assert len(found["objects"]) > 40


def test_what_somebody_has_changed_is_told_apart_from_what_the_program_would_change(dev: Checkout) -> None:
    kubectl(dev, "scale deployment smarthr360-nginx --replicas=3")
    kubectl(dev, """patch configmap smarthr360-config --patch '{"data": {"LOG_LEVEL": "WARNING"}}'""")
    kubectl(dev, "label service smarthr360-api --overwrite app.kubernetes.io/part-of=something-else")
    kubectl(dev, "delete networkpolicy default-deny")
    kubectl(dev, "annotate service smarthr360-api beside=what-the-program-sets")

    found = preview(dev)
    drifted = {
        ("update", "Deployment smarthr360-nginx"): ["spec.replicas"],
        ("update", "ConfigMap smarthr360-config"): ["data.LOG_LEVEL"],
        ("update", "Service smarthr360-api"): ["metadata.labels[app.kubernetes.io/part-of]"],
        ("delete", "NetworkPolicy default-deny"): [],
    }
    assert (fields(found["drift"]), found["changes"]) == (drifted, [])
    assert found["headline"] == "Nothing changes in dev; somebody else has changed the cluster: 4 objects."
    (open_,) = [change for change in found["drift"] if change["object"]["kind"] == "NetworkPolicy"]
    assert [risk["rule"] for risk in open_["risks"]] == ["opens-network"]
    (replicas,) = [field for change in found["drift"] for field in change["fields"] if field["path"] == "spec.replicas"]
    assert (replicas["before"], replicas["after"]) == (1, 3)

    edit(dev, "    replicas: 1\n  smarthr360:storage", "    replicas: 2\n  smarthr360:storage")
    found = preview(dev)
    assert fields(found["drift"]) == drifted
    assert fields(found["changes"]) == {("update", "Deployment smarthr360-nginx"): ["spec.replicas"]}
    ((planned,),) = [change["fields"] for change in found["changes"]]
    assert (planned["before"], planned["after"]) == (1, 2)


def test_what_the_stack_file_changes_is_no_drift(dev: Checkout) -> None:
    edit(dev, "autoscaling: { min: 1, max: 3 }", "autoscaling: { min: 1, max: 4 }")

    found = preview(dev)
    assert found["drift"] == []
    assert fields(found["changes"]) == {("update", "HorizontalPodAutoscaler smarthr360-api"): ["spec.maxReplicas"]}
    shown = dev.run("make", "preview", f"STACK={STACK}")
    assert "spec.maxReplicas: 3 -> 4" in shown
    assert "maxReplicas: 3 => 4" in dev.shell(f"pulumi preview --diff --stack {STACK}")


def test_neither_value_of_a_secret_is_in_any_report(dev: Checkout) -> None:
    (secret,) = dev.get(f"secrets --namespace {NAMESPACE} --field-selector metadata.name=smarthr360-secrets")
    applied = base64.b64decode(secret["data"]["SECRET_KEY"]).decode()
    by_hand, by_program = "edited-by-hand-" + "x" * 50, "another-secret-key-" + "y" * 50
    kubectl(dev, f"""patch secret smarthr360-secrets --patch '{{"stringData": {{"SECRET_KEY": "{by_hand}"}}}}'""")
    own = dev.root / ".local" / "project" / f"Pulumi.{STACK}.yaml"
    kept = own.read_text()
    set_secret = (
        f"pulumi-engine config set --secret --path smarthr360:secrets.secretKey --stack {STACK} --cwd {own.parent}"
    )
    dev.shell(set_secret, stdin=by_program)
    try:
        found = preview(dev)
        everything = "".join(dev.shell(f"{PREVIEW} --format {name}") for name in FORMATS)
    finally:
        own.write_text(kept)

    for changes in (found["drift"], found["changes"]):
        (field,) = [
            field
            for change in changes
            if change["object"]["name"] == "smarthr360-secrets"
            for field in change["fields"]
        ]
        assert field == {"path": "data.SECRET_KEY", "secret": True, "before": "a secret", "after": "a secret"}
    assert everything.count("SECRET_KEY") >= 2 * len(FORMATS)
    for value in (applied, by_hand, by_program):
        assert value not in everything
        assert base64.b64encode(value.encode()).decode().rstrip("=")[:-2] not in everything


def test_what_keeps_it_from_working_is_told_in_a_sentence(dev: Checkout) -> None:
    def told(command: str, code: int = 2) -> list[str]:
        printed = dev.shell(command, code=code)
        assert "Traceback" not in printed
        return [line for line in printed.splitlines() if line.startswith(("error: ", "problem: "))]

    assert told(PREVIEW.replace(STACK, "nowhere")) == [
        "error: pulumi knows no stack nowhere; `pulumi stack ls --all` lists the existing ones, and "
        "`pulumi stack init nowhere` creates it"
    ]
    kubeconfig = dev.root / ".local" / "kubeconfig"
    kept = kubeconfig.read_text()
    kubeconfig.write_text(re.sub(r"https://127\.0\.0\.1:\d+", "https://127.0.0.1:1", kept))
    try:
        assert told(PREVIEW) == [
            f"error: the cluster of stack {STACK} can't be reached; start it (the embedded one with `make "
            "cluster-up`), or correct its kubeconfig"
        ]
    finally:
        kubeconfig.write_text(kept)

    locks = dev.root / ".local" / "cluster" / "state" / ".pulumi" / "locks" / "organization" / "smarthr360" / STACK
    locks.mkdir(parents=True, exist_ok=True)
    lock = locks / "somebody-elses.json"
    lock.write_text(
        json.dumps({"pid": 1, "username": "me", "hostname": "elsewhere", "timestamp": "2026-01-01T00:00:00Z"})
    )
    try:
        (sentence,) = told(PREVIEW)
    finally:
        lock.unlink()
    assert f"stack {STACK} is locked by process 1 on elsewhere" in sentence

    edit(dev, "    replicas: 1\n  smarthr360:storage", "    replicas: many\n  smarthr360:storage")
    edit(dev, "    tag: develop-4f2a9c1", "    tag: latest")
    problems = told(PREVIEW, code=1)
    assert len(problems) == 2
    assert all(f"problem: {STACK} can't be previewed: smarthr360:" in problem for problem in problems)
