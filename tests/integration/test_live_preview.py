"""`python -m ops preview` on the real engine and the embedded cluster: what has changed there, and what would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.checkout import NAMESPACES, Checkout

pytestmark = pytest.mark.integration

STACK = "dev"
NAMESPACE = NAMESPACES[STACK]
NOTHING = "Nothing changes in dev; nothing that Pulumi has applied has changed in the cluster."
PREVIEW = f".venv/bin/python -m ops preview --stack {STACK}"

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
    kubectl(dev, 'patch configmap smarthr360-config --patch \'{"data": {"LOG_LEVEL": "WARNING"}}\'')
    kubectl(dev, "annotate service smarthr360-api --overwrite planted=by-hand")
    kubectl(dev, "delete serviceaccount smarthr360-sa")

    found = preview(dev)
    assert found["changes"] == []
    drifted = {
        ("update", "Deployment smarthr360-nginx"): ["spec.replicas"],
        ("update", "ConfigMap smarthr360-config"): ["data.LOG_LEVEL"],
        ("delete", "ServiceAccount smarthr360-sa"): [],
    }
    assert fields(found["drift"]) == drifted
    (replicas,) = [field for change in found["drift"] for field in change["fields"] if field["path"] == "spec.replicas"]
    assert (replicas["before"], replicas["after"]) == (1, 3)

    edit(dev, "DEBUG", "ERROR")
    found = preview(dev)
    assert fields(found["drift"]) == drifted
    (changed,) = found["changes"]
    assert changed["object"]["name"] == "smarthr360-config"
