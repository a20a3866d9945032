"""Files that are written wholly or not at all, and locks between commands."""

import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from files import link, lock, write_private


def test_a_private_file_is_for_its_owner_alone_whatever_was_there(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "secret"
    write_private(path, "one")
    path.chmod(0o644)
    write_private(path, b"two")
    assert path.read_text() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_private(path, "old")

    def fail(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        write_private(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


HOLDER = textwrap.dedent(
    """
    import pathlib, sys, time
    from files import lock
    with lock(pathlib.Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)
    """
)


def test_the_lock_is_waited_for_and_dies_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"

        with lock(path, holder.kill):
            assert holder.wait() != 0


def test_a_free_lock_is_taken_without_a_word(tmp_path: Path) -> None:
    for _ in range(2):
        with lock(tmp_path / "new" / "lock", pytest.fail):
            pass
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_link_leads_where_it_was_last_made_to_lead_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "tool"
    for target in (tmp_path / "old", tmp_path / "new"):
        link(path, target)
        before = path.lstat().st_ino
        link(path, target)
        assert path.readlink() == target
        assert path.lstat().st_ino == before, "one that leads there is left alone"
    assert [each.name for each in path.parent.iterdir()] == ["tool"]
