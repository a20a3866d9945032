"""What a label selector selects, by the reference of `LabelSelector` (meta/v1)."""

from __future__ import annotations

from manifests.objects import Manifest, items, part


def selects(selector: Manifest, labels: Manifest) -> bool:
    """Whether a label selector matches labels; an empty one matches everything.

    An unknown operator, which the API server would refuse, matches nothing.
    """
    wanted = part(selector, "matchLabels")
    return all(key in labels and labels[key] == wanted[key] for key in wanted) and all(
        _fits(expression, labels) for expression in items(selector, "matchExpressions")
    )


def selects_all(selector: Manifest | None) -> bool:
    """Whether a selector has no requirements, and so selects everything."""
    return not part(selector or {}, "matchLabels") and not items(selector or {}, "matchExpressions")


def names(selector: Manifest | None) -> bool:
    """Whether a selector requires a label's value, rather than only excluding values or requiring a key."""
    given = selector or {}
    return bool(part(given, "matchLabels")) or any(
        expression.get("operator") == "In" for expression in items(given, "matchExpressions")
    )


def _fits(expression: Manifest, labels: Manifest) -> bool:
    key, values = str(expression.get("key")), items(expression, "values")
    match expression.get("operator"):
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False
