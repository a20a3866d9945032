"""What people type: `python -m review diff` and `python -m review inventory`."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import policy
from errors import UserError
from manifests.fingerprints import Fingerprints
from policy.violation import Violation
from review import __main__ as command
from review import build_report, commands
from review.model import Report
from snapshot import requested
from snapshot.derived import derived_objects
from snapshot.model import Snapshot
from snapshot.revision import WORK_TREE
from tests.support.previews import KEY, commit, copy_to, edit, git
from tests.support.stacks import ROOT

OLD, NEW = "b2xkLWNpcGhlcnRleHQtb2YtYS1wYXNzd29yZA==", "bmV3LWNpcGhlcnRleHQtb2YtYS1wYXNzd29yZA=="
FORMATS = ("terminal", "markdown", "json", "html")
BROKEN = Violation("staging", "a-policy", True, "Deployment smarthr360-api", "is not good; mend it")


@pytest.fixture(autouse=True)
def no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the policies say of our stacks is tested elsewhere."""
    monkeypatch.setattr(policy, "check", lambda _: [])


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program, committed on `main`, where we are."""
    root = copy_to(tmp_path / "program")
    commit(root)
    monkeypatch.chdir(root)
    return root


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What a change of an image and a secret does in staging."""
    root = copy_to(tmp_path_factory.mktemp("report") / "program")
    before = requested.snapshot(root, "staging", "main", KEY)
    edit(root, {"Pulumi.staging.yaml": {OLD: NEW, "tag: staging-4f2a9c1": "tag: staging-0000000"}})
    return build_report.report("main", WORK_TREE, [before], [requested.snapshot(root, "staging", WORK_TREE, KEY)])


