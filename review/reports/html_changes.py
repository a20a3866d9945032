"""The changes on the HTML page: a row for each object, with the environments side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from manifests.differences import Field
from review.model import Action, Change, Level
from review.reports import diff
from review.reports.dom import Element, element
from review.reports.summary import SIGNS, Environment, identity
from review.reports.texts import counted, line, listed, visible

Row = Mapping[str, Change]
"""The changes of one object, by environment."""

_NAME = 200  # characters


def columns(number: int) -> str:
    """The style sheet for rows with this many environments."""
    return f":root {{ --environments: {max(number, 1)}; }}\n"


def level(risk: Level | None, otherwise: str = "no change") -> Element:
    """A risk as a badge.

    Args:
        risk: None if nothing changes.
        otherwise: the badge's text in that case.
    """
    name = risk.name.lower() if risk else "none"
    return element("span", f"{name} risk" if risk else otherwise, class_=f"level {name}")


def section(
    heading: str, of: str, changes: Sequence[Change], environments: tuple[Environment, ...]
) -> Iterator[Element]:
    """All changes of a group, riskiest first.

    Args:
        heading: the group's name.
        of: a sentence about it; "" if it is the only group.
        changes: the group's.
        environments: the report's, in the order of the columns.
    """
    if not changes:
        return
    rows = _rows(changes)
    names = [item.name for item in environments]
    head = element(
        "div",
        element("span", "Risk"),
        element("span", "Object"),
        (element("span", line(name, _NAME)) for name in names),
        class_="columns",
        aria_hidden="true",
    )
    side_by_side = ["the environments side by side"] if len(names) > 1 else []
    facts = ", ".join([counted(len(rows), "object"), *side_by_side])
    title = element("h2", heading, element("small", f" {f'{of}: {facts}' if of else facts}"))
    none = element("p", "Nothing matches.", class_="nothing", hidden=True)
    rows_ = (_row(row, names) for row in rows.values())
    yield element("section", title, head, rows_, none, class_="changes", id=heading.lower())


def _rows(changes: Sequence[Change]) -> dict[tuple[str, str], dict[str, Change]]:
    """The changes of each object in all environments; a renamed object is deleted in one row and new in another."""
    times = Counter((identity(change.object), change.object.stack) for change in changes)
    renamed = {name for (name, _), number in times.items() if number > 1}
    rows: dict[tuple[str, str], dict[str, Change]] = {}
    for change in changes:
        name = identity(change.object)
        rows.setdefault((name, change.action if name in renamed else ""), {})[change.object.stack] = change
    return rows


def _row(row: Row, names: list[str]) -> Element:
    worst = max(row.values(), key=lambda change: change.level)
    item = worst.object
    titles = list(dict.fromkeys(visible(change.object.title) for change in row.values()))
    facts = [visible(item.component), str(item.owner), *(["protected"] if item.protected else [])]
    cells = [
        element(
            "span",
            element("span", f"{line(name, _NAME)} ", class_="of"),
            _badge(row[name].action) if name in row else element("span", "·", class_="none", title="no change"),
            " ",
            class_="cell",
        )
        for name in names
    ]
    summary = element(
        "summary",
        level(worst.level),
        " ",
        element(
            "span", element("b", " / ".join(titles)), " ", element("small", " · ".join(facts)), " ", class_="object"
        ),
        cells,
    )
    actions = {str(change.action) for change in row.values()}
    rules = {risk.rule for change in row.values() for risk in change.risks}
    return element(
        "details",
        summary,
        element("div", _reasons(row), _body(row, names), class_="body"),
        class_="row",
        data_text=" ".join([*titles, *facts, *row, *sorted(actions), worst.level.name, *sorted(rules)]).lower(),
        data_environment="\n".join(map(visible, row)),
        data_risk=worst.level.name.lower(),
    )


def _badge(action: Action) -> Element:
    return element("span", element("b", SIGNS[action]), f" {action}", class_=f"action {action}")


def _reasons(row: Row) -> list[Element]:
    places: dict[tuple[int, str], list[str]] = {}
    for name, change in row.items():
        for risk in change.risks:
            places.setdefault((-risk.level, risk.reason), []).append(name)
    levels = {-risk.level: risk.level for change in row.values() for risk in change.risks}
    reasons = [
        element(
            "li", level(levels[rank]), " ", visible(reason), " ", element("small", line(f"in {listed(names)}", _NAME))
        )
        for (rank, reason), names in sorted(places.items())
    ]
    return [element("ul", reasons, class_="reasons")] if reasons else []


def _body(row: Row, names: list[str]) -> Iterator[Element]:
    """The changes field by field; what differs in the same way in all environments is shown once."""
    fields: dict[str, dict[str, Field]] = {}
    for name, change in row.items():
        for field in change.fields:
            fields.setdefault(field.path, {})[name] = field
    for path, by_name in fields.items():
        lines = {name: tuple(diff.values(field)) for name, field in by_name.items()}
        yield _block(visible(path), lines, names)
    whole = {name: tuple(diff.lines(change)) for name, change in row.items() if change.is_whole}
    if whole:
        yield _block("the whole object", whole, names)


def _block(title: str, lines: Mapping[str, tuple[diff.Line, ...]], names: list[str]) -> Element:
    if len(set(lines.values())) == 1:
        where = element("small", line(f" in {listed(name for name in names if name in lines)}", _NAME))
        return element("div", element("h3", element("code", title), where), _pre(next(iter(lines.values()))))
    cells = [
        element(
            "div",
            element("p", line(name, _NAME), class_="of"),
            _pre(lines[name]) if name in lines else element("p", "no change", class_="none"),
        )
        for name in names
    ]
    return element("div", element("h3", element("code", title)), element("div", cells, class_="sides"))


def _pre(lines: tuple[diff.Line, ...]) -> Element:
    tags = {"+": "ins", "-": "del"}
    return element("pre", (element(tags.get(sign, "span"), f"{sign} {text}\n") for sign, text in lines))
