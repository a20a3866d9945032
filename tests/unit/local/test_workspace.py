"""What lies under .local/, and what happens where it is damaged, lost, copied or moved."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
import typer

from errors import UserError
from tools import command_line
from tools.local.stack import Stack
from tools.local.workspace import Workspace

TOOLS = ("pulumi", "kubectl", "argocd", "pulumi-language-python-exec", "pulumi-resource-kubernetes")


@pytest.fixture
def here(tmp_path: Path) -> Workspace:
    return prepared(tmp_path / "checkout")


def prepared(root: Path) -> Workspace:
    root.mkdir(exist_ok=True)
    workspace = Workspace(root)
    workspace.prepare({name: Path("/programs/4.25.0-key") / name for name in TOOLS})
    return workspace


def a_state(workspace: Workspace, text: str = "{}") -> Path:
    path = workspace.backend / ".pulumi" / "stacks" / "smarthr360" / "dev.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_what_pulumi_knows_of_the_cluster_goes_with_the_cluster(here: Workspace) -> None:
    cluster = here.layout.cluster
    assert here.backend.is_relative_to(cluster)
    assert here.argocd_owner.is_relative_to(cluster)
    assert not here.passphrase.is_relative_to(cluster)


def test_preparing_again_keeps_everything(here: Workspace) -> None:
    a_state(here)
    before = here.passphrase.read_text()
    prepared(here.root)
    assert here.passphrase.read_text() == before


@pytest.mark.parametrize(("damage", "word"), [(Path.unlink, "missing"), (lambda path: path.write_text("x"), "another")])
def test_a_lost_passphrase_is_refused_while_something_is_encrypted_with_it(
    here: Workspace, damage: object, word: str
) -> None:
    state = a_state(here)
    shutil.rmtree(here.project, ignore_errors=True)
    assert callable(damage)
    damage(here.passphrase)

    with pytest.raises(UserError, match=rf"passphrase is {word}.* put that back, or give up .*make cluster-reset"):
        prepared(here.root)

    assert state.read_text() == "{}"


def test_a_lost_passphrase_is_made_anew_with_all_that_it_had_encrypted(here: Workspace) -> None:
    here.project.mkdir()
    (here.project / "Pulumi.dev.yaml").write_text("encrypted")
    before = here.passphrase.read_text()
    here.passphrase.unlink()

    prepared(here.root)

    assert here.passphrase.read_text() != before
    assert not here.project.exists()


def test_a_copied_checkout_does_not_touch_the_originals_environments(here: Workspace, tmp_path: Path) -> None:
    shutil.copytree(here.root, tmp_path / "copy", symlinks=True)

    with pytest.raises(UserError, match=r"/copy/\.local is a copy of .*/checkout/\.local.*`make clean`"):
        prepared(tmp_path / "copy")
    prepared(here.root)


def test_a_moved_checkout_is_the_owner_of_its_own_things(here: Workspace, tmp_path: Path) -> None:
    before = here.passphrase.read_text()
    here.root.rename(tmp_path / "moved")

    moved = prepared(tmp_path / "moved")
    prepared(tmp_path / "moved")

    assert moved.passphrase.read_text() == before
    assert not here.root.exists()


def test_a_checkout_that_is_reached_by_a_link_is_the_same(here: Workspace, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(here.root)
    prepared(tmp_path / "link")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"checkpoint": 1}', "\xff"])
def test_a_damaged_state_is_one_sentence_with_two_ways_out(here: Workspace, text: str) -> None:
    path = a_state(here)
    path.write_text(text, encoding="latin-1")

    with pytest.raises(UserError, match=rf"dev, {path}, is damaged; .*`cp {path}.bak {path}`; .*`make cluster-reset`"):
        _ = Stack(here, "dev").delivered


@pytest.mark.parametrize("text", ["[", "- a", "text", "config: 1", "\xff"])
def test_damaged_secrets_of_this_machine_are_one_sentence(here: Workspace, text: str) -> None:
    here.project.mkdir()
    own = Stack(here, "dev").own_file
    own.write_text(text, encoding="latin-1")

    with pytest.raises(UserError, match=rf"{own.name}.* delete it, and `make up STACK=dev` makes new ones"):
        Stack(here, "dev")._own()


@pytest.mark.parametrize(
    ("number", "way_out"),
    [
        (errno.ENOSPC, "make room, then type the same command again"),
        (errno.EDQUOT, "make room, then type the same command again"),
        (errno.EROFS, "have to be yours to write into"),
        (errno.EACCES, "have to be yours to write into"),
        (errno.EIO, ""),
    ],
)
def test_what_the_system_refuses_is_one_sentence(number: int, way_out: str, capsys: pytest.CaptureFixture[str]) -> None:
    app = typer.Typer()

    @app.command()
    def write() -> None:
        raise OSError(number, os.strerror(number), "/some/file")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["write"])
        assert command_line.run(app) == 1

    said = capsys.readouterr().err
    assert said.startswith(f"error: /some/file: {os.strerror(number)}")
    assert way_out in said
    assert said.count("\n") == 1
