"""Sync windows for the tests: made up, and looked at in plain words."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from components.settings.gitops import GitOps

Window = dict[str, Any]

NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WORDS = {"daily": NAMES, "weekdays": NAMES[:5], "weekends": NAMES[5:]}


def gitops(time_zone: str | None, *windows: Window, **others: object) -> GitOps:
    """Settings with these windows; raises pydantic's error for what they refuse."""
    return as_settings({"branch": "main", "timeZone": time_zone, "windows": windows} | others)


def as_settings(config: object) -> GitOps:
    """Settings as a stack file has them."""
    return GitOps.model_validate_json(json.dumps(config))


def is_in(window: Window, weekday: int, clock: str) -> bool:
    """Whether a window is on, when the clock shows a time ("08:30") on a day (0 for Monday)."""
    days = WORDS.get(window["days"], ()) if isinstance(window["days"], str) else window["days"]
    today, yesterday = NAMES[weekday] in days, NAMES[weekday - 1] in days
    if window["from"] < window["to"]:
        return today and window["from"] <= clock < window["to"]
    return (today and window["from"] <= clock) or (yesterday and clock < window["to"])


def _accepted(windows: list[Window]) -> bool:
    try:
        gitops("UTC", *windows)
    except ValidationError:
        return False
    return True


_TIMES = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)]
_DAYS = st.sampled_from(sorted(WORDS)) | st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)


@st.composite
def window_sets(draw: st.DrawFn) -> list[Window]:
    """Up to four windows that are accepted together: across midnight and the week's end, for syncs by hand or not."""
    by_hand = draw(st.booleans())  # beside an allow window without it, no other window may have it
    chosen: list[Window] = []
    for _ in range(draw(st.integers(1, 6))):
        window = {
            "kind": draw(st.sampled_from(["allow", "deny"])),
            "days": draw(_DAYS),
            "from": draw(st.sampled_from(_TIMES)),
            "to": draw(st.sampled_from([*_TIMES, "24:00"])),
            "manual": by_hand,
        }
        if window["kind"] == "deny" and by_hand:
            window["manual"] = draw(st.booleans())
        if len(chosen) < 4 and _accepted([*chosen, window]):
            chosen.append(window)
    return chosen
