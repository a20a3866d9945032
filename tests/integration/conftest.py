"""Which tests share something that takes long to bring up, so that one process runs them one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest

_HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before xdist reads it
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a folder together, here those of a file, and of a file about several clouds those of each."""
    for item in items:
        place = item.path.relative_to(_HERE) if item.path.is_relative_to(_HERE) else None
        if place:
            group = place.parts[0].removesuffix(".py")
            item.add_marker(pytest.mark.xdist_group(f"{group}-{_cloud(item)}" if _cloud(item) else group))


def _cloud(item: pytest.Item) -> str:
    """The parameter of the fixture that a whole file is run for, cloud by cloud."""
    called = getattr(item, "callspec", None)
    return str(called.params.get("made", "")) if called else ""
