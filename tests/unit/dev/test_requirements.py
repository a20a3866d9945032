"""What is installed: pinned with hashes, from the lists in pyproject.toml, and a cloud's SDK where it is needed."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.support.stacks import ROOT
from tools.dev import requirements, venv

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("pyproject.toml", *requirements.GROUPS):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_the_committed_files_are_what_pyproject_asks_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert requirements.main(["--check"]) == 0, "type `make requirements`"
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("file", "old", "new", "stale"),
    [
        ("pyproject.toml", "pydantic==", "pydantic-core==", [*requirements.GROUPS]),
        ("pyproject.toml", "pytest==", "pytest==9.", [*requirements.GROUPS]),
        ("pyproject.toml", '"pip==', '  "pip==', []),
        ("requirements.txt", "sha256:0", "sha256:1", ["requirements.txt"]),
        ("requirements-dev.txt", "\npytest==", "\npytest==9.", ["requirements-dev.txt"]),
    ],
)
def test_a_file_that_does_not_follow_is_stale(root: Path, file: str, old: str, new: str, stale: list[str]) -> None:
    edit(root / file, old, new)
    assert requirements.stale(root) == stale


def test_a_stale_file_is_reported_with_what_to_type(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(requirements, "ROOT", root)
    (root / "requirements.txt").unlink()
    assert requirements.main(["--check"]) == 1
    assert (
        capsys.readouterr().err == "requirements.txt is not what pyproject.toml asks for; type `make requirements`.\n"
    )


@pytest.mark.parametrize("name", requirements.GROUPS)
def test_every_package_has_one_version_with_hashes_and_no_file_names_a_registry(name: str) -> None:
    text = (ROOT / name).read_text()
    packages = re.findall(r"^(\S+)==\S+ (?:; .+ )?\\\n    --hash=sha256:", text, re.MULTILINE)
    assert packages == re.findall(r"^([^\s#]\S*?)==", text, re.MULTILINE) == sorted(set(packages))
    assert {"pip", "pulumi", "pulumi-aws", "pulumi-gcp", "pulumi-azure-native"} <= set(packages)
    assert "://" not in text
    assert "--index" not in text


def test_a_package_has_the_same_version_for_the_program_and_for_the_tests() -> None:
    program, tests = (
        {*re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.MULTILINE)} for name in requirements.GROUPS
    )
    assert program < tests


def test_each_cloud_adds_its_own_sdk_and_nothing_else_is_left_out_for_it() -> None:
    assert set(PROJECT["optional-dependencies"]) == set(venv.CLOUDS)
    text = (ROOT / "requirements.txt").read_text()
    chosen = venv.without(text, {"pulumi-aws", "pulumi-gcp"})
    left = {*re.findall(r"^\S+==\S+", text, re.MULTILINE)} - {*re.findall(r"^\S+==\S+", chosen, re.MULTILINE)}
    assert {package.partition("==")[0] for package in left} == {"pulumi-aws", "pulumi-gcp"}
    assert len(re.findall("--hash", chosen)) < len(re.findall("--hash", text))
    for package in left:
        assert f"via {package.partition('==')[0]}\n" not in text, (
            "what only a cloud's SDK needs is installed for nothing"
        )
