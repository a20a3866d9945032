"""How a change loosens when Argo CD syncs, and what a sync does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manifests.sync_windows import Windows, allowed

_CARELESS = ("CreateNamespace=true", "FailOnSharedResource=false", "Force=true", "Replace=true", "Validate=false")
_CAREFUL = ("PruneLast=true", "PrunePropagationPolicy=foreground", "RespectIgnoreDifferences=true")


def loosened_sync(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return what Argo CD does automatically, or no longer checks, after a change; "" if nothing gets looser.

    Args:
        before: an Application's `spec`.
        after: its `spec` after the change.
    """
    was, now = (spec.get("syncPolicy") or {} for spec in (before, after))
    old, new = (policy.get("automated") for policy in (was, now))
    looser = ["syncs by itself"] if new is not None and old is None else []
    on = ({key for key, value in (automated or {}).items() if value is True} for automated in (new, old))
    looser += [f"{key} is on" for key in sorted(next(on) - next(on))]
    options, others = (policy.get("syncOptions") or () for policy in (now, was))
    looser += [option for option in _CARELESS if option in options and option not in others]
    looser += [f"no {option}" for option in _CAREFUL if option in others and option not in options]
    ignored, before_that = (spec.get("ignoreDifferences") or () for spec in (after, before))
    looser += ["ignores more differences"] if any(item not in before_that for item in ignored) else []
    return ", ".join(looser)


def loosened_windows(before: Windows, after: Windows) -> str:
    """Return how much more time of a week allows syncing after a change; "" if there is no more.

    Args:
        before: an AppProject's `syncWindows`.
        after: its `syncWindows` after the change.
    """
    zones = [sorted({str(window.get("timeZone", "UTC")) for window in windows}) for windows in (before, after)]
    if all(zones) and zones[0] != zones[1]:
        return f"the windows go by the clock of {', '.join(zones[1])} instead of {', '.join(zones[0])}"
    try:
        by_hand, by_itself = (allowed(after, manual) & ~allowed(before, manual) for manual in (True, False))
    except ValueError:
        return "" if list(before) == list(after) else "the windows change in a way that can't be compared"
    how = {"by hand": by_hand, "by itself": by_itself} if by_hand != by_itself else {"": by_hand}
    more = [f"{_length(minutes)} {word}".strip() for word, minutes in how.items() if minutes]
    return f"more time to sync in a week: {', '.join(more)}" if more else ""


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes.bit_count(), 60)
    return f"{hours} h{f' {rest} min' if rest else ''}"
