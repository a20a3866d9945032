"""Whose `.local/` is, where a checkout was moved or copied while its cluster runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from errors import UserError
from tools.embedded.argocd.components import argocd_components
from tools.embedded.argocd.layout import ArgoLayout
from tools.embedded.cluster import processes
from tools.embedded.cluster.__main__ import app
from tools.embedded.cluster.components import components
from tools.embedded.cluster.state import Layout
from tools.local.checkout import settle


def silent(_: str) -> None:
    """Report to nobody."""


@pytest.fixture
def here(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "here" / ".local")
    layout.root.mkdir(parents=True)
    settle(layout, silent)
    return layout


@pytest.fixture
def running(here: Layout) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two programs that anybody would take for its etcd and for one of its Argo CD."""
    etcd = components(here)[0]
    argo = next(iter(argocd_components(ArgoLayout(here), {}).values()))
    idle = [sys.executable, "-c", "import time; time.sleep(600)"]
    started = [subprocess.Popen([*idle, *each.marker]) for each in (etcd, argo)]
    while not all(processes.find(each.marker) for each in (etcd, argo)):
        assert all(process.poll() is None for process in started)
    yield started
    for process in started:
        process.kill()
        process.wait()


def status(layout: Layout) -> str:
    result = CliRunner().invoke(app, ["status", "--root", str(layout.root)])
    assert result.exit_code == 1
    return " ".join(result.stdout.split())


def test_the_status_of_a_moved_checkout_says_that_its_cluster_runs_from_the_old_path(
    here: Layout, running: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    assert "moved" not in status(here)
    here.root.parent.rename(tmp_path / "moved")
    moved = Layout(tmp_path / "moved" / ".local")

    says = f"was moved from {here.root.parent}, and its cluster still runs from there; `make cluster-up` stops it"
    assert says in status(moved)
    for process in running:
        process.kill()
        process.wait()
    assert "moved from" not in status(moved)


@pytest.mark.parametrize("stopping", [False, True])
def test_what_runs_of_a_moved_checkout_is_stopped_by_whatever_is_typed_next(
    here: Layout, running: list[subprocess.Popen[bytes]], tmp_path: Path, *, stopping: bool
) -> None:
    here.root.parent.rename(tmp_path / "moved")
    moved = Layout(tmp_path / "moved" / ".local")
    said: list[str] = []

    settle(moved, said.append, stopping=stopping)
    settle(moved, said.append, stopping=stopping)

    assert all(process.wait(10) is not None for process in running)
    assert sum("stopped" in line for line in said) == 2


@pytest.mark.parametrize("stopping", [False, True])
def test_what_runs_of_a_copied_checkout_stays(
    here: Layout, running: list[subprocess.Popen[bytes]], tmp_path: Path, *, stopping: bool
) -> None:
    copy = Layout(tmp_path / "copy" / ".local")
    copy.root.mkdir(parents=True)
    (copy.root / "checkout").write_bytes((here.root / "checkout").read_bytes())

    if stopping:
        settle(copy, silent, stopping=True)
    else:
        with pytest.raises(UserError, match=r"copy/\.local is a copy of .*/here/\.local.*`make clean`"):
            settle(copy, silent)

    assert all(process.poll() is None for process in running)
    assert "here" in (copy.root / "checkout").read_text()


@pytest.mark.parametrize("text", ["", "x", "\0", "/a\0b", "/a\nb", "\xff"])
def test_a_damaged_note_of_whose_it_is_is_written_anew(here: Layout, text: str) -> None:
    note = here.root / "checkout"
    note.write_text(text, encoding="latin-1")
    settle(here, silent)
    assert note.read_text() == str(here.root)
