"""`python -m tools.explain --stack production --key api.autoscaling.max`: what a key is worth, and who says so.

With --calendar: when Argo CD can sync the stack, day by day (docs/sync-windows.md). Reads the committed stack file and
the models; needs no engine and no cluster, and shows no secret.
"""

import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import SecretStr

from checked import quote
from components.settings import NAMESPACE
from components.settings.schema import Leaf
from errors import UserError
from tools import window_calendar
from tools.stack_values import (
    LEAVES,
    OBJECTS,
    StackFile,
    Value,
    inside,
    meaning,
    nearest,
    origin,
    read,
    required,
    shown,
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a date; allowed is one such as 2027-03-22") from None
    if not 2000 <= day.year <= 2100:
        raise typer.BadParameter(f"{text} is too far away; allowed is a date from 2000 to 2100")
    return day


@app.command(help=__doc__)
def explain(
    stack: Annotated[str, typer.Option(help="whose name is in Pulumi.<stack>.yaml, such as production")],
    key: Annotated[
        str, typer.Option(help="such as api.autoscaling.max or api; all that the file sets if left out")
    ] = "",
    calendar: Annotated[bool, typer.Option("--calendar", help="show when Argo CD can sync the stack")] = False,
    first: Annotated[
        date | None, typer.Option("--from", parser=_date, help="the calendar's first day; today if left out")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="how many days the calendar has")] = 14,
) -> None:
    """Print the answer, or one sentence on the error stream with exit code 2."""
    key = key.removeprefix(NAMESPACE).partition("[")[0]  # as errors and `pulumi config` write it
    try:
        if calendar:
            lines = _calendar(stack, first, days)
        else:
            file = read(stack)
            lines = [*_answer(file, key), *(f"refused: {fault}" for fault in file.faults(key))]
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    print("\n".join(lines))


def _calendar(stack: str, first: date | None, days: int) -> list[str]:
    gitops = window_calendar.settings(stack)
    rules = f"{stack} syncs: {window_calendar.in_words(gitops)}"
    if not (gitops.windows and gitops.time_zone):
        return [rules]
    zone = ZoneInfo(gitops.time_zone)
    return [rules, "", *_columns(list(window_calendar.rows(gitops, first or datetime.now(zone).date(), days, zone)))]


def _answer(file: StackFile, key: str) -> list[str]:
    if not key:
        return _overview(file)
    if key in LEAVES:
        return _leaf(file, file.value(LEAVES[key]))
    if key in OBJECTS:
        return _object(file, key)
    near = nearest(key, [*LEAVES, *OBJECTS])
    raise UserError(f"{quote(key)} is not a key{near}; docs/configuration.md lists every key")


def _leaf(file: StackFile, value: Value) -> list[str]:
    leaf = value.leaf
    # The words for a list of objects say all that is written, and its line is shown.
    is_plain = value.written is None or isinstance(value.written, list) or shown(value.written) == value.text
    as_written = "" if is_plain else f", written {value.written}"
    facts = [("from", _source(file, value)), ("meaning", meaning(leaf.key)), ("allowed", leaf.words)]
    if value.line is not None and leaf.type is not SecretStr:
        facts.insert(1, ("default", _default(leaf) if required(leaf) else f"{_default(leaf)}, {origin(leaf)}"))
    lines = [f"{leaf.key} in {file.name}: {value.text}{as_written}", *_columns(facts, indent="  ")]
    keys = [
        (inner.key.rpartition(".")[2], inner.words, _default(inner), str(inner.field.description))
        for inner in inside(leaf)
    ]
    return [*lines, "", *_columns([("in each", "allowed", "default", "meaning"), *keys])] if keys else lines


def _object(file: StackFile, key: str) -> list[str]:
    values = [file.value(leaf) for leaf in LEAVES.values() if leaf.key.startswith(f"{key}.")]
    rows = [("key", "value", "from"), *((value.leaf.key, value.text, _short_source(file, value)) for value in values)]
    lines = [f"{key} in {file.name}: {meaning(key)}", "", *_columns(rows)]
    if values[0].local:
        example = values[0].leaf.key
        lines += ["", f"`make up` sets what the embedded cluster needs; for another, KEY={example} says what to type."]
    return lines


def _overview(file: StackFile) -> list[str]:
    values = [value for value in map(file.value, LEAVES.values()) if value.line is not None]
    rows = [
        ("key", "value", "default", "line"),
        *((value.leaf.key, value.text, _default(value.leaf), str(value.line)) for value in values),
    ]
    return [f"{file.path} sets {len(values)} keys; every other key has its default.", "", *_columns(rows)]


def _source(file: StackFile, value: Value) -> str:
    """Return where a value comes from, and what to type where it comes from nowhere yet."""
    leaf = value.leaf
    if value.line is not None:
        replaced = "; `make up` puts its own in its place, for the embedded cluster" if value.local else ""
        return f"{file.path}, line {value.line}{replaced}"
    if value.absent and not value.missing:
        return f"nowhere: {value.absent} is left out, and with it every key below"
    if not required(leaf):
        to_set = f"; to set it, type {leaf.command(NAMESPACE)}" if leaf.type is SecretStr else ""
        return f"the default, {origin(leaf)}{to_set}"
    if value.missing:
        does = "makes one up" if leaf.type is SecretStr else "sets it"
        return (
            f"no committed file: `make up` {does} for the embedded cluster; for another, type {leaf.command(NAMESPACE)}"
        )
    return "nowhere, and it is required"


def _short_source(file: StackFile, value: Value) -> str:
    if value.line is not None:
        return f"{file.path}:{value.line}"
    if value.leaf.required:
        return "`make up`" if value.local else "nowhere, and it is required"
    return f"{value.absent} is left out" if value.absent else "default"


def _default(leaf: Leaf) -> str:
    if required(leaf):
        return "none, required"
    return shown(None if leaf.type is SecretStr else leaf.default)


def _columns(rows: Sequence[tuple[str, ...]], indent: str = "") -> list[str]:
    """Return rows as lines, each column as wide as it needs; not rich's table, which breaks a line that one greps."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [indent + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


if __name__ == "__main__":
    app()
