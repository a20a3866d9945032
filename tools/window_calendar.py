"""`python -m tools.window_calendar --stack production`: when a stack's syncs are allowed, day by day.

Reads the committed stack file and the models; asks neither Argo CD nor a cluster. docs/sync-windows.md says more.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from components.settings.gitops import DAY, GitOps
from components.settings.gitops_values import DAYS
from errors import UserError
from tools.stack_values import read

MINUTE = timedelta(minutes=1)
Rows = list[tuple[str, ...]]


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a date; allowed is one such as 2027-03-22") from None
    if not 2000 <= found.year <= 2100:
        raise typer.BadParameter(f"{text} is too far away; allowed is a date from 2000 to 2100")
    return found


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
def show(
    stack: Annotated[str, typer.Option(help="whose name is in Pulumi.<stack>.yaml, such as production")],
    first: Annotated[
        date | None, typer.Option("--from", parser=_date, help="first day, such as 2027-03-22; today if left out")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="how many days")] = 14,
) -> None:
    """Print the calendar, or what is wrong with the stack file on the error stream with exit code 2."""
    try:
        gitops = settings(stack)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    print(f"{stack} syncs: {in_words(gitops)}")
    if gitops.windows and gitops.time_zone:
        zone = ZoneInfo(gitops.time_zone)
        print()
        _print(list(rows(gitops, first or datetime.now(zone).date(), days, zone)))


def in_words(gitops: GitOps) -> str:
    """Return which syncs there are and when they are allowed, as one line."""
    allowed, denied = (
        ", and ".join(str(window).removeprefix(f"{kind} ") for window in gitops.windows if window.kind == kind)
        for kind in ("allow", "deny")
    )
    parts = [
        "automatic and by hand" if gitops.automated else "by hand only",
        f", inside: {allowed}" if allowed else ", at any time",
        f"; never {denied}" if denied else "",
        f"; {gitops.time_zone}" if gitops.windows else "",
    ]
    return "".join(parts)


def next_open(gitops: GitOps, now: datetime) -> str:
    """Return when a sync by hand is allowed next, in words.

    Args:
        gitops: The stack's settings.
        now: From when on.
    """
    minutes, zone = gitops.minutes(by_hand=True), ZoneInfo(gitops.time_zone or "UTC")
    # The windows are those of a week, of which a change of clocks may skip one.
    for number in range(15):
        for minute in every_minute((now.astimezone(zone) + timedelta(days=number)).date(), zone):
            if minute >= now and inside(minutes, minute):
                return f"{minute:%A %Y-%m-%d %H:%M} ({zone})"
    return "never"


def rows(gitops: GitOps, first: date, days: int, zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    """Yield the calendar: a head, then for each day when syncs are allowed and what the clocks do.

    Args:
        gitops: The stack's settings.
        first: The first day.
        days: How many there are.
        zone: The time zone of the windows.
    """
    kinds = {"by hand": gitops.minutes(by_hand=True)}
    if gitops.automated:
        kinds = {"automatic": gitops.minutes(by_hand=False)} | kinds
    yield "day", *kinds, "clocks"
    for number in range(days):
        day = first + timedelta(days=number)
        passing = every_minute(day, zone)
        name = DAYS[day.weekday()][:3].capitalize()
        yield f"{name} {day}", *(spans(minutes, passing) for minutes in kinds.values()), clock_change(passing)


def every_minute(day: date, zone: ZoneInfo) -> list[datetime]:
    """Return every minute of a day as it passes: 1380 or 1500 of them where the clocks change by an hour."""
    start, end = (datetime.combine(day + timedelta(days=number), time(), zone).astimezone(UTC) for number in (0, 1))
    return [(start + number * MINUTE).astimezone(zone) for number in range((end - start) // MINUTE)]


def inside(minutes: frozenset[int], local: datetime) -> bool:
    """Return whether what a clock shows is one of these minutes of the week."""
    return local.weekday() * DAY + local.hour * 60 + local.minute in minutes


def spans(minutes: frozenset[int], day: list[datetime]) -> str:
    """Return when a day is inside some minutes of the week, in words.

    Args:
        minutes: As `GitOps.minutes` returns them.
        day: As `every_minute` returns it.
    """
    # Where the clocks change, the same time may come twice, and the zone's name tells which.
    name = " %Z" if clock_change(day) else ""
    found = []
    for is_inside, group in groupby(day, lambda local: inside(minutes, local)):
        if is_inside:
            part = list(group)
            end = "24:00" if part[-1].time() == time(23, 59) else f"{part[-1] + MINUTE:%H:%M}"
            found.append(f"{part[0]:%H:%M{name}}-{end}{part[-1].strftime(name)}")
    return ", ".join(found) or "never"


def clock_change(day: list[datetime]) -> str:
    """Return what the clocks do on a day, in words; nothing on most days."""
    before = (day[0].astimezone(UTC) - MINUTE).astimezone(day[0].tzinfo)
    for earlier, later in pairwise([before, *day]):
        if earlier.utcoffset() != later.utcoffset():
            shown = earlier.replace(tzinfo=None) + MINUTE
            word = "forward" if later.replace(tzinfo=None) > shown else "back"
            return f"{word} from {shown:%H:%M} to {later:%H:%M}"
    return ""


def settings(stack: str) -> GitOps:
    """Return when Argo CD syncs a stack, as its committed file says.

    Raises:
        UserError: There is no such file, or it is not good.
    """
    file = read(stack)
    if faults := file.faults("gitops"):
        raise UserError(*(f"{file.path}: {fault}" for fault in faults))
    return GitOps.model_validate_json(json.dumps(file.config["gitops"], default=str))


def _print(found: Rows) -> None:
    console = Console()
    if not console.is_terminal:
        widths = [max(map(len, column)) for column in zip(*found, strict=True)]
        for row in found:
            print("  ".join(map(str.ljust, row, widths)).rstrip())
        return
    table = Table(*found[0])
    for row in found[1:]:
        table.add_row(*row, style="bold" if row[-1] else None)
    console.print(table)


if __name__ == "__main__":
    app()
