"""What is typed after `make` is handed on as a text: neither make nor a shell runs what is in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.stacks import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
TYPED = re.search(r"^TYPED := (.+)$", MAKEFILE, re.MULTILINE)
TARGETS = {
    "STACK": "inventory",
    "CONFIRM": "destroy",
    "KEY": "explain",
    "DELIVERY": "up",
    "BASE": "diff",
    "HEAD": "diff",
    "FORMAT": "diff",
    "OUTPUT": "diff",
    "CLOUD": "preview-cloud",
    "PRUNE": "sync",
}
VALUES = [
    "$(shell touch hurt)",
    "$$(shell touch hurt)",
    "${shell touch hurt}",
    "$(eval $(shell touch hurt))",
    "$(touch hurt)",
    "`touch hurt`",
    "'; touch hurt; '",
    '"; touch hurt; "',
    "a$$b $x %# \\",
    "$(STACK)",
    "$",
]
STAND_IN = """#!/bin/sh
for name in STACK CONFIRM KEY DELIVERY BASE HEAD CLOUD FORMAT OUTPUT PRUNE; do
  eval "printf '%s=%s\\n' $name \\"\\$$name\\""
done
printf 'argument=%s\\n' "$@"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(STAND_IN)
    python.chmod(0o755)
    return tmp_path


def make(folder: Path, target: str, given: dict[str, str], how: str) -> list[str]:
    """Run make with a value typed after it, or in its environment; what a command of ours is told."""
    typed = [f"{name}={value}" for name, value in given.items()] if how == "typed" else []
    done = subprocess.run(
        ["make", "--no-print-directory", target, "PYTHON=true", *typed],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **(given if how == "environment" else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_variable_that_a_person_may_set_is_taken_as_it_is_typed() -> None:
    assert TYPED
    told = set(re.findall(r"\b([A-Z]+)=", "".join(re.findall(r"## .*", MAKEFILE))))
    read = set(re.findall(r'"\$\$([A-Z]+)"', MAKEFILE)) | set(re.findall(r"\$\(if \$\(([A-Z]+)\)", MAKEFILE))

    assert set(TYPED[1].split()) == set(TARGETS) == told | read | {"CONFIRM"}


@pytest.mark.parametrize("how", ["typed", "environment"])
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_that_is_typed_is_run_and_all_of_it_arrives(name: str, how: str, folder: Path) -> None:
    for value in VALUES:
        told = make(folder, TARGETS[name], {name: value}, how)

        assert not (folder / "hurt").exists(), value
        assert f"{name}={value}" in told
        assert "argument=-m" in told
        if name != "PRUNE":
            assert f"argument={value}" in told


def test_a_stack_that_is_not_named_is_dev_and_one_in_the_environment_is_taken(folder: Path) -> None:
    assert "argument=dev" in make(folder, "inventory", {}, "typed")
    assert "argument=staging" in make(folder, "inventory", {"STACK": "staging"}, "environment")
    assert "argument=--base" not in make(folder, "diff", {}, "typed")


def test_what_make_hands_to_another_make_is_not_run_either(folder: Path) -> None:
    (folder / ".local").mkdir()
    told = make(folder, "clean", {"BASE": "$(shell touch hurt)"}, "typed")

    assert not (folder / "hurt").exists()
    assert "BASE=$(shell touch hurt)" in told


@pytest.mark.parametrize(
    ("target", "commands"),
    [
        ("fix", ["ruff check --fix --quiet .", "ruff format --quiet .", "tools.pages"]),
        ("check", ["tools.dev.check"]),
        ("calendar", ["tools.explain --stack dev --calendar"]),
        ("requirements", ["tools.dev.requirements"]),
    ],
)
def test_a_target_runs_its_commands_in_order(target: str, commands: list[str], folder: Path) -> None:
    told = [
        line.removeprefix("argument=") for line in make(folder, target, {}, "typed") if line.startswith("argument=")
    ]
    assert " ".join(told) == " ".join(f"-m {command}" for command in commands)
