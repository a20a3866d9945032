"""What GitHub runs: with few rights, by commands of ours, and nothing that is not pinned."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.stacks import ROOT
from tests.support.workflows import FOLDER, load, steps, workflows
from tools.dev.workflows import check, not_run

JOBS = [(name, job, body) for name, content in workflows().items() for job, body in content["jobs"].items()]
MAY_WRITE = {("preview.yml", "comment"): {"contents": "read", "pull-requests": "write"}}
NO_FORK = "github.event.pull_request.head.repo.full_name == github.repository"
SECRETS = {
    ("ci.yml", "codecov", "Tell Codecov"): {"CODECOV_TOKEN"},
    ("preview.yml", "comment", "Comment"): {"github.token"},
    ("preview.yml", "live", "Write the kubeconfig"): {"KUBECONFIG"},
    ("preview.yml", "live", "Preview"): {"PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"},
}


def secrets(content: object) -> set[str]:
    """The secrets that something names."""
    text = yaml.safe_dump(content)
    return set(re.findall(r"secrets\.(\w+)", text)) | set(re.findall(r"github\.token", text))


def a_copy(folder: Path) -> Path:
    shutil.copytree(FOLDER, folder / ".github")
    return folder


def test_actionlint_and_zizmor_find_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert check(ROOT), capfd.readouterr().out


def test_they_find_what_is_wrong(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    edits = [
        ("ci.yml", "github.ref != 'refs", "github.reff != 'refs", 'property "reff" is not defined'),
        ("ci.yml", "run: make lint", "run: make lint $1/*", "shellcheck reported issue"),
        ("ci.yml", "@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "@v6", "[unpinned-uses]"),
        ("ci.yml", "persist-credentials: false", "fetch-tags: false", "[artipacked]"),
        ("ci.yml", "contents: read", "contents: write", "[undocumented-permissions]"),
        ("preview.yml", "pull_request:", "pull_request_target:", "[dangerous-triggers]"),
        ("preview.yml", "run: make manifests", "run: make ${{ github.head_ref }}", "[template-injection]"),
    ]
    folder = a_copy(tmp_path) / ".github" / "workflows"
    for file, old, new, _ in edits:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(f"{old} # to check out", old).replace(old, new, 1))

    assert not check(tmp_path)
    output = capfd.readouterr().out
    assert [found for *_, found in edits if found not in output] == []


def test_they_find_what_dependabot_would_not_understand(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = a_copy(tmp_path) / ".github" / "dependabot.yml"
    path.write_text(path.read_text().replace("monthly", "seldom", 1))

    assert not check(tmp_path)
    assert "dependabot.yml" in capfd.readouterr().err


def test_a_branch_that_a_stack_is_delivered_from_and_that_runs_nothing_is_named_with_what_to_type(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stack = "config:\n  smarthr360:gitops: { branch: %s }\n"
    (a_copy(tmp_path) / "Pulumi.qa.yaml").write_text(stack % "release/qa")
    (tmp_path / "Pulumi.new.yaml").write_text(stack % "feature/new")
    (tmp_path / "Pulumi.direct.yaml").write_text(stack % "unknown" + "  smarthr360:delivery: direct\n")

    assert not check(tmp_path)
    output = capfd.readouterr().out
    of_qa = "leaves out release/qa, from which Pulumi.qa.yaml is delivered; add it to on."
    for file, event in (("ci.yml", "push"), ("ci.yml", "pull_request"), ("preview.yml", "pull_request")):
        assert f".github/workflows/{file}: {event} {of_qa}{event}.branches" in output
        leaves_out_new = f".github/workflows/{file}: {event} leaves out feature/new"
        assert (leaves_out_new in output) == (event == "pull_request"), "a push to feature/** runs CI"
    assert "add && github.ref != 'refs/heads/release/qa' to cancel-in-progress" in output
    assert "unknown" not in output


@pytest.mark.parametrize(
    ("filters", "runs"),
    [
        ("{}", True),
        ("{ branches: [main, staging] }", True),
        ("{ branches: ['**'] }", True),
        ("{ branches: ['s*'] }", True),
        ("{ branches: ['*', '!staging'] }", False),
        ("{ branches: ['!staging', '*'] }", True),
        ("{ branches: ['stag', 'staging/**'] }", False),
        ("{ branches-ignore: [main] }", True),
        ("{ branches-ignore: ['sta*'] }", False),
        ("{ tags: ['v*'] }", False),
    ],
)
def test_filters_are_read_as_github_reads_them(filters: str, runs: bool, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.any.yaml").write_text("config:\n  smarthr360:gitops: { branch: staging }\n")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "one.yml").write_text(f"on:\n  push: {filters}\n  workflow_dispatch:\n")

    assert bool(list(not_run(tmp_path))) != runs


def test_a_job_may_do_only_what_it_says_and_ends_by_itself() -> None:
    for name, job, body in JOBS:
        assert isinstance(body["timeout-minutes"], int), (name, job)
        assert body["permissions"] == MAY_WRITE.get((name, job), {"contents": "read"}), (name, job)


def test_a_secret_is_named_by_the_one_step_that_uses_it() -> None:
    named = {(step.file, step.job, step.content["name"]): found for step in steps() if (found := secrets(step.content))}
    everywhere = set().union(*(secrets(content) for content in workflows().values()))

    assert named == SECRETS
    assert everywhere == set().union(*SECRETS.values())
    for name, job, body in JOBS:
        rest = {key: value for key, value in body.items() if key != "steps"}
        assert secrets(rest) == set(), (name, job)


def test_what_runs_a_change_s_code_can_t_write_and_what_can_write_runs_the_base_s() -> None:
    comment = workflows()["preview.yml"]["jobs"]["comment"]
    checkout = next(step for step in comment["steps"] if step.get("uses", "").startswith("actions/checkout@"))

    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    # Isolated: no module of the folder that it is started in, of the user's own or of PYTHONPATH is imported.
    assert [step["run"].split()[:3] for step in comment["steps"] if "run" in step] == [
        ["python3", "-I", "ops/comment.py"]
    ]


def test_what_another_job_has_written_is_never_put_over_a_checkout() -> None:
    got = [step for step in steps() if step.uses.startswith("actions/download-artifact@")]

    assert got
    for step in got:
        assert step.content["with"]["path"].startswith("${{ runner.temp }}/"), step


def test_what_has_a_secret_restores_nothing_that_somebody_s_push_has_written() -> None:
    trusted = {(step.file, step.job) for step in steps() if secrets(step.content)}

    assert ("preview.yml", "live") in trusted
    for step in steps():
        if (step.file, step.job) in trusted:
            assert not step.uses.startswith(("actions/cache", "./")), step
            assert not step.content.get("with", {}).get("cache"), step


def test_only_a_job_that_somebody_approves_has_both_a_secret_and_a_change_s_code() -> None:
    for name, job, body in JOBS:
        named = {found for step in body["steps"] for found in secrets(step)} - {"github.token"}
        runs = any("run" in step or step.get("uses", "").startswith("./") for step in body["steps"])
        assert not (named and runs) or body["environment"], (name, job)


def test_a_fork_gets_the_summary_and_the_artifact_and_neither_a_comment_nor_a_live_preview() -> None:
    jobs: dict[str, Any] = workflows()["preview.yml"]["jobs"]

    assert NO_FORK not in yaml.safe_dump(jobs["preview"])
    assert NO_FORK in jobs["comment"]["if"]
    assert NO_FORK in jobs["live"]["if"]
    assert "vars.LIVE_PREVIEW != ''" in jobs["live"]["if"]


def test_what_a_broken_policy_says_is_shown_all_the_same() -> None:
    jobs: dict[str, Any] = workflows()["preview.yml"]["jobs"]
    after = jobs["preview"]["steps"][-3:]

    assert [step["if"] for step in after] == ["${{ !cancelled() }}"] * 3
    assert jobs["comment"]["if"].startswith("${{ !cancelled() && ")


def test_the_tools_are_kept_under_a_key_that_changes_with_every_pin() -> None:
    [cache] = [step for step in steps() if step.uses.startswith("actions/cache@")]
    hashed = re.findall(r"'([^']+)'", cache.content["with"]["key"])

    assert {"tools/engine/pins.toml", "requirements-dev.txt"} < set(hashed)
    assert all(list(ROOT.glob(pattern)) for pattern in hashed)
    assert "github.job" in cache.content["with"]["key"]


def test_dependabot_looks_at_folders_that_exist() -> None:
    updates = load(FOLDER / "dependabot.yml")["updates"]
    folders = {update["package-ecosystem"]: update.get("directories", [update.get("directory")]) for update in updates}

    assert set(folders) == {"pip", "github-actions", "gomod"}
    assert all((ROOT / name.strip("/")).is_dir() for names in folders.values() for name in names)
    assert all((ROOT / name.strip("/") / "go.mod").is_file() for name in folders["gomod"])
