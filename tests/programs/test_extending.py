"""The worked examples of docs/extending.md: both diffs fit the code, and what they add does what the page says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.stacks import ROOT

PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
DIFFS = re.findall(r"^```diff\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def run(folder: Path, *command: str, text: str = "") -> str:
    done = subprocess.run(command, cwd=folder, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nbring docs/extending.md up to the code"
    return done.stdout


def test_both_examples_can_be_applied_and_pass_their_own_tests_and_those_of_the_pages(tmp_path: Path) -> None:
    files = run(ROOT, "git", "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for file in files:
        if (ROOT / file).is_file() and not file.startswith("rendered/"):
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, tmp_path / file)
    for diff in DIFFS:
        run(tmp_path, "git", "apply", "-p0", "-", text=diff)
    tests = sorted(set(re.findall(r"^\+\+\+ (tests/\S+)", "".join(DIFFS), re.MULTILINE)))
    assert len(tests) == len(DIFFS) == 2
    assert not [test for test in tests if (ROOT / test).exists()]

    run(tmp_path, sys.executable, "-m", "tools.pages")
    reference, schema = ((tmp_path / "docs" / name).read_text() for name in ("configuration.md", "stack-schema.json"))
    for key in ("worker.prefetch", "flower.resources.cpu.limit"):
        assert f"| `{key}` |" in reference
        assert f'"{key.split(".")[1]}"' in schema
    pages = "tests/unit/pages/test_configuration.py"  # that Pulumi.yaml says the same, among others
    passed = run(tmp_path, sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *tests, pages)
    assert re.search(r"\b(3[0-9]|[4-9][0-9]) passed", passed)

    with (tmp_path / "Pulumi.dev.yaml").open("a") as stack_file:
        stack_file.write("  smarthr360:flower: {resources: {cpu: {request: 50m, limit: 250m}, ")
        stack_file.write("memory: {request: 128Mi, limit: 512Mi}}}\n")
    inventory = run(tmp_path, sys.executable, "-m", "review", "inventory", "--stack", "dev", "--format", "json")
    assert '"smarthr360-flower"' in inventory
    assert json.loads(inventory)["violations"] == []
