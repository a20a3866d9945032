"""`make check`: which tests are near to a change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.previews import commit, edit, git
from tools.dev import check

FILES = {
    "low.py": "",
    "room/__init__.py": "",
    "room/middle.py": "def late() -> None:\n    from low import x\n",
    "room/high.py": "import room.middle\n",
    "room/top.py": "from room import high\n",
    "alone.py": "",
    "Makefile": "",
    "tests/unit/test_low.py": "import low\n",
    "tests/unit/test_middle.py": "from room.middle import late\n",
    "tests/unit/test_top.py": "import room.top\n",
    "tests/unit/test_make.py": 'TEXT = "Makefile"\n',
    "tests/programs/test_slow.py": "import low\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "near"),
    [
        ("low.py", ["low", "middle"]),
        ("room/middle.py", ["middle"]),  # of the nearest, not of what is three imports away
        ("room/high.py", ["top"]),
        ("Makefile", ["make"]),
        ("tests/unit/test_top.py", ["top"]),
        ("alone.py", []),
    ],
)
def test_the_tests_that_import_a_file_or_name_it_are_near(root: Path, file: str, near: list[str]) -> None:
    assert check.tests(root, {file}) == [f"tests/unit/test_{name}.py" for name in near]


def test_where_none_is_near_the_nearest_is_run(root: Path) -> None:
    (root / "tests/unit/test_middle.py").unlink()
    assert check.tests(root, {"room/middle.py"}) == ["tests/unit/test_top.py"]


def test_a_module_that_is_gone_is_one_that_its_tests_still_import(root: Path) -> None:
    (root / "low.py").unlink()
    assert check.tests(root, {"low.py"}) == ["tests/unit/test_low.py", "tests/unit/test_middle.py"]


def test_what_differs_is_committed_or_not_or_new_but_not_what_the_base_has_got_since(root: Path) -> None:
    git(root, "checkout", "--quiet", "-b", "change")
    (root / "low.py").write_text("x = 1\n")
    commit(root)
    edit(root, {"Makefile": {"": "all:\n"}})
    (root / "new.py").write_text("")
    git(root, "checkout", "--quiet", "main", "--", "alone.py")
    assert check.changed(root, "main") == {"low.py", "Makefile", "new.py"}


@pytest.mark.parametrize(("broken", "code"), [(False, 0), (True, 1)])
def test_a_linter_or_a_test_that_fails_fails_the_check(
    root: Path, broken: bool, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "low.py").write_text("x = 1\n")
    asked: list[list[str]] = []
    real = subprocess.run

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        if command[0] == "git":
            return real(command, **options)  # type: ignore[call-overload, no-any-return]
        asked.append(command[2:])
        return subprocess.CompletedProcess(command, int(broken and command[2] == "ruff"))

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(check, "ROOT", root)
    monkeypatch.setattr(sys, "argv", ["check"])
    assert check.main() == code
    assert capsys.readouterr().out == "1 files differ from main; 2 files of unit tests are near to them\n"
    assert [command[0] for command in asked] == ["ruff", "ruff", "tools.dev.requirements", "pytest"]
    assert asked[-1][-2:] == ["tests/unit/test_low.py", "tests/unit/test_middle.py"]


def test_a_base_that_is_not_there_is_one_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "ROOT", root)
    monkeypatch.setattr(sys, "argv", ["check", "--base", "nowhere"])
    assert check.main() == 1
    assert capsys.readouterr().err.startswith("error: nowhere can't be compared with: fatal: ")
