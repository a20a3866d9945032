"""Formats values and sentences for people: everything is visible, and a terminal obeys nothing in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

_AMBIGUOUS = re.compile(r"true|false|null|-?\d+(\.\d+)?|\s.*|.*\s|", re.DOTALL)
_HIDDEN = re.compile(r"[^\n\t !-~]")


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # libyaml where it is there
    """Writes YAML with multi-line texts as block scalars."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def visible(text: str) -> str:
    r"""A text in which control characters, invisible ones and those that change its direction are spelled out.

    Terminals obey the first, and the others disguise a change: they become `\x1b` or `\u202e`. Line ends and tabs stay.
    """
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub(_spelled, text)


def shown(value: Any) -> str:
    """A value of a manifest as YAML, multi-line texts as lines."""
    if isinstance(value, str):
        return f'"{visible(value)}"' if "\n" not in value and _AMBIGUOUS.fullmatch(value) else visible(value)
    if isinstance(value, Mapping | list | tuple) and value:
        text: str = yaml.dump(_plain(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
        return text.removesuffix("\n")
    return json.dumps(_plain(value))


def clipped(text: str, limit: int) -> str:
    """The first `limit` characters of a text and, if it is longer, how many more it has."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def line(text: str, limit: int) -> str:
    """The first `limit` characters of a text as one line, so that a report doesn't grow with it."""
    seen = visible(text[:limit]).replace("\n", "\\n").replace("\t", "\\t")
    if len(text) > limit:
        return f"{seen[:limit]}… ({len(text) - limit:,} more characters)"
    return seen if len(seen) <= limit else f"{seen[:limit]}…"


def counted(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: "1 change", "1,234 changes"; the plural is the singular with an s by default."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def listed(names: Iterable[str]) -> str:
    """Names for a sentence: "dev, staging and production"."""
    *first, last = [*names] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _spelled(match: re.Match[str]) -> str:
    char = match.group()
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")


def _plain(value: Any) -> Any:
    """A value of types that YAML can write, with all texts `visible`."""
    if isinstance(value, Mapping):
        return {visible(str(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return visible(value)
    return value if value is None or isinstance(value, bool | int | float) else visible(str(value))
