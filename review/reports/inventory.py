"""Every object of an environment as rows, for a terminal and for a spreadsheet.

The objects that controllers derive from them follow.
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
_CELL = 253  # characters: the longest name in Kubernetes
_LONGEST = 2_000  # characters of a cell in a spreadsheet


class Row(NamedTuple):
    """An object of an environment, or one that a controller derives, in words.

    Attributes:
        environment: the stack's name.
        kind: its kind.
        namespace: its namespace; "" if it has none.
        name: its name in the cluster.
        component: the component that makes it, or the object that it is derived from.
        owner: who applies it.
        protected: "protected", or "".
        policies: "passes", how many policies it breaks, or "not checked".
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
    """A table for a terminal: columns without lines around them."""
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
    """Every object of the head as a line of CSV, without cells that a spreadsheet would run as formulas."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    for snapshot in report.heads:
        writer.writerows([_cell(cell) for cell in row] for row in rows(report, snapshot))
    return logged(text.getvalue())


def rows(report: Report, snapshot: Snapshot) -> Iterator[Row]:
    """Every object of an environment, and then those that controllers derive.

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
    """A cell of CSV, as one line; a quote keeps a spreadsheet from reading it as a formula."""
    seen = line(text, _LONGEST)
    return f"'{seen}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else seen
