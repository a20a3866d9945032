"""Every object of an environment, for a terminal and for a spreadsheet; the HTML page and the JSON have it too.

What controllers make of those objects follows them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from review.model import Report
from review.reports.escaping import logged
from review.reports.summary import NOT_CHECKED, PASSES, policy_status
from review.reports.texts import counted, line
from snapshot.derived import derived_objects
from snapshot.model import Snapshot

COLUMNS = ("environment", "kind", "namespace", "name", "component", "owner", "protected", "policies")
_STYLES = {PASSES: "green", NOT_CHECKED: "dim"}
_CELL = 253  # a name in Kubernetes is not longer
_LONGEST = 2_000  # of a cell that is no name


def show(report: Report, snapshots: Iterable[Snapshot], console: Console) -> None:
    """Print a table for each environment.

    Args:
        report: whose violations tell the policy status.
        snapshots: which environments.
        console: where.
    """
    for snapshot in snapshots:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for column in COLUMNS[1:]:
            table.add_column(column, overflow="fold")
        for _, *cells, policies in _rows(report, snapshot):
            style = _STYLES.get(policies) or ("red" if "broken" in policies else "yellow")
            table.add_row(*(Text(line(cell, _CELL)) for cell in cells), Text(policies, style))
        console.print()
        console.print(Text(f"{line(snapshot.stack, _CELL)}: {counted(len(snapshot.objects), 'object')}", "bold"))
        console.print(table)


def to_csv(report: Report) -> str:
    """Every object as a line of a CSV file, in which no cell is a formula.

    Args:
        report: an inventory.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for snapshot in report.heads:
        writer.writerows([_cell(cell) for cell in row] for row in _rows(report, snapshot))
    return logged(text.getvalue())


def _rows(report: Report, snapshot: Snapshot) -> Iterator[tuple[str, ...]]:
    status = policy_status(item for item in report.violations if item.stack == snapshot.stack)
    for item in snapshot.objects:
        yield (
            *(item.stack, item.kind, item.namespace or "", item.name, item.component, str(item.owner)),
            *("protected" if item.protected else "", status.get(item.title, PASSES)),
        )
    for found in derived_objects(snapshot):
        yield (
            *(snapshot.stack, found.kind, found.namespace, found.name, found.source.component, found.owner),
            *("", NOT_CHECKED),
        )


def _cell(text: str) -> str:
    """Spreadsheets take a cell for a formula that begins like one; each object has one line."""
    seen = line(text, _LONGEST)
    return f"'{seen}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else seen
