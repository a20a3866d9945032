"""Changes as lines that begin with + and -."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import NamedTuple

from manifests.differences import Field
from review.model import Action, Change
from review.reports.texts import line, shown

_FIRST = ("apiVersion", "kind", "metadata")
_PATH = 300  # characters
_COMPARABLE = 2_000  # lines; difflib's time grows with their square


class Line(NamedTuple):
    """A line of a diff.

    Attributes:
        sign: "+", "-", " " for what stays, "@" for the path of a field.
        text: the rest of the line.
    """

    sign: str
    text: str


def lines(change: Change) -> Iterator[Line]:
    """A whole change: a new or deleted object, or the fields that differ."""
    if change.is_whole:
        sign = "+" if change.action is Action.CREATE else "-"
        manifest = change.object.manifest
        ordered = {key: manifest[key] for key in _FIRST if key in manifest} | dict(manifest)
        yield from (Line(sign, text) for text in shown(ordered).splitlines())
        return
    for field in change.fields:
        yield Line("@", line(field.path, _PATH))
        yield from values(field)


def values(field: Field) -> Iterator[Line]:
    """The values of a field before and after; a secret is not shown."""
    if field.secret:
        before = "" if field.before is None else "a secret"
        after = "" if field.after is None else "another secret" if before else "a secret"
    else:
        before = "" if field.before is None else shown(field.before)
        after = "" if field.after is None else shown(field.after)
    old, new = before.splitlines(), after.splitlines()
    if min(len(old), len(new)) <= 1 or max(len(old), len(new)) > _COMPARABLE:
        yield from (Line("-", text) for text in old)
        yield from (Line("+", text) for text in new)
        return
    for number, text in enumerate(difflib.unified_diff(old, new, n=2, lineterm="")):
        if number > 2:  # after the names of the files, which do not exist, and the first hunk
            yield Line(" ", "⋯") if text.startswith("@@") else Line(text[0], text[1:])
