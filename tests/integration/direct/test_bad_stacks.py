"""Bad stack files through the real engine, some of each kind: each fault one sentence, and nothing is made.

The unit tests give all of tests/support/bad_stacks.py to the settings. What the engine adds is the same for a kind:
whether its own check of types comes first, how it prints what the program says,
and what it does with what is encrypted.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

import pytest
import yaml

from tests.integration.checkout import Checkout
from tests.support.bad_stacks import BAD_STACKS, PLAIN_SECRETS, BadStack
from tests.support.stacks import NAMESPACE, Secret, secrets

KINDS = {
    "refused by the engine's own check of types": [
        "a whole section that is text",
        "an environment that is an object",
        "all secrets in one text",
    ],
    "one sentence": ["a misspelled key", "a floating image"],
    "what is missing": ["no cluster and no secrets, as committed"],
    "several at once": ["windows with faults of their own", "one fault of every sort"],
    "secrets": [
        "a short and an empty secret",
        "a secret with a line break",
        "secrets in plain text",
        "a secret in the wrong place",
    ],
    "rules of an environment": ["production that syncs by itself by default", "messages to Slack without its token"],
}
BY_ID = {bad.id: bad for bad in BAD_STACKS}
SAMPLE = [BY_ID[id_] for ids in KINDS.values() for id_ in ids]


class Engine:
    """Runs `pulumi up` on configurations that no command of ours would write.

    Args:
        checkout: whose program and backend are used; nothing of it has to run.
        texts: every secret in these configurations.
    """

    def __init__(self, checkout: Checkout, texts: Iterable[str]) -> None:
        self._checkout = checkout
        # A folder of its own, as the engine writes what it encrypts into the stack file beside Pulumi.yaml.
        self._project = checkout.root / ".local" / "bad"
        self._project.mkdir(parents=True)
        (self._project / "Pulumi.yaml").write_text("name: smarthr360\nruntime: python\n")
        self._checkout.shell(f"pulumi-engine stack init bad --no-select --cwd {self._project}")
        keys = {text: f"secret-{number}" for number, text in enumerate(sorted(set(texts)))}
        values = " ".join(f"--secret {shlex.quote(f'{key}={text}')}" for text, key in keys.items())
        self._checkout.shell(f"pulumi-engine config set-all --stack bad --cwd {self._project} {values}")
        self._stack_file: dict[str, Any] = yaml.safe_load((self._project / "Pulumi.bad.yaml").read_text())
        self._encrypted = {text: self._stack_file["config"][f"{NAMESPACE}{key}"] for text, key in keys.items()}

    def up(self, config: dict[str, object]) -> str:
        """What `pulumi up` says; it has to fail."""
        values = {f"{NAMESPACE}{key}": self._encrypt(value) for key, value in config.items()}
        path = self._project / "bad-config.yaml"
        path.write_text(yaml.safe_dump({**self._stack_file, "config": values}, sort_keys=False))
        up = f"pulumi-engine up --yes --skip-preview --stack bad --config-file {path}"
        return self._checkout.shell(up, code=None)

    def _encrypt(self, value: object) -> object:
        if isinstance(value, Secret):
            return self._encrypted[value.text]
        if isinstance(value, dict):
            return {key: self._encrypt(inner) for key, inner in value.items()}
        return [self._encrypt(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def engine(checkout: Checkout) -> Engine:
    return Engine(checkout, (text for bad in SAMPLE for text in secrets(bad.config)))


@pytest.mark.parametrize("bad", SAMPLE, ids=lambda bad: bad.id)
def test_a_bad_stack_is_refused_by_the_engine_before_anything_is_made(
    engine: Engine, checkout: Checkout, bad: BadStack
) -> None:
    output = engine.up(bad.config)

    # Pulumi shows a fault while it runs, and again, once, in its closing list.
    said = " ".join((output.partition("Diagnostics:")[2] or output).split())
    expected = (f"Stack 'bad' {bad.engine}",) if bad.engine else bad.errors
    for sentence in expected:
        assert said.count(" ".join(sentence.split())) == 1, output
    assert "Traceback" not in output
    assert [text for text in (*secrets(bad.config), *PLAIN_SECRETS.values()) if text and text in output] == []
    resources = checkout.state("bad")["checkpoint"]["latest"].get("resources", [])
    assert {entry["type"] for entry in resources} <= {"pulumi:pulumi:Stack"}
