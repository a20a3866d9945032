"""The inventory on the HTML page: every object of each environment, and what controllers make of those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from review.reports.dom import Element, element
from review.reports.summary import NOT_CHECKED, PASSES, Environment, policy_status
from review.reports.texts import counted, line, visible
from snapshot.derived import derived_objects
from snapshot.model import Snapshot

_COLUMNS = ("Kind", "Name", "Namespace", "Component", "Applied by", "Protected", "Policies")
_NAME = 200  # characters


def section(found: tuple[Environment, ...], *, opened: bool) -> Iterator[Element]:
    """Everything that the head asks for.

    Args:
        found: the report's environments.
        opened: whether it is what the page is about.
    """
    parts = []
    for item in found:
        if item.snapshot and item.snapshot.objects:
            title = element(
                "summary",
                element("b", line(item.name, _NAME)),
                element("span", counted(len(item.snapshot.objects), "object"), class_="total"),
            )
            table = _table(item.snapshot, policy_status(item.violations))
            parts.append(element("details", title, table, class_="environment", open=opened))
    if parts:
        heading = element("h2", "Inventory", element("small", " every object of the head"))
        yield element("section", heading, parts, id="inventory")


def _table(snapshot: Snapshot, status: dict[str, str]) -> Element:
    head = element("thead", element("tr", (element("th", name, scope="col") for name in _COLUMNS)))
    rows = [_row(cells, snapshot.stack) for cells in _cells(snapshot, status)]
    return element("table", head, element("tbody", rows))


def _cells(snapshot: Snapshot, status: dict[str, str]) -> Iterator[tuple[str, ...]]:
    for item in snapshot.objects:
        yield (
            *(item.kind, item.name, item.namespace or "", item.component, str(item.owner)),
            *("protected" if item.protected else "", status.get(item.title, PASSES)),
        )
    for found in derived_objects(snapshot):
        yield found.kind, found.name, found.namespace, found.source.component, found.owner, "", NOT_CHECKED


def _row(cells: Sequence[str], stack: str) -> Element:
    return element(
        "tr",
        (
            element("td", visible(cell), data_label=name, class_=_class(name, cell))
            for name, cell in zip(_COLUMNS, cells, strict=True)
        ),
        data_text=visible(" ".join([*cells, stack])).lower(),
        data_environment=visible(stack),
    )


def _class(column: str, cell: str) -> str | None:
    if column == "Name":
        return "name"
    if column == "Policies" and cell not in (PASSES, NOT_CHECKED):
        return "broken" if "broken" in cell else "advice"
    return None if cell else "empty"
