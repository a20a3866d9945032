"""Values and sentences as people read them: nothing is invisible, and nothing speaks to the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

_TELLING = re.compile(r"true|false|null|-?\d+(\.\d+)?|\s.*|.*\s|", re.DOTALL)
_HIDDEN = re.compile(r"[^\n\t !-~]")


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # libyaml where it is there
    """YAML in which a text of many lines stands as lines."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def visible(text: str) -> str:
    r"""A text in which control characters, invisible ones and those that turn its direction are spelled out.

    A terminal obeys the first, and the others make a change look like another one: they become `\x1b` or `\u202e`.
    Line ends and tabs stay.
    """
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub(_spelled, text)


def shown(value: Any) -> str:
    """A value as YAML would hold it, a text of many lines as those lines.

    Args:
        value: what a manifest holds.
    """
    if isinstance(value, str):
        return f'"{visible(value)}"' if "\n" not in value and _TELLING.fullmatch(value) else visible(value)
    if isinstance(value, Mapping | list | tuple) and value:
        text: str = yaml.dump(_plain(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
        return text.removesuffix("\n")
    return json.dumps(_plain(value))


def clipped(text: str, limit: int) -> str:
    """The start of a text, and how much of it is missing where it is longer.

    Args:
        text: any.
        limit: most characters of it.
    """
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def line(text: str, limit: int) -> str:
    """The start of a text as one line of bounded length, for a report that must not grow with it.

    Args:
        text: any.
        limit: most characters of it.
    """
    seen = visible(text[:limit]).replace("\n", "\\n").replace("\t", "\\t")
    if len(text) > limit:
        return f"{seen[:limit]}… ({len(text) - limit:,} more characters)"
    return seen if len(seen) <= limit else f"{seen[:limit]}…"


def counted(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: "1 change", "1,234 changes".

    Args:
        number: how many.
        singular: the noun for one.
        plural: the noun for more; by default, with an s.
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def listed(names: Iterable[str]) -> str:
    """Names as a sentence has them: "dev, staging and production"."""
    found: Sequence[str] = list(names)
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def _spelled(found: re.Match[str]) -> str:
    char = found.group()
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")


def _plain(value: Any) -> Any:
    """What YAML can hold, made visible."""
    if isinstance(value, Mapping):
        return {visible(str(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return visible(value)
    return value if value is None or isinstance(value, bool | int | float) else visible(str(value))
