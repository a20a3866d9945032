"""A report for a terminal, or as plain lines for a file or a pipe."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from manifests.differences import Field
from review.capacity import compared
from review.effects import Effect
from review.model import Action, Change, Level, Report
from review.reports import diff, inventory, summary
from review.reports.escaping import logged
from review.reports.texts import counted, line, shown

_LINES, _WIDTH = 60, 400  # of a change; the HTML page and the JSON have all of it
_WIDE = 4_000  # characters of a line in a file, so that no line is broken
_LEVELS = {Level.LOW: "green", Level.MEDIUM: "yellow", Level.HIGH: "bold red"}
_ACTIONS = {Action.CREATE: "green", Action.UPDATE: "yellow", Action.REPLACE: "magenta", Action.DELETE: "red"}
_DIFF = {"+": "green", "-": "red", "@": "bold", " ": "dim"}


def show(report: Report, console: Console) -> None:
    """Print a report.

    Args:
        report: of a change, or an inventory.
        console: where to print; only a terminal gets colours.
    """
    if not console.is_terminal:
        text = io.StringIO()
        _print(report, Console(file=text, width=_WIDE))
        console.file.write(logged(text.getvalue()))
        return
    _print(report, console)


def _print(report: Report, console: Console) -> None:
    for text in _texts(report):
        console.print(text, soft_wrap=True)
    if remaining := summary.uncompared(report):
        inventory.show(report, remaining, console)


def _texts(report: Report) -> Iterator[Text | Table]:
    for text in filter(None, [summary.lead(report), summary.counts(report)]):
        yield Text(line(text, 2_000), "bold")
    for problem in report.problems:
        yield Text.assemble(("problem: ", "bold red"), line(problem, _WIDTH))
    environments = summary.riskiest_first(summary.environments(report))
    if report.base:
        yield Text()
        yield _table(environments)
    if report.changes:
        yield from _effects(summary.listing(report))
        yield Text()
        yield _capacity(report)
    for title, findings in summary.sections(report):
        yield from _findings(title, findings)
    if exempt := summary.exempt(report):
        yield from _title("Exemptions")
    for item in exempt:
        yield Text(f"  {line(f'{item.stack}: {item.object}: {item.policy}: {item.exemption}', _WIDTH)}")
    for environment in environments:
        yield from _changes(environment, environment.drift or (), summary.DRIFTED)
        yield from _changes(environment, environment.changes, "" if environment.drift is None else summary.PLANNED)
    if report.base and report.digest:
        yield Text()
        yield Text(f"Digest of the full diff: {line(report.digest, _WIDTH)}", "dim")


def _changes(environment: summary.Environment, changes: Sequence[Change], group: str) -> Iterator[Text]:
    if changes:
        number = counted(len(changes), "change")
        yield from _title(f"{line(environment.name, _WIDTH)}: {f'{group}, {number}' if group else number}")
    for change in changes:
        yield from _change(change)


def _title(text: str) -> Iterator[Text]:
    yield Text()
    yield Text(text, "bold")


def _table(environments: Sequence[summary.Environment]) -> Table:
    table = inventory.plain_table()
    table.add_column("environment", no_wrap=True)
    for action in Action:
        table.add_column(action.value, justify="right")
    table.add_column("risk")
    table.add_column("policies")
    live = any(item.drift is not None for item in environments)
    if live:
        table.add_column("drift", justify="right")
    for item in environments:
        numbers = [
            Text(str(item.counts[action]), _ACTIONS[action] if item.counts[action] else "dim") for action in Action
        ]
        risk = (
            Text(item.level.name.lower(), _LEVELS[item.level])
            if item.level
            else Text("none" if item.compared else "not compared", "dim")
        )
        policies = Text(item.policies, "bold red" if item.broken else "")
        drift = [Text(str(len(item.drift or ())), "yellow" if item.drift else "dim")] if live else []
        table.add_row(Text(line(item.name, 60)), *numbers, risk, policies, *drift)
    return table


def _effects(effects: Sequence[Effect]) -> Iterator[Text]:
    if effects:
        yield from _title("What changes")
    for effect in effects[:_LINES]:
        yield Text(f"  {line(effect.sentence, _WIDTH)}")
    if len(effects) > _LINES:
        yield Text(f"  … and {len(effects) - _LINES:,} more", "dim")


def _capacity(report: Report) -> Table:
    table = inventory.plain_table()
    for column in ("requested, at fewest - most pods", "CPU, cores", "memory", "storage"):
        table.add_column(column)
    for name, before, after in summary.capacities(report):
        table.add_row(*(Text(line(text, 60)) for text in (name, *compared(before, after))))
    return table


def _findings(title: str, findings: Sequence[summary.Finding]) -> Iterator[Text]:
    if findings:
        yield from _title(title)
    for item in findings:
        level = Text.assemble((f"{item.level.name.lower():6}", _LEVELS[item.level]), " ") if item.level else Text()
        yield Text.assemble("  ", level, line(item.sentence, _WIDTH), (f" ({line(item.rule, 80)})", "dim"))
        for stack, titles in item.places.items():
            yield Text(f"    {line(stack, 60)}: {line(', '.join(titles), _WIDTH)}", "dim")


def _change(change: Change) -> Iterator[Text]:
    item = change.object
    facts = [item.component, f"applied by {item.owner}", *(["protected"] if item.protected else [])]
    action = (f"  {summary.SIGNS[change.action]} {change.action:7} ", _ACTIONS[change.action])
    risk = Text(f"  {change.level.name.lower()} risk", _LEVELS[change.level])
    yield Text.assemble(action, (line(item.title, 200), "bold"), (f"  {line(', '.join(facts), 200)}", "dim"), risk)
    for reason in change.risks:
        yield Text.assemble("      ", (line(reason.reason, _WIDTH), _LEVELS[reason.level]))
    number = 0
    for number, text in enumerate(_details(change), 1):
        if number <= _LINES:
            yield text
    if number > _LINES:
        yield Text(f"      … and {counted(number - _LINES, 'line')} more", "dim")


def _details(change: Change) -> Iterator[Text]:
    if change.is_whole:
        return
    for field in change.fields:
        values = list(diff.values(field))
        if len(values) <= 2 and not field.secret:
            yield Text.assemble("      ", (line(field.path, 200), "bold"), ": ", *_arrow(field))
            continue
        yield Text(f"      {line(field.path, 200)}:", "bold")
        for sign, text in values:
            yield Text(f"        {sign} {line(text, _WIDTH)}", _DIFF[sign])


def _arrow(field: Field) -> Iterator[tuple[str, str] | str]:
    for value, style, text in ((field.before, "red", " -> "), (field.after, "green", "")):
        yield (line("not set" if value is None else shown(value), _WIDTH), style)
        yield text
