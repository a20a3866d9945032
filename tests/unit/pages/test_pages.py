"""The generated pages: each is what its source says, and a stale one is reported with what to type."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from components.settings.identity import KNOWN
from tests.support.stacks import ROOT
from tools import command_line, stack_values
from tools.pages import __main__ as pages


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with copies of the pages and of the stack files."""
    for name in (*pages.PAGES, *(f"Pulumi.{stack}.yaml" for stack in KNOWN)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(stack_values, "ROOT", tmp_path)
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", pages.PAGES)
def test_a_committed_page_is_what_its_source_says(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == pages.PAGES[name](), "type `make docs`"


def test_only_what_is_stale_is_reported_and_written(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (own / "docs/policies.md").write_text("old")
    (own / "docs/stack-schema.json").unlink()
    written = (own / "docs/configuration.md").stat().st_mtime_ns

    assert pages.main(["--check"]) == 1
    assert capsys.readouterr().err == (
        "docs/policies.md is stale; type `make docs`\ndocs/stack-schema.json is stale; type `make docs`\n"
    )
    assert (own / "docs/policies.md").read_text() == "old"
    assert pages.main([]) == 0
    assert pages.main(["--check"]) == 0
    assert capsys.readouterr() == ("", "")
    assert (own / "docs/configuration.md").stat().st_mtime_ns == written


def test_a_stack_file_that_would_be_refused_makes_no_page(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = own / "Pulumi.staging.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("max: 5", "max: five", 1), encoding="utf-8")
    (own / "docs/configuration.md").unlink()

    assert command_line.run(lambda: pages.main([])) == 1
    assert capsys.readouterr().err == (
        'error: Pulumi.staging.yaml: smarthr360:api.autoscaling.max: "five" is text; '
        "allowed is a whole number from 1 to 1000\n"
    )
    assert not (own / "docs/configuration.md").exists()
