"""When and how Argo CD syncs: the minutes of a week that windows allow, and what a sync does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from components.settings.values import Duration

Windows = Sequence[Mapping[str, Any]]

_HOUR, _DAY, _WEEK = 60, 24 * 60, 7 * 24 * 60
_ALWAYS = (1 << _WEEK) - 1
_CARELESS = ("CreateNamespace=true", "FailOnSharedResource=false", "Force=true", "Replace=true", "Validate=false")
_CAREFUL = ("PruneLast=true", "PrunePropagationPolicy=foreground", "RespectIgnoreDifferences=true")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def looser(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Say what Argo CD does by itself, or does not look at, only after a change; "" where there is nothing.

    Args:
        before: an Application's `spec`.
        after: the same.
    """
    was, now = (spec.get("syncPolicy") or {} for spec in (before, after))
    old, new = (policy.get("automated") for policy in (was, now))
    found = ["syncs by itself"] if new is not None and old is None else []
    on = ({key for key, value in (automated or {}).items() if value is True} for automated in (new, old))
    found += [f"{key} is on" for key in sorted(next(on) - next(on))]
    options, others = (policy.get("syncOptions") or () for policy in (now, was))
    found += [option for option in _CARELESS if option in options and option not in others]
    found += [f"no {option}" for option in _CAREFUL if option in others and option not in options]
    ignored, before_that = (spec.get("ignoreDifferences") or () for spec in (after, before))
    found += ["ignores more differences"] if any(item not in before_that for item in ignored) else []
    return ", ".join(found)


def loosened(before: Windows, after: Windows) -> str:
    """Say when syncing is allowed only after a change; "" where it is not.

    Args:
        before: an AppProject's `syncWindows`.
        after: the same.
    """
    zones = [sorted({str(window.get("timeZone", "UTC")) for window in windows}) for windows in (before, after)]
    if all(zones) and zones[0] != zones[1]:
        return f"the windows go by the clock of {', '.join(zones[1])} instead of {', '.join(zones[0])}"
    try:
        by_hand, by_itself = (_allowed(after, manual) & ~_allowed(before, manual) for manual in (True, False))
    except ValueError:
        return "" if list(before) == list(after) else "the windows change in a way that can't be compared"
    how = {"by hand": by_hand, "by itself": by_itself} if by_hand != by_itself else {"": by_hand}
    found = [f"{_length(minutes)} {word}".strip() for word, minutes in how.items() if minutes]
    return f"more time to sync in a week: {', '.join(found)}" if found else ""


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes.bit_count(), _HOUR)
    return f"{hours} h{f' {rest} min' if rest else ''}"


def _allowed(windows: Windows, by_hand: bool) -> int:
    """The minutes at which Argo CD syncs, as bits; a window can leave what is started by hand alone."""
    denies = [
        window for window in windows if window.get("kind") == "deny" and not (by_hand and window.get("manualSync"))
    ]
    allows = [window for window in windows if window.get("kind") == "allow"]
    restricts = any(not (by_hand and window.get("manualSync")) for window in allows)
    return (_minutes(allows) if restricts else _ALWAYS) & ~_minutes(denies)


def _minutes(windows: Iterable[Mapping[str, Any]]) -> int:
    """The minutes that lie in any of some windows.

    Raises:
        ValueError: one of them is not for all Applications, or not the same in every week.
    """
    found = 0
    for window in windows:
        minute, hour, day, month, weekday = str(window["schedule"]).lower().split()
        if (day, month) != ("*", "*") or window.get("applications") != ["*"]:
            raise ValueError("not the same every week")
        length = min(Duration(window["duration"]).seconds // 60, _WEEK)
        for start_day in _values(weekday, 7):
            for start_hour in _values(hour, 24):
                for start in _values(minute, _HOUR):
                    bits = ((1 << length) - 1) << (start_day * _DAY + start_hour * _HOUR + start)
                    found |= (bits & _ALWAYS) | (bits >> _WEEK)  # what runs over Saturday night is Sunday's
    return found


def _values(field: str, end: int) -> set[int]:
    """What a field of a cron schedule selects, of the numbers below an end."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = 0 if first == "*" else _number(first)
        stop = _number(last) if last else end - 1 if first == "*" or step else start
        found.update(range(start, stop + 1, int(step or 1)))
    return {value % end for value in found}


def _number(text: str) -> int:
    return _DAYS.index(text) if text in _DAYS else int(text)
