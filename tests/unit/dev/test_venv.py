"""The virtual environment of a checkout, where none can be made."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tools.dev import venv


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC])
def test_a_checkout_that_cannot_be_written_is_one_sentence(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(requirements: Path) -> None:
        raise OSError(number, "as the system says it", str(requirements))

    monkeypatch.setattr(venv, "ROOT", tmp_path)
    monkeypatch.setattr(venv, "_bring_up_to_date", refuse)
    monkeypatch.setattr("sys.argv", ["tools/dev/venv.py"])

    assert venv.main() == 1

    requirements = tmp_path / "requirements.txt"
    assert capsys.readouterr().err == f"error: {requirements}: as the system says it; .venv is made in this checkout\n"


def test_a_checkout_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(venv, "ROOT", tmp_path / "nowhere")
    monkeypatch.setattr("sys.argv", ["tools/dev/venv.py"])

    assert venv.main() == 1
    assert "nowhere/.venv.lock: No such file or directory" in capsys.readouterr().err
