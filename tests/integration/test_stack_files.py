"""What our reader of stack files makes of them is what the engine does, by the engine's own `pulumi config --json`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

import stack_file
from errors import UserError
from tests.integration.checkout import Checkout
from tests.support.made_up_yaml import entries
from tools.engine import ensure

WANTED = 2_000
"""Made-up scalars that are read; beside them, some are refused."""

AT_ONCE = 250


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The engine with a stack of its own."""
    return Engine(tmp_path_factory.mktemp("engine"))


class Engine:
    """Asks the engine what a stack file says.

    Args:
        folder: where the project and its state are made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pulumi = str(ensure("pulumi")["pulumi"])
        (folder / "Pulumi.yaml").write_text("name: smarthr360\nruntime: python\n")
        (folder / "state").mkdir()
        self.ask("stack", "init", "x", "--no-select")

    def ask(self, *arguments: str) -> str | None:
        """What it prints; None where it refuses."""
        own = {
            "HOME": str(self._folder),
            "PULUMI_HOME": str(self._folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self._folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "not-a-real-passphrase",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        done = subprocess.run(
            [self._pulumi, *arguments],
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], **own},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout if done.returncode == 0 else None

    def read(self, content: str) -> dict[str, object] | None:
        """What a stack file says, by full key; None where the engine refuses it."""
        (self._folder / "Pulumi.x.yaml").write_bytes(content.encode())
        printed = self.ask("config", "--json", "--stack", "x")
        if printed is None:
            return None
        return {key: found.get("objectValue", found["value"]) for key, found in json.loads(printed).items()}


def ours(content: str) -> dict[str, object]:
    """What our reader makes of a stack file, in the form in which the engine prints it."""
    found = stack_file.parse(content.encode(), "Pulumi.x.yaml")
    return {key: value if isinstance(value, dict | list) else found.texts[key] for key, value in found.config.items()}


def written(sources: list[str]) -> str:
    return "config:\n" + "".join(sources)


def refusal(source: str) -> str:
    """The sentence with which our reader refuses an entry; "" where it does not."""
    try:
        ours(written([source]))
    except UserError as error:
        return str(error)
    return ""


def test_made_up_scalars_in_made_up_places_are_read_as_the_engine_reads_them(engine: Engine) -> None:
    accepted: list[str] = []
    refused: list[str] = []
    for _, source in entries(2 * WANTED, seed=1):
        (refused if refusal(source) else accepted).append(source)
        if len(accepted) == WANTED:
            break
    assert len(accepted) == WANTED

    for start in range(0, WANTED, AT_ONCE):
        batch = accepted[start : start + AT_ONCE]
        if as_json(ours(written(batch))) != as_json(engine.read(written(batch))):
            # One by one, to name it.
            for source in batch:
                assert as_json(ours(written([source]))) == as_json(engine.read(written([source]))), source

    for said in map(refusal, refused):
        assert ", line " in said or "characters that YAML forbids" in said
    # What is refused though the engine reads it is rare: dates, tags, numbers as keys, digits that would be lost.
    sample = refused[:40]
    strict = [source for source in sample if engine.read(written([source])) is not None]
    assert len(strict) < len(sample) / 2, strict


def test_what_is_written_is_read_by_the_engine_as_by_us_with_its_quotes(engine: Engine) -> None:
    config: dict[str, object] = {}
    for _, source in entries(600, seed=2):
        try:
            config |= stack_file.parse(written([source]).encode(), "Pulumi.x.yaml").config
        except UserError:
            continue
    config = dict(list(config.items())[:300]) | {"smarthr360:images": {"tag": "1234e56", "0o17": ["0891234", "yes"]}}
    content = stack_file.dump({"config": config})
    assert as_json(engine.read(content)) == as_json(ours(content))
    read = engine.read(content)
    assert read is not None
    assert read["smarthr360:images"] == {"tag": "1234e56", "0o17": ["0891234", "yes"]}


def as_json(value: object) -> str:
    """Numbers and truth apart, which Python calls equal."""
    return json.dumps(value, sort_keys=True)


def test_a_secret_that_is_typed_in_make_env_goes_to_this_machines_own_file(tmp_path: Path) -> None:
    checkout = Checkout.copy_to(tmp_path)
    committed = (checkout.root / "Pulumi.dev.yaml").read_bytes()
    own = checkout.root / ".local" / "project" / "Pulumi.dev.yaml"

    checkout.shell("pulumi config set --path --secret smarthr360:secrets.sentryDsn hunter2-hunter2 --stack dev")
    plain = checkout.shell("pulumi config set --path smarthr360:secrets.dbUser hunter2-hunter2 --stack dev", code=None)
    elsewhere = checkout.shell("pulumi config set --secret smarthr360:namespace hunter2-hunter2 -s dev", code=None)

    assert "add --secret" in plain
    assert "leave out --secret" in elsewhere
    assert (checkout.root / "Pulumi.dev.yaml").read_bytes() == committed
    found = stack_file.read(own)
    assert found.entries["secrets.sentryDsn"].value.keys() == {"secure"}  # type: ignore[attr-defined]
    assert "hunter2" not in own.read_text()
    told = checkout.shell("pulumi config get --path smarthr360:secrets.sentryDsn --stack dev")
    assert "hunter2-hunter2" in told.splitlines()

    checkout.shell("pulumi config rm --path smarthr360:secrets.sentryDsn --stack dev")
    checkout.shell("pulumi config set --path smarthr360:nginx.replicas 2 --stack dev")
    assert "secrets.sentryDsn" not in stack_file.read(own).entries
    edited = stack_file.read(checkout.root / "Pulumi.dev.yaml")
    assert edited.entries["nginx.replicas"].value == 2
    assert not {"secrets", "encryptionsalt"} & {*edited.own, *edited.provider}