@pytest.fixture
def found(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both commands find this report, at once."""
    monkeypatch.setattr(commands, "between", lambda *_: report)
    monkeypatch.setattr(commands, "inventory", lambda *_: replace(report, base="", changes=()))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command.app, arguments)


def told(*arguments: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What goes to the error stream where a person has to mend something."""
    monkeypatch.setattr(sys, "argv", ["ops", *arguments])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


def test_a_change_that_is_not_committed_is_compared_with_main(copy: Path) -> None:
    edit(copy, {"Pulumi.dev.yaml": {"replicas: 1": "replicas: 3"}})

    done = run("diff", "--format", "json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["head"] == WORK_TREE
    assert found["base"] == f"main ({git(copy, 'rev-parse', 'HEAD')[:7]})"
    assert {(change["object"]["environment"], change["object"]["name"]) for change in found["changes"]} == {
        ("dev", "smarthr360-nginx"),
        ("dev", "smarthr360-worker"),
    }


@pytest.mark.usefixtures("copy")
def test_without_a_change_nothing_changes_and_the_words_are_plain() -> None:
    done = run("diff", "--head", "HEAD")

    assert done.exit_code == 0
    assert "Nothing changes in dev, staging and production" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_base_that_can_t_be_read_gives_the_sentence_and_the_head_s_inventory_instead_of_changes(copy: Path) -> None:
    edit(copy, {"Pulumi.staging.yaml": {"config:": "config: ["}})
    commit(copy)
    git(copy, "checkout", "--quiet", "-b", "mended")
    git(copy, "checkout", "--quiet", "HEAD~1", "--", "Pulumi.staging.yaml")

    report = commands.between(copy, "main", WORK_TREE)
    assert len(report.problems) == 1
    assert report.problems[0].startswith("staging in main (")
    assert "can't be read: Pulumi.staging.yaml, line " in report.problems[0]
    assert report.changes == ()
    assert report.digest == build_report.digest([])
    assert [(head.stack, bool(head.objects)) for head in report.heads] == [
        ("dev", True),
        ("staging", True),
        ("production", True),
    ]


def test_a_head_that_can_t_be_read_fails_and_the_other_environments_are_compared(copy: Path) -> None:
    edit(copy, {"Pulumi.production.yaml": {"automated: false": "automated: true"}})
    edit(copy, {"Pulumi.dev.yaml": {"replicas: 1": "replicas: 3"}})

    done = run("diff", "--format", "json")
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert found["problems"] == [
        "production in work tree can't be read: smarthr360:gitops.automated: true is not allowed in production, "
        "where somebody has to approve; set false"
    ]
    assert {change["object"]["environment"] for change in found["changes"]} == {"dev"}


def test_the_same_fault_of_all_environments_is_told_once(copy: Path) -> None:
    edit(
        copy,
        {
            "components/environment/environment.py": {
                "from components.environment.namespace": "from components.elsewhere"
            }
        },
    )

    report = commands.between(copy, "main", WORK_TREE)
    [problem] = report.problems
    assert problem.startswith("dev, staging, production in work tree can't be read: the program can't be run")
    assert report.digest == ""


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_is_printed_or_written(format_: str, tmp_path: Path) -> None:
    printed = run("diff", "--format", format_)
    written = run("diff", "--format", format_, "--output", str(tmp_path / "report"))

    assert (printed.exit_code, written.exit_code) == (0, 0)
    assert "smarthr360-api" in printed.stdout
    assert written.stdout == ""
    assert (tmp_path / "report").read_text() == printed.stdout


@pytest.mark.usefixtures("found")
def test_an_inventory_has_every_object_with_its_owner(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(run("inventory", "--stack", "staging", "--format", "csv").stdout)))
    table = run("inventory", "--stack", "staging").stdout

    [head] = report.heads
    assert len(rows) == len(head.objects) + len(derived_objects(head))
    controllers = {f"controller ({name})" for name in ("Argo CD", "Kubernetes", "cert-manager")}
    assert {row["owner"] for row in rows} == {"Pulumi", "Argo CD", *controllers}
    names = [item.name for item in head.objects] + [item.name for item in derived_objects(head)]
    assert all(name in table for name in names)


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("format_", [*FORMATS, "inventory table", "inventory csv", "inventory html", "inventory json"])
def test_no_secret_and_nothing_that_it_could_be_guessed_from_is_in_any_output_or_log(
    format_: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    command_, _, kind = format_.rpartition(" ")
    arguments = ["inventory", "--stack", "staging"] if command_ else ["diff"]
    done = run(*arguments, "--format", kind)
    everything = done.stdout + done.stderr + caplog.text

    assert "postgres-secrets" in everything
    for value in (OLD, NEW):
        for text in (value, base64.b64decode(value).decode()):
            assert text not in everything
            assert base64.b64encode(text.encode()).decode().rstrip("=") not in everything
            assert hashlib.sha256(text.encode()).hexdigest()[:16] not in everything
    assert "placeholder-" not in everything
    assert KEY.placeholder("dbUser")[-20:] not in everything


@pytest.mark.parametrize("format_", FORMATS)
def test_a_report_is_the_same_whatever_the_secrets_are_and_however_long(format_: str, copy: Path) -> None:
    def changed(before: str, after: str, key: bytes) -> str:
        fingerprints = Fingerprints(key)
        heads = []
        for ciphertext in (before, after):
            edit(copy, {"Pulumi.staging.yaml": {"v1:c2FsdHNhbHQ=:" + before: "v1:c2FsdHNhbHQ=:" + ciphertext}})
            heads.append(requested.snapshot(copy, "staging", WORK_TREE, fingerprints))
        edit(copy, {"Pulumi.staging.yaml": {after: OLD}})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(commands, "between", lambda *_: build_report.report("main", WORK_TREE, heads[:1], heads[1:]))
            return run("diff", "--format", format_).stdout

    told_of_one = changed(OLD, NEW, b"k" * 32)
    assert "postgres-secrets" in told_of_one
    assert changed(OLD, "c2hvcnQ=", b"k" * 32) == told_of_one
    assert changed(OLD, base64.b64encode(b"long" * 200).decode(), b"another key") == told_of_one


@pytest.mark.parametrize("mandatory", [True, False])
def test_a_broken_policy_fails_only_where_it_is_mandatory(
    mandatory: bool, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(report, violations=(replace(BROKEN, mandatory=mandatory),))
    monkeypatch.setattr(commands, "between", lambda *_: broken)

    done = run("diff", "--format", "markdown")
    assert done.exit_code == int(mandatory)
    assert "a&#45;policy" in done.stdout or "a-policy" in done.stdout


def test_what_a_person_can_mend_is_one_sentence_on_the_error_stream(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sentence(*arguments: str) -> str:
        text = told(*arguments, capsys=capsys, monkeypatch=monkeypatch)
        assert text.count("\n") == 1
        return text.removeprefix("error: ")

    assert sentence("diff", "--base", "nowhere").startswith("'nowhere' is not a revision of this repository; ")
    assert sentence("inventory", "--stack", "test").startswith("'test' is not a stack: those of ")
    monkeypatch.chdir(tmp_path)
    assert " is not in a Git repository; " in sentence("diff")
    assert "has none; type this in the project's folder" in sentence("inventory", "--stack", "dev")
    monkeypatch.chdir(copy / "components")
    assert "type this in the project's folder" in sentence("diff")


@pytest.mark.usefixtures("found")
def test_a_file_that_can_t_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = told("diff", "--output", str(tmp_path / "no" / "file"), capsys=capsys, monkeypatch=monkeypatch)

    assert (
        text
        == f"error: {tmp_path}/no/file can't be written (No such file or directory); name another file with --output\n"
    )


def test_exemptions_that_are_not_good_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(_: object) -> list[Violation]:
        raise UserError("one fault\nanother fault")

    monkeypatch.setattr(policy, "check", check)
    with pytest.raises(UserError, match="one fault\nanother fault"):
        build_report.report("", WORK_TREE, [], [Snapshot("dev", WORK_TREE, ())])


def test_what_compares_and_reports_loads_no_sdk_which_would_take_longer_than_all_else_that_it_does() -> None:
    load = "import sys; from review import __main__, build_report; from review.reports import html, json_, terminal"
    found = "print(sorted({'grpc', 'pulumi', 'pydantic'} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", f"{load}; {found}"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "['pydantic']\n"


@pytest.mark.parametrize(("module", "note"), [("review", ""), ("ops", "`python -m ops` is called `python -m review`")])
def test_it_runs_as_a_person_types_it_by_its_former_name_too(module: str, note: str, copy: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", module, "inventory", "--stack", "dev"],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr.startswith(note)
    assert done.stderr.count("\n") == bool(note)
    assert done.returncode in (0, 1)
    assert "smarthr360-config" in done.stdout
    assert "\x1b" not in done.stdout
