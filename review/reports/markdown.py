"""A report as a comment on a pull request, never longer than GitHub accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from policy.violation import Violation
from review.capacity import Capacity, compared
from review.comment import LIMIT, MARKER
from review.effects import Effect
from review.model import Action, Change, Level, Report, Risk
from review.reports import diff, summary
from review.reports.escaping import code, fenced, logged, prose
from review.reports.texts import clipped, counted
from snapshot.model import Object, Snapshot

T = TypeVar("T")

_ICONS = {Level.LOW: "⚪", Level.MEDIUM: "🟠", Level.HIGH: "🔴"}
_TITLE, _SENTENCE, _LINE = 100, 400, 300  # characters; an escaped one takes up to six
_DIFF = 6_000  # characters of one object's diff
_SECTION = 5_000  # characters of each section of the summary
_DRIFT = 8_000  # characters of what somebody else has changed
_MORE = 120  # room for the line that counts what is left out
_SHORT = 8_000  # characters kept for changes that only get a line


def render(report: Report) -> str:
    """Make the comment.

    Args:
        report: of a change, or an inventory.

    Returns:
        GitHub's Markdown, of at most `LIMIT` characters.
    """
    environments = summary.riskiest_first(summary.environments(report))
    first, *more = [prose(text, 800) for text in (summary.lead(report), summary.counts(report)) if text]
    parts = [f"**{first}**", *more]
    parts += _section("#### Problems", _problem, report.problems)
    if report.base:
        parts += _table(environments)
    if report.changes:
        parts += _section("#### What changes", _effect, summary.listing(report))
        parts += _capacity(summary.capacities(report))
    for title, findings in summary.sections(report):
        parts += _section(f"#### {title}", _finding, findings)
    parts += _section("#### Exemptions", _exemption, summary.exempt(report))
    if report.drift is not None:
        parts += _drift(report.drift)
        parts += [f"#### {summary.PLANNED.capitalize()}"] if report.changes else []
    foot = _foot(report)
    room = LIMIT - _size([*parts, foot]) - 2 * len(parts)
    parts += _Details(room).of(environments, report.changes, summary.uncompared(report))
    return "\n\n".join([*parts, foot]) + "\n"


def _size(parts: Iterable[str]) -> int:
    return sum(len(part) + 2 for part in parts)


def _fitting(render: Callable[[T], str], items: Sequence[T], room: int, more: str = "- and {:,} more") -> list[str]:
    """A line for each item while there is room, then a line that counts the others."""
    taken: list[str] = []
    for item in items:
        text = render(item)
        room -= len(text) + 1
        if room < _MORE:
            return [*taken, more.format(len(items) - len(taken))]
        taken.append(text)
    return taken


def _section(title: str, render: Callable[[T], str], items: Sequence[T]) -> list[str]:
    lines = _fitting(render, items, _SECTION)
    return ["\n".join([title, "", *lines])] if lines else []


def _drift(changes: Sequence[Change]) -> list[str]:
    blocks = _fitting(_block, changes, _DRIFT)
    opening = f"<details><summary>{counted(len(changes), 'object')}</summary>"
    return ["\n\n".join([f"#### {summary.DRIFTED.capitalize()}", opening, *blocks, "</details>"])] if blocks else []


def _effect(item: Effect) -> str:
    where = ", ".join(prose(stack, _TITLE) for stack in item.stacks[:4])
    more = f" and {len(item.stacks) - 4:,} more" if len(item.stacks) > 4 else ""
    return f"- {prose(item.subject, _TITLE)} in <b>{where}</b>{more}: {prose(item.how, _LINE)}"


def _capacity(capacities: Sequence[tuple[str, Capacity | None, Capacity]]) -> list[str]:
    head = "| Requested, at fewest - most pods | CPU, cores | Memory | Storage |\n|---|---|---|---|"
    rows = _fitting(_requested, capacities, _SECTION, "| and {:,} more")
    return ["\n".join([head, *rows])] if rows else []


def _requested(item: tuple[str, Capacity | None, Capacity]) -> str:
    name, before, after = item
    return f"| {' | '.join([prose(name, _TITLE), *(prose(text, _TITLE) for text in compared(before, after))])} |"


def _table(environments: list[summary.Environment]) -> list[str]:
    live = any(item.drift is not None for item in environments)
    head = f"| Environment | {' | '.join(action.value.capitalize() for action in Action)} | Risk | Policies |"
    rule = "|---|--:|--:|--:|--:|---|---|"
    rows = _fitting(_row, environments, _SECTION, "| and {:,} more")
    return ["\n".join([f"{head} Drift |" if live else head, f"{rule}--:|" if live else rule, *rows])]


def _row(item: summary.Environment) -> str:
    numbers = [_number(item.counts[action]) for action in Action]
    risk = _risk(item.level) if item.compared else "❔ not compared"
    drift = [] if item.drift is None else [_number(len(item.drift))]
    return f"| {' | '.join([prose(item.name, _TITLE), *numbers, risk, item.policies, *drift])} |"


def _number(number: int) -> str:
    return f"{number:,}" if number else "·"


def _risk(level: Level | None) -> str:
    return f"{_ICONS[level]} {level.name.lower()}" if level else "none"


def _problem(problem: str) -> str:
    return f"- ⚠️ {prose(problem, _SENTENCE)}"


def _exemption(item: Violation) -> str:
    where = f"<b>{prose(item.stack, _TITLE)}</b> {code(item.object, _TITLE)}"
    return f"- {where} {prose(item.policy, _TITLE)}: {prose(item.exemption, _SENTENCE)}"


def _finding(item: summary.Finding) -> str:
    places = [
        f"<b>{prose(stack, _TITLE)}</b> {', '.join(code(title, _TITLE) for title in titles[:3])}"
        + (f" and {len(titles) - 3:,} more" if len(titles) > 3 else "")
        for stack, titles in list(item.places.items())[:4]
    ]
    if len(item.places) > 4:
        places.append(f"{len(item.places) - 4:,} more environments")
    level = f"{_ICONS[item.level]} **{item.level.name.lower()}** " if item.level else ""
    return f"- {level}{prose(item.sentence, _SENTENCE)} ({prose(item.rule, _TITLE)})<br>{'; '.join(places)}"


def _foot(report: Report) -> str:
    compared = (
        f"{code(report.base, _TITLE)} → {code(report.head, _TITLE)}" if report.base else code(report.head, _TITLE)
    )
    digest = f" · full diff {code(report.digest, _TITLE)}" if report.base and report.digest else ""
    return f"<sub>{compared}{digest}</sub>\n{MARKER}"


class _Details:
    """The folded part of each environment: changes while there is room, then their titles, then their number.

    Args:
        room: in characters.
    """

    def __init__(self, room: int) -> None:
        self._room = room

    def of(
        self, environments: list[summary.Environment], changes: Iterable[Change], remaining: Iterable[Snapshot]
    ) -> list[str]:
        """Fold every environment.

        Args:
            environments: in the order in which they are shown.
            changes: all changes; the first ones get the room.
            remaining: environments of which only the objects are known.
        """
        self._room -= 10 * _MORE  # for the lines about environments that are not shown
        whole: dict[str, list[str]] = {}
        names: dict[str, list[str]] = {}
        opened: set[str] = set()
        for change in changes:
            stack = change.object.stack
            opening = 0 if stack in opened else 2 * len(_opening(stack, LIMIT)) + 2 * _MORE
            name = f"- {_title(change)}"
            if self._room > _SHORT and self._take(len(block := _block(change)) + 2 + opening, keep=_SHORT):
                whole.setdefault(stack, []).append(block)
            elif self._take(len(name) + 1 + opening):
                names.setdefault(stack, []).append(name)
            else:
                continue
            opened.add(stack)
        parts, left = [], []
        for item in environments:
            blocks, lines = whole.get(item.name, []), names.get(item.name, [])
            missing = len(item.changes) - len(blocks) - len(lines)
            more = f"and {counted(missing, 'more change', 'more changes')} in {prose(item.name, _TITLE)}"
            if not blocks and not lines:
                left += [more] if missing else []
                continue
            parts.append(_opening(item.name, len(item.changes)))
            parts += [*blocks, *(["\n".join(lines)] if lines else []), *([more] if missing else []), "</details>"]
        parts += [_inventory(head, room) for head in remaining if (room := self._quota()) > 1_000]
        return [*parts, *_fitting(str, left, 9 * _MORE, "and {:,} more environments")]

    def _take(self, size: int, keep: int = 0) -> bool:
        if size > self._room - keep:
            return False
        self._room -= size
        return True

    def _quota(self) -> int:
        quota = min(self._room, _SECTION)
        self._room -= quota
        return quota


def _opening(stack: str, number: int) -> str:
    return f"<details><summary><b>{prose(stack, _TITLE)}</b>: {counted(number, 'change')}</summary>"


def _title(change: Change) -> str:
    return f"{_ICONS[change.level]} {change.action} {code(change.object.title, _TITLE)}"


def _block(change: Change) -> str:
    item = change.object
    facts = f"{code(item.component, _TITLE)}, applied by {item.owner}{', protected' if item.protected else ''}"
    parts = [f"**{_title(change)}**", facts]
    parts += ["\n".join(reasons)] if (reasons := _fitting(_reason, change.risks, _DIFF // 2)) else []
    parts += [fenced(lines, "diff")] if (lines := list(_diff(change))) else []
    return "\n\n".join(parts)


def _reason(risk: Risk) -> str:
    return f"- {_risk(risk.level)}: {prose(risk.reason, _SENTENCE)}"


def _diff(change: Change) -> Iterator[str]:
    room, left = _DIFF, 0
    for sign, text in diff.lines(change):
        shown = clipped(text, _LINE)
        written = logged(f"@@ {shown} @@" if sign == "@" else f"{sign} {shown}")
        room -= len(written) + 1
        if room > 0:
            yield written
        else:
            left += 1
    if left:
        yield f"# and {counted(left, 'more line')}"


def _inventory(head: Snapshot, room: int) -> str:
    opening = f"<details><summary><b>{prose(head.stack, _TITLE)}</b>: {counted(len(head.objects), 'object')}</summary>"
    lines = _fitting(_listed, head.objects, room - len(opening) - 20)
    return "\n\n".join([opening, "\n".join(lines), "</details>"])


def _listed(item: Object) -> str:
    return f"- {code(item.title, _TITLE)} {item.owner}"
