"""Builds HTML from elements, whose serialisation escapes all text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

from review.reports.escaping import logged

Child: TypeAlias = "Element | str"

_OURS = ("script", "style")
"""Elements with text of ours, which the page allows by its digest."""

__all__ = ["Child", "Element", "element", "html"]


def element(tag: str, *children: Child | Iterable[Child], **attributes: object) -> Element:
    """Make an element.

    Args:
        tag: its name.
        children: elements, texts that are already `visible`, and iterables of both.
        attributes: by name, with `class_` for Python's keyword and `_` for `-`; None and False leave one out.
    """
    parent = Element(tag)
    for name, value in attributes.items():
        if value is not None and value is not False:
            text = "" if value is True else logged(str(value), within=True)
            parent.set(name.rstrip("_").replace("_", "-"), text)
    for child in children:
        for part in [child] if isinstance(child, str | Element) else child:
            _add(parent, part)
    return parent


def html(root: Element) -> str:
    """A page as a string."""
    return f"<!doctype html>\n{tostring(root, encoding='unicode', method='html')}\n"


def _add(parent: Element, child: Child) -> None:
    if not isinstance(child, str):
        parent.append(child)
        return
    text = child if parent.tag in _OURS else logged(child, within=True)
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
