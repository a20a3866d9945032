"""Foreign text inside Markdown and in logs: it stays text, whatever it holds.

GitHub looks for mentions, references and links after the Markdown is read, in all text that is not code. So an escape
is not enough there: a character without width goes in between. And its runner obeys what a step prints: a line that
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
        text: lines in which all is visible already.
        within: whether something stands before the text in its first line.
    """
    if within:
        return logged(_FIRST_LINE + text).removeprefix(_FIRST_LINE)
    return _COMMANDS.sub(lambda found: rf"{found[1]}\x3a" if found[1] is not None else r"\x23", text)


def prose(text: str, limit: int) -> str:
    """A sentence, for a paragraph, a cell of a table or HTML.

    Args:
        text: any.
        limit: most characters that it shows.
    """
    return _entities(_CALLS.sub("\u200b", line(text, limit)))


def code(text: str, limit: int) -> str:
    """A name or a value, for a paragraph, a cell of a table or HTML.

    Args:
        text: any.
        limit: most characters that it shows.
    """
    return f"<code>{_entities(line(text, limit))}</code>"


def fenced(lines: list[str], language: str = "") -> str:
    """A block of code.

    Args:
        lines: any text without a line end.
        language: what colours it.
    """
    text = "\n".join(lines)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _entities(text: str) -> str:
    return _MARKUP.sub(lambda found: f"&#{ord(found.group())};", text)
