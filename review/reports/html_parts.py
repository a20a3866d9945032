"""What several parts of the HTML page show alike."""

from __future__ import annotations

from review.model import Action, Level
from review.reports.dom import Element, element
from review.reports.summary import SIGNS


def level(found: Level | None, otherwise: str = "no change") -> Element:
    """A risk as a mark.

    Args:
        found: the risk; None where there is none.
        otherwise: what the mark says then.
    """
    name = found.name.lower() if found else "none"
    return element("span", f"{name} risk" if found else otherwise, class_=f"level {name}")


def badge(action: Action) -> Element:
    """An action as a mark."""
    return element("span", element("b", SIGNS[action]), f" {action}", class_=f"action {action}")
