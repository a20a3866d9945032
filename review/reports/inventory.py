"""Every object of an environment as rows, and those rows for a terminal and for a spreadsheet.

What controllers make of those objects follows them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from review.model import Report
from review.reports.escaping import logged
from review.reports.summary import NOT_CHECKED, PASSES, policy_status
from review.reports.texts import counted, line
from snapshot.derived import derived_objects
from snapshot.model import Snapshot

_STYLES = {PASSES: "green", NOT_CHECKED: "dim"}
_CELL = 253  # a name in Kubernetes is not longer
_LONGEST = 2_000  # of a cell that is no name


class Row(NamedTuple):
    """An object of an environment, or what a controller makes of one, in words.

    Attributes:
        environment: the stack's name.
        kind: its kind.
        namespace: where it is; "" where it is in none.
        name: its name in the cluster.
        component: what makes it, or the object that a controller makes it of.
        owner: who applies it.
        protected: "protected", or "".
        policies: "passes", which policies it breaks, or that none sees it.
    """

    environment: str
    kind: str
    namespace: str
    name: str
    component: str
    owner: str
    protected: str
    policies: str


def plain_table() -> Table:
    """A table for a terminal: columns, and no lines around them."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))


def show(report: Report, snapshots: Iterable[Snapshot], console: Console) -> None:
    """Print a table for each environment.

    Args:
        report: with the violations.
        snapshots: the environments.
        console: where.
    """
    for snapshot in snapshots:
        table = plain_table()
        for column in Row._fields[1:]:
            table.add_column(column, overflow="fold")
        for _, *cells, policies in rows(report, snapshot):
            style = _STYLES.get(policies) or ("red" if "broken" in policies else "yellow")
            table.add_row(*(Text(line(cell, _CELL)) for cell in cells), Text(policies, style))
        console.print()
        console.print(Text(f"{line(snapshot.stack, _CELL)}: {counted(len(snapshot.objects), 'object')}", "bold"))
        console.print(table)


def to_csv(report: Report) -> str:
    """Every object of the head as a line of a CSV file, in which no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    for snapshot in report.heads:
        writer.writerows([_cell(cell) for cell in row] for row in rows(report, snapshot))
    return logged(text.getvalue())


def rows(report: Report, snapshot: Snapshot) -> Iterator[Row]:
    """Every object of an environment, and then what controllers make of them.

    Args:
        report: with the violations.
        snapshot: the environment.
    """
    status = policy_status(item for item in report.violations if item.stack == snapshot.stack)
    for item in snapshot.objects:
        protected, policies = "protected" if item.protected else "", status.get(item.title, PASSES)
        where = item.namespace or ""
        yield Row(item.stack, item.kind, where, item.name, item.component, str(item.owner), protected, policies)
    for own in derived_objects(snapshot):
        component = own.source.component
        yield Row(snapshot.stack, own.kind, own.namespace, own.name, component, own.owner, "", NOT_CHECKED)


def _cell(text: str) -> str:
    """A cell that begins as a formula does would be one to a spreadsheet; a line end would begin another object."""
    seen = line(text, _LONGEST)
    return f"'{seen}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else seen
