"""What the generated pages are written with."""

from collections.abc import Iterable


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table with a line end after it."""
    lines = [" | ".join(cells) for cells in (head, *rows)]
    rule = "---|" * (lines[0].count(" | ") + 1)
    return "\n".join([f"| {lines[0]} |", f"|{rule}", *(f"| {line} |" for line in lines[1:]), ""])
