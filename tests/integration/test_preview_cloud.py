"""`make preview-cloud`: what a stack file says of a cloud is what is shown, on the real engine, with no cloud."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.checkout import Checkout
from tests.support.stacks import NAMESPACE
from tools.embedded.clouds.stack import KINDS, made_up


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout.copy_to(tmp_path)


def preview(checkout: Checkout, kind: str, config: dict[str, Any], code: int | None = 0) -> str:
    """Preview staging with more keys in its stack file."""
    file = checkout.root / "Pulumi.staging.yaml"
    content = yaml.safe_load(file.read_text())
    content["config"] |= {f"{NAMESPACE}{key}": value for key, value in config.items()}
    file.write_text(yaml.safe_dump(content))
    return checkout.run("make", "preview-cloud", "STACK=staging", f"CLOUD={kind}", code=code)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cluster_that_is_not_there_is_one_sentence(checkout: Checkout, kind: str) -> None:
    named = {key: value for key, value in made_up(kind, "staging").items() if key != "create"}

    output = preview(checkout, kind, {"cluster": {kind: named}}, code=None)

    assert "Traceback" not in output
    assert f"error: smarthr360:cluster.{kind}.name: smarthr360-staging can't be looked up (" in output
    assert f"or one to make, by smarthr360:cluster.{kind}.create" in output


def test_add_ons_and_the_source_of_secrets_are_those_of_the_stack_file(checkout: Checkout) -> None:
    output = preview(checkout, "eks", {"externalSecrets": {"store": "cloud"}, "addons": {"externalSecrets": True}})

    assert " 1 SecretStore" in output or " 1 ClusterSecretStore" in output
    assert re.search(r"\d ExternalSecret", output)
    assert "staging on EKS in " in output
    assert re.search(r"^nodes +\d+ to \d+ +\S+ \(\d+ CPUs\), disk \d+ GiB +[\d,]+ to [\d,]+$", output, re.MULTILINE)
    assert "List prices of Northern Virginia" in output
    assert len(output.splitlines()) < 60
    assert "warning" not in output
    assert not [name for name in ("gcp", "azure") if name in output]
