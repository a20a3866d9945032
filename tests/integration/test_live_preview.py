"""`python -m ops preview` on the real engine and the embedded cluster: what somebody has changed, and what would change."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.checkout import NAMESPACES, Checkout

pytestmark = pytest.mark.integration

STACK = "dev"
NAMESPACE = NAMESPACES[STACK]
NOTHING = "Nothing changes in dev; the cluster is as it was applied."
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
