"""What a label selector selects, by the reference of `LabelSelector` (meta/v1)."""

from __future__ import annotations

from manifests.objects import Manifest, items, part


def selects(selector: Manifest, labels: Manifest) -> bool:
    """Whether a label selector selects what has these labels; an empty one selects everything.

    An operator that Kubernetes does not know selects nothing: the API server refuses it.
    """
    wanted = part(selector, "matchLabels")
    return all(key in labels and labels[key] == wanted[key] for key in wanted) and all(
        _fits(expression, labels) for expression in items(selector, "matchExpressions")
    )


def selects_all(selector: Manifest | None) -> bool:
    """Whether a selector selects everything: nothing is asked of the labels, in whichever spelling."""
    return not part(selector or {}, "matchLabels") and not items(selector or {}, "matchExpressions")


def names(selector: Manifest | None) -> bool:
    """Whether a selector says which labels it means, not only which it excludes or that one has to exist."""
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
