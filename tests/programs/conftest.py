"""The project's program in a folder of its own, which a test may edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.previews import copy_to


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_to(tmp_path / "program")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests of a file, which they leave as it is."""
    return copy_to(tmp_path_factory.mktemp("program") / "program")
