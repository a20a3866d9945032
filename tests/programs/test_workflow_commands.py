"""Every command of a workflow, run here: GitHub's variables and files are made up, and so are GitHub and PyPI."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.github import TOKEN, github
from tests.support.previews import commit, edit, git
from tests.support.stacks import ROOT
from tests.support.workflows import Step, run, steps
from tools.dev import audit
from tools.engine import pins
from tools.engine.cache import Cache
from tools.render import CODE

ELSEWHERE = {
    "make lint": ".ci/run",
    "make test": ".ci/run",
    "make render-check": "tests/integration/test_render.py",
}
"""What takes minutes, or would run this test again, by what runs the very same command."""

VALUES = {
    "github.base_ref": "main",
    "github.event.pull_request.number": "7",
    "github.token": TOKEN,
    "matrix.stack": "dev",
    "vars.PULUMI_BACKEND_URL": "file:///nowhere",
    "secrets.KUBECONFIG": "not-a-real: kubeconfig",
    "secrets.PULUMI_ACCESS_TOKEN": "",
    "secrets.PULUMI_CONFIG_PASSPHRASE": "not-a-real-passphrase",
}
"""What GitHub puts in the place of an expression."""

COMMANDS = {step.run: step for step in steps() if step.run}
PREVIEW = [
    "make manifests",
    "make diff FORMAT=html OUTPUT=preview.html",
    "make diff FORMAT=markdown OUTPUT=preview.md",
    'cat preview.md >> "$GITHUB_STEP_SUMMARY"',
]
COMMENT = 'python3 -I ops/comment.py --pull-request "$NUMBER" --file "$RUNNER_TEMP/preview/preview.md"'
LIVE = [
    "make venv",
    '.venv/bin/python -m tools.engine --folders pulumi >> "$GITHUB_PATH"',
    'install -D -m 600 /dev/stdin ~/.kube/config <<< "$KUBECONFIG_CONTENT"',
    '.venv/bin/python -m review preview --stack "$STACK" --format markdown --output live.md',
    'cat live.md >> "$GITHUB_STEP_SUMMARY"',
]
TESTED = {*ELSEWHERE, "make coverage", "make audit", *PREVIEW, COMMENT, *LIVE}


TYPED = ("Makefile", "pyproject.toml", "requirements.txt", "requirements-dev.txt", ".gitleaks.toml")
"""What `make` needs of the project, besides code."""


def copy_to(root: Path, *names: str) -> Path:
    """Copy parts of the project; the virtual environment is that of these tests."""
    for name in (*TYPED, *names):
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    (root / ".venv").symlink_to(Path(sys.prefix))
    return root


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The program with one stack, committed on `main`."""
    packages = ("manifests", "ops", "policy", "review", "snapshot", "tools")
    root = copy_to(tmp_path / "checkout", *CODE, "Pulumi.yaml", "Pulumi.dev.yaml", *packages)
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(root))
    (root / ".git" / "info" / "exclude").write_text(".venv\n")
    commit(root)
    return root


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def done(
    command: str, root: Path, scratch: Path, more: Mapping[str, str] | None = None, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a step; `code` is what it must exit with."""
    found = run(COMMANDS[command], root, scratch, VALUES, more or {})
    assert found.returncode == code, f"{command}\n{found.stdout}\n{found.stderr}"
    return found


def test_every_command_is_run_by_a_test() -> None:
    assert set(COMMANDS) == TESTED, "a command that is new in a workflow, or gone: say here how it is run"


@pytest.mark.parametrize("command", ELSEWHERE)
def test_what_takes_long_is_run_elsewhere_as_it_stands_here(command: str) -> None:
    typed = (ROOT / ELSEWHERE[command]).read_text()
    words = command.split()
    planned = subprocess.run([*words, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert planned.returncode == 0, planned.stderr
    assert f"\n{command}\n" in typed or ", ".join(f'"{word}"' for word in words) in typed


def test_coverage_is_measured_of_what_no_test_imports_too(tmp_path: Path, scratch: Path) -> None:
    code = ("errors.py", "snapshot/__init__.py", "snapshot/model.py")
    root = copy_to(tmp_path / "checkout", "tools/__init__.py", "tools/dev/venv.py", "tests/__init__.py", *code)
    test = "from errors import UserError\n\n\ndef test_one() -> None:\n    assert str(UserError()) == ''\n"
    for folder in ("unit", "programs"):
        (root / "tests" / folder).mkdir()
    (root / "tests" / "unit" / "test_one.py").write_text(test)

    assert "1 passed" in done("make coverage", root, scratch).stdout
    measured = dict(re.findall(r'filename="(.+?)".* line-rate="(.+?)"', (root / "coverage.xml").read_text()))
    assert (measured["errors.py"], measured["snapshot/model.py"]) == ("1", "0")
    assert not any(name.startswith(("tests/", ".venv/")) for name in measured)


def test_an_audit_finds_secrets_of_any_commit_and_known_vulnerabilities(checkout: Path, scratch: Path) -> None:
    secret = "ghp_" + "Wk3vT9xQ2mB7nL4cR8sY1dF6gH0jP5aZ3eUt"
    staged = Step("", "", {"run": ".venv/bin/python -m tools.dev.audit --staged"}, {})
    asked = "import os, sys\nprint(*sys.argv[1:])\nsys.exit(bool(os.environ.get('VULNERABLE')))\n"
    (checkout / "pip_audit.py").write_text(asked)  # in the place of the one that asks PyPI
    with (checkout / ".git" / "info" / "exclude").open("a") as file:
        file.write("pip_audit.py\n")
    clean = done("make audit", checkout, scratch)
    done("make audit", checkout, scratch, {"VULNERABLE": "yes"}, code=2)
    (checkout / "notes.txt").write_text(f"token = {secret}\n")
    git(checkout, "add", "notes.txt")
    refused = run(staged, checkout, scratch, VALUES, {})
    commit(checkout)
    (checkout / "notes.txt").unlink()
    commit(checkout)
    bad = done("make audit", checkout, scratch, code=2)

    assert f"--require-hashes --disable-pip --requirement {checkout / 'requirements-dev.txt'}\n" in clean.stdout
    assert "--strict" in clean.stdout
    assert refused.returncode == 1
    for found in (refused, bad):
        assert "notes.txt" in found.stdout
        assert secret not in found.stdout + found.stderr


def test_an_audit_that_can_t_ask_pypi_fails_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")

    assert audit.vulnerabilities(ROOT / "requirements-dev.txt") == 1
    told = capsys.readouterr().err
    assert told.startswith("error: PyPI can't be asked for advisories (")
    assert "onnection" in told  # and not what is in the file
    assert told.count("\n") == 1


def test_a_pull_request_gets_the_page_the_summary_and_one_comment_even_where_it_breaks_a_policy(
    checkout: Path, scratch: Path
) -> None:
    manifests, page, text, summary = PREVIEW
    git(checkout, "checkout", "--quiet", "-b", "change")
    edit(checkout, {"Pulumi.dev.yaml": {"replicas: 1": "replicas: 3"}})
    commit(checkout)
    done(manifests, checkout, scratch)
    done(page, checkout, scratch)
    edit(checkout, {"components/workloads/parts/pod.py": {"privilege_escalation=False": "privilege_escalation=True"}})
    commit(checkout)
    done(text, checkout, scratch, code=2)
    done(summary, checkout, scratch)
    report = (checkout / "preview.md").read_text()

    assert "<html" in (checkout / "preview.html").read_text()
    assert "Policies that stop the deployment" in report
    assert "main (" in report
    assert (scratch / "step_summary").read_text() == report

    base = scratch / "base"  # another machine, with the base's files and the artifact
    git(checkout, "worktree", "add", "--quiet", str(base), "main")
    (scratch / "preview").mkdir()
    shutil.copy(checkout / "preview.md", scratch / "preview")
    with github() as host:
        environment = host.environment()
        del environment["GITHUB_TOKEN"]  # the step has it from an expression
        for _ in range(2):
            done(COMMENT, base, scratch, environment)
        [comment] = host.bodies(7)

    assert "actions/runs/5" in comment
    assert comment.splitlines()[0] == report.splitlines()[0]


def test_a_live_preview_asks_the_pinned_engine_with_the_credentials_of_the_stack(
    checkout: Path, scratch: Path, tmp_path: Path
) -> None:
    venv, engine, kubeconfig, preview, summary = LIVE
    for tool in pins.read().of(("pulumi",)):  # a stand-in, as if it had been installed before
        folder = Cache(tmp_path / "cache" / "smarthr360-platform").folder(tool)
        folder.mkdir(parents=True)
        for name in tool.files:
            (folder / name).write_text('#!/bin/sh\necho "$PULUMI_BACKEND_URL $*" >> "$HOME/asked"\n')
            (folder / name).chmod(0o755)
    done(venv, checkout, scratch)
    done(engine, checkout, scratch, {"XDG_CACHE_HOME": str(tmp_path / "cache")})
    done(kubeconfig, checkout, scratch)
    config = scratch / ".kube" / "config"
    path = [*(scratch / "path").read_text().split(), str(Path(sys.executable).parent), os.environ["PATH"]]

    assert (config.read_text(), config.stat().st_mode & 0o777) == ("not-a-real: kubeconfig\n", 0o600)
    assert Path(shutil.which("pulumi", path=os.pathsep.join(path)) or "").is_relative_to(tmp_path / "cache")
    done(preview, checkout, scratch, {"PATH": os.pathsep.join(path)})
    done(summary, checkout, scratch)
    asked = (scratch / "asked").read_text().splitlines()
    assert all(line.startswith("file:///nowhere ") and " --stack dev " in line for line in asked)
    assert "Nothing changes in dev" in (scratch / "step_summary").read_text()
