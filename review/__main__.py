"""Shows what a change does to every environment or to a running one, and what an environment consists of.

`diff` and `inventory` need no engine, no cluster and no credentials; `preview` asks Pulumi. More in docs/preview.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from errors import UserError
from review import commands
from review.model import Report
from snapshot.revision import WORK_TREE

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)


class DiffFormat(StrEnum):
    """How a change is shown."""

    TERMINAL = "terminal"
    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"


class InventoryFormat(StrEnum):
    """How an inventory is shown."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


Output = Annotated[Path | None, typer.Option(help="a file to write instead of printing")]


@app.command("diff")
def diff_command(
    base: Annotated[str, typer.Option(help="branch, tag or commit that the head branched off from")] = "main",
    head: Annotated[str, typer.Option(help="branch, tag or commit; by default, the files as they are now")] = WORK_TREE,
    format_: Annotated[DiffFormat, typer.Option("--format", help="how it is shown")] = DiffFormat.TERMINAL,
    output: Output = None,
) -> None:
    """Show what a change does to every object of every environment.

    Exits with 1 where the head can't be read or breaks a mandatory policy.
    """
    _write(commands.between(Path.cwd(), base, head), format_, output)


@app.command("inventory")
def inventory_command(
    stack: Annotated[str, typer.Option(help="whose name is in Pulumi.<stack>.yaml, such as production")],
    format_: Annotated[InventoryFormat, typer.Option("--format", help="how it is shown")] = InventoryFormat.TABLE,
    output: Output = None,
) -> None:
    """Show every object of an environment: who applies it, what makes it, and whether it is protected."""
    _write(commands.inventory(Path.cwd(), stack), format_, output)


@app.command("preview")
def preview_command(
    stack: Annotated[str, typer.Option(help="a stack that `pulumi` knows")],
    format_: Annotated[DiffFormat, typer.Option("--format", help="how it is shown")] = DiffFormat.TERMINAL,
    output: Output = None,
) -> None:
    """Show what the program would change in a running environment, and what somebody has changed there.

    Exits with 1 where the program refuses or breaks a mandatory policy.
    """
    from review import live  # here, as its import would slow down the other commands

    with _progress() as progress:
        report = live.preview(Path.cwd(), stack, progress)
    _write(report, format_, output)


def _write(report: Report, format_: str, output: Path | None) -> None:
    # Imported here, so that the command starts without waiting for it.
    from rich.console import Console

    from review.reports import html, inventory, json_, markdown, summary, terminal

    texts = {"markdown": markdown.render, "json": json_.render, "html": html.render, "csv": inventory.to_csv}
    with _opened(output) as file:
        if format_ in texts:
            file.write(texts[format_](report))
        else:
            terminal.show(report, Console(file=file))
    if any(head.problem for head in report.heads) or any(map(summary.stops, report.violations)):
        raise typer.Exit(1)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show progress on the error stream: on a terminal in one changing line, otherwise line by line."""
    from rich.console import Console

    from review.reports.texts import visible

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    if console.is_terminal:
        with console.status("") as status:
            yield lambda text: status.update(visible(text))
    else:
        yield console.print


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if not output:
        yield sys.stdout
        return
    try:
        file = output.open("w", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{output} can't be written ({error.strerror}); name another file with --output") from None
    with file:
        yield file


def main() -> None:
    """Run the command line; a person's error is a sentence on the error stream, never a traceback."""
    try:
        app()
    except UserError as error:
        sentences = str(error)
    except (ImportError, SyntaxError) as error:  # the comparison runs the checkout's code, which can be broken
        sentences = f"the code of this checkout can't be run: {type(error).__name__}, {error}"
    else:
        return
    from review.reports.escaping import logged
    from review.reports.texts import visible

    sys.stderr.writelines(f"error: {logged(line)}\n" for line in visible(sentences).split("\n"))
    sys.exit(2)


if __name__ == "__main__":
    main()
