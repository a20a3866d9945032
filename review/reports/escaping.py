"""Foreign text in Markdown and in logs: it stays text, whatever it holds.

GitHub looks for mentions, references and links after it has read the Markdown, in all text that is not code. An escape
is not enough there, so a character without width goes in between. And its runner obeys what a step prints: a line that
begins with `::`, and `##[` anywhere (ActionCommand.cs of actions/runner).
"""

from __future__ import annotations

import re

from review.reports.texts import line

_MARKUP = re.compile(r"[$&*<>@\[\\\]_`|~]|:(?=/)|(?<=www)\.", re.IGNORECASE)
_CALLS = re.compile(r"(?<=[@#:])(?=\S)|(?<=\bGH-)(?=\d)|(?<=www)(?=\.)", re.IGNORECASE)
_COMMANDS = re.compile(r"^([^\S\n]*):(?=:)|#(?=#\[)", re.MULTILINE)
_FIRST_LINE = "."  # of a text that stands within a line


def logged(text: str, *, within: bool = False) -> str:
    r"""A text for a log, in which nothing is a command to GitHub's runner: `::` becomes `\x3a:`, and `##[` `\x23#[`.

    Args:
        text: lines in which everything is visible already.
        within: whether the first line has something before the text.
    """
    if within:
        return logged(_FIRST_LINE + text).removeprefix(_FIRST_LINE)
    return _COMMANDS.sub(lambda match: rf"{match[1]}\x3a" if match[1] is not None else r"\x23", text)


def prose(text: str, limit: int) -> str:
    """At most `limit` characters of a sentence, for a paragraph, a cell of a table or HTML."""
    return _entities(_CALLS.sub("\u200b", line(text, limit)))


def code(text: str, limit: int) -> str:
    """At most `limit` characters of a name or a value, for a paragraph, a cell of a table or HTML."""
    return f"<code>{_entities(line(text, limit))}</code>"


def fenced(lines: list[str], language: str = "") -> str:
    """A block of code.

    Args:
        lines: any text without a line end.
        language: by which GitHub colours it.
    """
    text = "\n".join(lines)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _entities(text: str) -> str:
    return _MARKUP.sub(lambda match: f"&#{ord(match.group())};", text)
