"""Whose `.local/` is: what it says of clusters, processes and environments holds for one place only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from errors import UserError
from files import write_private
from tools.embedded.argocd.layout import ArgoLayout
from tools.embedded.argocd.run import stop_all
from tools.embedded.cluster import control_plane
from tools.embedded.cluster.components import components
from tools.embedded.cluster.state import Layout


def settle(layout: Layout, report: Callable[[str], None], *, stopping: bool = False) -> None:
    """See to it that the files of a cluster are this checkout's own, before anything is done by them.

    Of a moved checkout, what runs was started under the old path, by which nobody would find it again: it is stopped.

    Args:
        layout: The files.
        report: Called with one line for each process that is stopped.
        stopping: Whether the command only stops and deletes, which it is allowed to do in a copy: nothing runs there.

    Raises:
        UserError: They are a copy of another checkout's.
    """
    before = _before(layout)
    if before == layout:
        write_private(_owner(layout), str(layout.root))
    elif moved_from(layout):
        stop_all(ArgoLayout(before), report)
        control_plane.stop(components(before), report)
        write_private(_owner(layout), str(layout.root))
    elif not stopping:
        raise UserError(
            f"{layout.root} is a copy of {before.root}, whose cluster and environments are not this checkout's; "
            "type `make clean`, which deletes the copy only, then the same command again"
        )


def moved_from(layout: Layout) -> Layout | None:
    """Return where the files of a moved checkout were before; None where it was not moved, or is a copy."""
    before = _before(layout)
    is_copy = _owner(before).is_file() and _before(before) == before
    return None if before == layout or is_copy else before


def _owner(layout: Layout) -> Path:
    return layout.root / "checkout"


def _before(layout: Layout) -> Layout:
    """The place for which the files were made; their own where no valid one is written down."""
    owner = _owner(layout)
    root = owner.read_text(errors="replace") if owner.is_file() else ""
    return Layout(Path(root)) if root.startswith("/") and root.isprintable() else layout
