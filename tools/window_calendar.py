"""When a stack's syncs are allowed, day by day: what `make calendar` prints, and `make sync` says of closed windows."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from components.settings.gitops import DAY, GitOps
from components.settings.gitops_values import DAYS
from errors import UserError
from tools.stack_values import read

MINUTE = timedelta(minutes=1)


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
    # The windows are those of a week, of which a change of clocks can skip one.
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
    # Where the clocks change, the same time can come twice, and the zone's name says which.
    name = " %Z" if clock_change(day) else ""
    spans = []
    for is_inside, group in groupby(day, lambda local: inside(minutes, local)):
        if is_inside:
            part = list(group)
            end = "24:00" if part[-1].time() == time(23, 59) else f"{part[-1] + MINUTE:%H:%M}"
            spans.append(f"{part[0]:%H:%M{name}}-{end}{part[-1].strftime(name)}")
    return ", ".join(spans) or "never"


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
        UserError: There is no such file, or it is not valid.
    """
    file = read(stack)
    if faults := file.faults("gitops"):
        raise UserError(*(f"{file.path}: {fault}" for fault in faults))
    return GitOps.model_validate_json(json.dumps(file.config["gitops"], default=str))
