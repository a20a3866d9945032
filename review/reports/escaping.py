"""Escapes foreign text for Markdown and for logs, so that it stays text.

GitHub looks for mentions, references and links after it has rendered the Markdown, in all text that is not code. An
escape is not enough there, so a zero-width space breaks them up. And GitHub's runner obeys commands that a step prints:
lines that begin with `::`, and `##[` anywhere (ActionCommand.cs of actions/runner).
"""

from __future__ import annotations

import re

from review.reports.texts import line

_MARKUP = re.compile(r"[$&*<>@\[\\\]_`|~]|:(?=/)|(?<=www)\.", re.IGNORECASE)
_CALLS = re.compile(r"(?<=[@#:])(?=\S)|(?<=\bGH-)(?=\d)|(?<=www)(?=\.)", re.IGNORECASE)
_COMMANDS = re.compile(r"^([^\S\n]*):(?=:)|#(?=#\[)", re.MULTILINE)
_FIRST_LINE = "."  # before a text that continues a line


def logged(text: str, *, within: bool = False) -> str:
    r"""A text for a log, without commands to GitHub's runner: `::` becomes `\x3a:`, and `##[` becomes `\x23#[`.

    Args:
        text: lines that are already `visible`.
        within: whether the text continues a line.
    """
    if within:
        return logged(_FIRST_LINE + text).removeprefix(_FIRST_LINE)
    return _COMMANDS.sub(lambda match: rf"{match[1]}\x3a" if match[1] is not None else r"\x23", text)


def prose(text: str, limit: int) -> str:
    """At most `limit` characters of a sentence, for a paragraph, a table's cell or HTML."""
    return _entities(_CALLS.sub("\u200b", line(text, limit)))


def code(text: str, limit: int) -> str:
    """At most `limit` characters of a name or a value, for a paragraph, a table's cell or HTML."""
    return f"<code>{_entities(line(text, limit))}</code>"


def fenced(lines: list[str], language: str = "") -> str:
    """A block of code.

    Args:
        lines: any text, without line ends.
        language: for GitHub's syntax highlighting.
    """
    text = "\n".join(lines)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _entities(text: str) -> str:
    return _MARKUP.sub(lambda match: f"&#{ord(match.group())};", text)
