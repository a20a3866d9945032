"""Which room may import which: the import contract of `make lint`."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stacks import ROOT

ROOMS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for room in ROOMS:
        python_only = shutil.ignore_patterns("__pycache__", "*.md", "*.json", "*.html", "*.yaml", "*.png")
        shutil.copytree(ROOT / room, folder / room, ignore=python_only)
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_contract_holds(copy: Path) -> None:
    finished = lint(copy)
    assert finished.returncode == 0, finished.stdout


@pytest.mark.parametrize(
    ("file", "imported", "sentence"),
    [
        ("manifests/objects.py", "snapshot.model", "manifests is not allowed to import snapshot"),
        ("manifests/objects.py", "components.settings", "manifests is not allowed to import components"),
        ("manifests/pods.py", "pulumi", "manifests is not allowed to import pulumi"),
        ("policy/rule.py", "review.model", "policy is not allowed to import review"),
        ("components/settings/app.py", "pulumi_kubernetes", "components.settings is not allowed to import pulumi_k"),
        ("stack_file/reading.py", "components.settings", "stack_file is not allowed to import components"),
    ],
)
def test_an_import_from_a_room_above_is_refused(copy: Path, file: str, imported: str, sentence: str) -> None:
    text = (copy / file).read_text()
    (copy / file).write_text(f"{text}\nimport {imported}\n")
    try:
        finished = lint(copy)
    finally:
        (copy / file).write_text(text)

    assert finished.returncode == 1
    assert sentence in " ".join(finished.stdout.split())


def test_the_contract_names_every_room() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {*ROOMS} <= {"ops"}


@pytest.mark.parametrize("module", sorted(path.stem for path in ROOT.glob("*.py") if path.stem != "__main__"))
def test_single_modules_import_no_room(module: str) -> None:
    imported = {name.partition(".")[0] for name in _imported(ROOT / f"{module}.py")}
    assert not imported & {*ROOMS}


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
