"""Pages that are generated: written, or checked for being up to date."""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path


def main(page: Path, text: Callable[[], str], *, module: str, truth: str, arguments: list[str] | None) -> int:
    """Write a page of docs/, or check it; return the exit code.

    Args:
        page: The file.
        text: Makes what belongs in it.
        module: What `python -m` runs to write it.
        truth: Whose word the page repeats, for the sentence about a stale one.
        arguments: What was typed after the command; None for what this process was started with.
    """
    name, command = f"docs/{page.name}", f"python -m {module}"
    parser = argparse.ArgumentParser(prog=command, description=f"Write {name}.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 when the page is not up to date"
    )
    if not parser.parse_args(arguments).check:
        page.write_text(text(), encoding="utf-8")
        return 0
    if page.is_file() and page.read_text(encoding="utf-8") == text():
        return 0
    print(f"{name} is not what {truth} say; type `{command}`.", file=sys.stderr)
    return 1


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table with a line end after it."""
    lines = [" | ".join(cells) for cells in (head, *rows)]
    rule = "---|" * (lines[0].count(" | ") + 1)
    return "\n".join([f"| {lines[0]} |", f"|{rule}", *(f"| {line} |" for line in lines[1:]), ""])
