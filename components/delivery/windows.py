"""Sync windows: from the words of the settings to what an AppProject holds."""

from __future__ import annotations

from collections.abc import Iterable

from components.settings.gitops import Window
from components.settings.gitops_values import DAYS, Days, TimeZone, runs


def compile(windows: Iterable[Window], time_zone: TimeZone | None) -> list[dict[str, object]]:  # noqa: A001 (read as windows.compile)
    """Return an AppProject's `spec.syncWindows`.

    To Argo CD a window begins whenever its cron schedule strikes, and lasts for its duration. So a schedule strikes
    once on each of its days: an hour such as `2-4` would open a window at each of these hours.

    Args:
        windows: As `GitOps` has them.
        time_zone: The time zone whose clock they go by; None only where there are no windows.
    """
    return [
        {
            "kind": window.kind,
            "schedule": _schedule(window),
            "duration": _duration(window.length),
            "timeZone": f"{time_zone}",
            "applications": ["*"],
            "manualSync": window.manual,
            "description": f"{window}, {time_zone}",
        }
        for window in windows
    ]


def _schedule(window: Window) -> str:
    hours, minutes = divmod(window.from_.minutes, 60)
    return f"{minutes} {hours} * * {_weekdays(window.days)}"


def _weekdays(days: Days) -> str:
    """Return cron's field for days of the week, in which Sunday is 0."""
    if len(days.numbers) == len(DAYS):
        return "*"
    spans = runs((number + 1) % len(DAYS) for number in days.numbers)
    return ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in spans)


def _duration(length: int) -> str:
    """Return minutes as Go writes a duration: 90 gives 1h30m."""
    hours, minutes = divmod(length, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
