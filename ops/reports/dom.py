"""HTML and SVG as elements, so that text stays text: what serialises them escapes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

Child: TypeAlias = "Element | str"

__all__ = ["Child", "Element", "element", "html"]


def element(tag: str, *children: Child | Iterable[Child], **attributes: object) -> Element:
    """Make an element.

    Args:
        tag: its name.
        children: elements, texts that are visible already, and iterables of them.
        attributes: by name, `class_` for a word that Python has and `_` for each `-`; None and False leave one out.
    """
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None and value is not False:
            made.set(name.rstrip("_").replace("_", "-"), "" if value is True else str(value))
    for child in children:
        for part in [child] if isinstance(child, str | Element) else child:
            _add(made, part)
    return made


def html(root: Element) -> str:
    """A page as text."""
    return f"<!doctype html>\n{tostring(root, encoding='unicode', method='html')}\n"


def _add(made: Element, child: Child) -> None:
    if not isinstance(child, str):
        made.append(child)
    elif len(made):
        made[-1].tail = (made[-1].tail or "") + child
    else:
        made.text = (made.text or "") + child
