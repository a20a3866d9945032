"""The inventory on the HTML page: every object of each environment, and those that controllers derive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from review.model import Report
from review.reports import inventory
from review.reports.dom import Element, element
from review.reports.summary import NOT_CHECKED, PASSES
from review.reports.texts import counted, line, visible

_COLUMNS = ("Kind", "Name", "Namespace", "Component", "Applied by", "Protected", "Policies")
_NAME = 200  # characters


def section(report: Report, *, opened: bool) -> Iterator[Element]:
    """The section with everything that the head requests.

    Args:
        report: of a change, or an inventory.
        opened: whether the environments are unfolded.
    """
    parts = [
        element(
            "details",
            element(
                "summary",
                element("b", line(head.stack, _NAME)),
                element("span", counted(len(head.objects), "object"), class_="total"),
            ),
            _table(inventory.rows(report, head)),
            class_="environment",
            open=opened,
        )
        for head in report.heads
        if head.objects
    ]
    if parts:
        heading = element("h2", "Inventory", element("small", " every object of the head"))
        yield element("section", heading, parts, id="inventory")


def _table(rows: Iterable[inventory.Row]) -> Element:
    head = element("thead", element("tr", (element("th", name, scope="col") for name in _COLUMNS)))
    return element("table", head, element("tbody", map(_row, rows)))


def _row(row: inventory.Row) -> Element:
    cells = (row.kind, row.name, row.namespace, row.component, row.owner, row.protected, row.policies)
    return element(
        "tr",
        (
            element("td", visible(cell), data_label=name, class_=_class(name, cell))
            for name, cell in zip(_COLUMNS, cells, strict=True)
        ),
        data_text=visible(" ".join([*cells, row.environment])).lower(),
        data_environment=visible(row.environment),
    )


def _class(column: str, cell: str) -> str | None:
    if column == "Name":
        return "name"
    if column == "Policies" and cell not in (PASSES, NOT_CHECKED):
        return "broken" if "broken" in cell else "advice"
    return None if cell else "empty"
