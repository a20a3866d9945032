"""When Argo CD syncs: the minutes of a week that an AppProject's windows allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from manifests import argocd
from manifests.objects import Manifest, items, part
from units import Duration

Windows = Sequence[Mapping[str, Any]]

_HOUR, _DAY, _WEEK = 60, 24 * 60, 7 * 24 * 60
_ALWAYS = (1 << _WEEK) - 1
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def allowed(windows: Windows, by_hand: bool) -> int:
    """The minutes of the week at which Argo CD syncs, as bits; `manualSync` exempts syncs by hand from a window.

    Raises:
        ValueError: a window is not for all Applications, or differs from week to week.
    """
    denies = [
        window for window in windows if window.get("kind") == "deny" and not (by_hand and window.get("manualSync"))
    ]
    allows = [window for window in windows if window.get("kind") == "allow"]
    restricts = any(not (by_hand and window.get("manualSync")) for window in allows)
    return (_minutes(allows) if restricts else _ALWAYS) & ~_minutes(denies)


def at_most(project: Manifest, by_hand: bool) -> int:
    """The minutes of the week at which some Application of an AppProject can be synced, as bits; an upper bound.

    Args:
        project: an AppProject.
        by_hand: whether a person starts the sync.
    """
    spec = part(project, "spec")
    targets = items(spec, "destinations")
    windows = [window for window in items(spec, "syncWindows") if _is_for_all(window, targets)]
    weekly = [
        {**window, "applications": ["*"], "schedule": _every_week(window)}
        for window in windows
        if window.get("kind") == "allow" or _every_week(window) == window.get("schedule")
    ]
    try:
        return allowed(weekly, by_hand)
    except (KeyError, ValueError):
        return _ALWAYS


def _every_week(window: Manifest) -> str:
    """A window's schedule as if it were for every day of every month."""
    fields = str(window.get("schedule")).split()
    return " ".join([*fields[:2], "*", "*", *fields[4:]])


def _is_for_all(window: Manifest, targets: Sequence[Manifest]) -> bool:
    """Whether a window is for every Application of a project, by name or by all of the project's destinations."""
    everyone = any(set(pattern) == {"*"} for pattern in items(window, "applications"))
    places = [
        bool(targets)
        and all(
            any(argocd.matches(pattern, target.get(key) or "") for pattern in items(window, several))
            for target in targets
        )
        for key, several in (("namespace", "namespaces"), ("server", "clusters"))
    ]
    if not window.get("andOperator"):
        return everyone or any(places)
    given = [bool(items(window, key)) for key in ("applications", "namespaces", "clusters")]
    return all(fits for fits, is_given in zip([everyone, *places], given, strict=True) if is_given)


def _minutes(windows: Iterable[Mapping[str, Any]]) -> int:
    """The minutes of the week that lie in at least one window, as bits.

    Raises:
        ValueError: a window is not for all Applications, or differs from week to week.
    """
    minutes = 0
    for window in windows:
        minute, hour, day, month, weekday = str(window["schedule"]).lower().split()
        if (day, month) != ("*", "*") or [*items(window, "applications")] != ["*"]:
            raise ValueError("not the same every week")
        length = min(Duration(window["duration"]).seconds // 60, _WEEK)
        for start_day in _values(weekday, 7):
            for start_hour in _values(hour, 24):
                for start in _values(minute, _HOUR):
                    bits = ((1 << length) - 1) << (start_day * _DAY + start_hour * _HOUR + start)
                    minutes |= (bits & _ALWAYS) | (bits >> _WEEK)  # what runs past Saturday night is Sunday's
    return minutes


def _values(field: str, end: int) -> set[int]:
    """The numbers below `end` that a field of a cron schedule selects."""
    values: set[int] = set()
    for entry in field.split(","):
        span, _, step = entry.partition("/")
        first, _, last = span.partition("-")
        start = 0 if first == "*" else _number(first)
        stop = _number(last) if last else end - 1 if first == "*" or step else start
        if stop > end:
            raise ValueError("not a field of a schedule")
        values.update(range(start, stop + 1, int(step or 1)))
    return {value % end for value in values}


def _number(text: str) -> int:
    return _DAYS.index(text) if text in _DAYS else int(text)
