"""Every bad stack file, through the real engine: each fault one sentence, and nothing is made."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.bad_stacks import BAD_STACKS, BadStack
from tests.integration.checkout import Checkout
from tests.stacks import NAMESPACE, Secret

pytestmark = pytest.mark.integration


class Engine:
    """Runs `pulumi up` on configurations that no command of ours would write.

    Args:
        checkout: whose program and backend are used.
    """

    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout
        self._project = checkout.root / ".local" / "project"
        self._encrypted: dict[str, Any] = {}
        self._checkout.shell(f"pulumi-engine stack init bad --no-select --cwd {self._project}")

    def up(self, config: dict[str, object]) -> str:
        """What `pulumi up` says; it has to fail."""
        values = {f"{NAMESPACE}{key}": self._encrypt(value) for key, value in config.items()}
        path = self._project / "bad-config.yaml"
        path.write_text(yaml.safe_dump({**self._stack_file(), "config": values}, sort_keys=False))
        up = f"pulumi-engine up --yes --skip-preview --stack bad --config-file {path}"
        return self._checkout.shell(up, code=None)

    def _stack_file(self) -> dict[str, Any]:
        content: dict[str, Any] = yaml.safe_load((self._project / "Pulumi.bad.yaml").read_text())
        return content

    def _encrypt(self, value: object) -> object:
        if isinstance(value, Secret):
            if value.text not in self._encrypted:
                command = f"pulumi-engine config set --secret value --stack bad --cwd {self._project}"
                self._checkout.shell(command, stdin=value.text)
                self._encrypted[value.text] = self._stack_file()["config"][f"{NAMESPACE}value"]
            return self._encrypted[value.text]
        if isinstance(value, dict):
            return {key: self._encrypt(inner) for key, inner in value.items()}
        return [self._encrypt(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def engine(running: Checkout) -> Engine:
    return Engine(running)


def test_there_are_forty_or_more() -> None:
    assert len(BAD_STACKS) >= 40


@pytest.mark.parametrize("bad", BAD_STACKS, ids=lambda bad: bad.id)
def test_a_bad_stack_is_refused_by_the_engine_before_anything_is_made(
    engine: Engine, running: Checkout, bad: BadStack
) -> None:
    output = engine.up(bad.config)

    # Pulumi shows a fault while it runs, and again, once, in its closing list.
    said = " ".join((output.partition("Diagnostics:")[2] or output).split())
    expected = (f"Stack 'bad' {bad.engine}",) if bad.engine else bad.errors
    for sentence in expected:
        assert said.count(" ".join(sentence.split())) == 1, output
    assert "Traceback" not in output
    resources = running.state("bad")["checkpoint"]["latest"].get("resources", [])
    assert {entry["type"] for entry in resources} <= {"pulumi:pulumi:Stack"}
