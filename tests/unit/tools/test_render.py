"""`make render` and `make render-check`, without an engine: which stacks they are about, and how they name a fault."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from errors import UserError
from tests.support.stacks import ROOT
from tools import render, stack_values

MANIFEST = {"1-manifest/one.yaml": b"kind: ConfigMap\n"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the stacks dev, staging and qa, of each of which one file is rendered, without an engine."""
    for stack in ("dev", "staging"):
        shutil.copy(ROOT / f"Pulumi.{stack}.yaml", tmp_path)
    text = (tmp_path / "Pulumi.staging.yaml").read_text().replace("staging.smarthr360", "qa.smarthr360")
    (tmp_path / "Pulumi.qa.yaml").write_text(
        text.replace("environment: staging", "environment: qa").replace("smarthr360-staging", "smarthr360-qa")
    )
    monkeypatch.setattr(render, "ROOT", tmp_path)
    monkeypatch.setattr(stack_values, "ROOT", tmp_path)
    monkeypatch.setattr(render, "ensure", lambda *_: {})
    monkeypatch.setattr(render, "render", lambda root, _: dict.fromkeys(stack_values.stacks(root), MANIFEST))
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_every_stack_that_has_a_file_is_rendered_and_checked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    render.main_command(check=False)
    assert [path.name for path in sorted((project / "rendered").iterdir())] == ["dev", "qa", "staging"]
    capsys.readouterr()

    render.main_command(check=True)
    printed = capsys.readouterr().out
    assert [f"rendered/{stack}: 1 files, no change" in printed for stack in ("dev", "staging", "qa")] == [True] * 3
    (project / "rendered" / "qa" / "1-manifest" / "one.yaml").unlink()
    with pytest.raises(UserError, match="type `make render` and commit it"):
        render.main_command(check=True)
    assert "rendered/qa: 1 files, 1 new" in capsys.readouterr().out


def test_what_a_stack_that_is_no_more_has_left_is_stale_and_goes(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    render.main_command(check=False)
    (project / "Pulumi.qa.yaml").unlink()

    with pytest.raises(UserError, match="type `make render` and commit it"):
        render.main_command(check=True)
    assert "rendered/qa: 0 files, 1 removed" in capsys.readouterr().out
    render.main_command(check=False)
    render.main_command(check=True)
    assert not list((project / "rendered" / "qa").rglob("*.yaml"))
    assert list((project / "rendered" / "dev").rglob("*.yaml"))


def test_each_fault_names_its_stack_file_and_all_are_told_together(project: Path) -> None:
    edit(project / "Pulumi.dev.yaml", "max: 3", "max: three")
    edit(project / "Pulumi.qa.yaml", "max: 5", "max: five")

    with pytest.raises(UserError) as caught:
        render.main_command(check=True)
    faults = str(caught.value).splitlines()
    assert [fault.partition(": smarthr360:")[0] for fault in faults] == ["Pulumi.dev.yaml", "Pulumi.qa.yaml"]


def test_two_stacks_that_would_own_one_thing_are_named_once(project: Path) -> None:
    edit(project / "Pulumi.qa.yaml", "namespace: smarthr360-qa", "namespace: smarthr360-staging")

    with pytest.raises(UserError) as caught:
        render.main_command(check=False)
    assert str(caught.value) == (
        "Pulumi.staging.yaml and Pulumi.qa.yaml both have namespace smarthr360-staging, and only one stack can; give "
        "one of them another smarthr360:namespace"
    )
    assert not (project / "rendered").exists()
