"""What the program asks for in this process is what the real API server was sent, object by object, in all stacks."""

from __future__ import annotations

import json
import runpy
from collections.abc import Mapping
from typing import Any

import pytest

from manifests.fingerprints import Fingerprints
from snapshot import in_process
from snapshot.derived import derived_objects
from snapshot.in_process import Registered, plain
from snapshot.model import Snapshot
from snapshot.requested import objects
from tests.integration.checkout import NAMESPACES, Checkout
from tests.support.managed_fields import Fields, applied, differences

STACKS = ("dev", "staging", "production")

Key = tuple[str, str, str]
"""Kind, namespace and name."""


def registered(checkout: Checkout, stack: str) -> list[Registered]:
    """What the program asks for in this process, with the secrets that this checkout has made up."""
    shown = checkout.shell(
        f"pulumi config --json --show-secrets --stack {stack} --config-file .local/stacks/Pulumi.{stack}.yaml"
    )
    config: Mapping[str, Mapping[str, Any]] = json.loads(shown)
    return in_process.run(
        lambda: runpy.run_path(str(checkout.root / "__main__.py"), run_name="__main__"),
        stack,
        {key: entry["value"] for key, entry in config.items()},
        {key for key, entry in config.items() if entry["secret"]},
    )


def asked(checkout: Checkout, stack: str) -> dict[Key, dict[str, Any]]:
    """The same as manifests."""
    manifests = [plain(entry.inputs) for entry in registered(checkout, stack) if "kind" in entry.inputs]
    return {key_of(manifest): manifest for manifest in manifests}


def key_of(item: Mapping[str, Any]) -> Key:
    return item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


@pytest.fixture(scope="module")
def sent(running: Checkout) -> dict[Key, tuple[dict[str, Any], Fields]]:
    """Every object of the cluster of which Pulumi has applied something, and which of its fields."""
    kinds = ",".join(running.shell("kubectl api-resources --verbs=list --output name").split())
    # Not with its warnings that some kinds are deprecated.
    output = running.shell(f"kubectl get {kinds} --all-namespaces --show-managed-fields --output json 2>/dev/null")
    items = json.loads(output)["items"]
    return {key_of(item): (item, fields) for item in items if (fields := applied(item)) is not None}


def test_every_object_that_is_asked_for_was_sent_and_none_else(
    running: Checkout, sent: dict[Key, tuple[dict[str, Any], Fields]]
) -> None:
    found = [key for stack in STACKS for key in asked(running, stack)]

    assert sorted(sent) == sorted(found)
    assert len(found) > 100


@pytest.mark.parametrize("stack", STACKS)
def test_every_field_that_is_asked_for_was_sent_with_this_value_and_none_else(
    stack: str, running: Checkout, sent: dict[Key, tuple[dict[str, Any], Fields]]
) -> None:
    found = {
        " ".join(key): wrong
        for key, manifest in asked(running, stack).items()
        if key in sent and (wrong := differences(manifest, *sent[key]))
    }
    assert found == {}


@pytest.mark.parametrize("stack", STACKS)
def test_what_nobody_has_sent_is_what_an_inventory_says_that_controllers_make(stack: str, running: Checkout) -> None:
    kinds = "configmaps,persistentvolumeclaims,secrets,serviceaccounts"
    items = running.get(kinds, "--namespace", NAMESPACES[stack], "--show-managed-fields")
    snapshot = Snapshot(stack, "HEAD", objects(registered(running, stack), stack, Fingerprints(b"k" * 32), stack))

    assert {key_of(item) for item in items if applied(item) is None} == {
        (item.kind, item.namespace, item.name)
        for item in derived_objects(snapshot)
        if item.controller != "cert-manager"  # the embedded cluster's stand-in makes no Secret
    }
