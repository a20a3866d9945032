"""When and how Argo CD syncs: the minutes of a week that windows allow, and what a sync does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manifests.sync_windows import Windows, allowed

_CARELESS = ("CreateNamespace=true", "FailOnSharedResource=false", "Force=true", "Replace=true", "Validate=false")
_CAREFUL = ("PruneLast=true", "PrunePropagationPolicy=foreground", "RespectIgnoreDifferences=true")


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
        by_hand, by_itself = (allowed(after, manual) & ~allowed(before, manual) for manual in (True, False))
    except ValueError:
        return "" if list(before) == list(after) else "the windows change in a way that can't be compared"
    how = {"by hand": by_hand, "by itself": by_itself} if by_hand != by_itself else {"": by_hand}
    found = [f"{_length(minutes)} {word}".strip() for word, minutes in how.items() if minutes]
    return f"more time to sync in a week: {', '.join(found)}" if found else ""


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes.bit_count(), 60)
    return f"{hours} h{f' {rest} min' if rest else ''}"
