"""`python -m tools.embedded.cluster up|down|status|reset`: the embedded control plane of this checkout."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tools import command_line
from tools.embedded.cluster import control_plane
from tools.embedded.cluster.components import Binaries
from tools.embedded.cluster.state import Layout, alone, at_work
from tools.engine import ensure
from tools.local.checkout import moved_from, settle

_SIMULATED = (
    "Pods are simulated: kwok marks them Running and Ready, and Jobs complete, but no container runs, "
    "nothing answers on their addresses and volumes hold no data.\n"
    "So is what they use, a fixed share of what they request, and that certificates, gateways, routes and Ingresses "
    "are fine."
)

_Root = Annotated[
    Path,
    typer.Option(help="The folder for everything local to a checkout.", file_okay=False, resolve_path=True),
]
_DEFAULT_ROOT = Path(__file__).parents[3] / ".local"

app = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

# Progress goes to the error stream, answers to the output. No highlighting, no markup: paths are printed as they are.
_progress = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
_output = Console(highlight=False, soft_wrap=True)


def _reporter() -> Callable[[str], None]:
    start = time.monotonic()
    return lambda line: _progress.print(f"{time.monotonic() - start:5.1f} s  {line}")


@app.command()
def up(root: _Root = _DEFAULT_ROOT) -> None:
    """Start what does not run; keep the data. Installs missing programs first."""
    binaries = Binaries.of(ensure("cluster"))
    layout = Layout(root)
    report = _reporter()
    with at_work(layout):
        settle(layout, report)
        control_plane.up(layout, binaries, report)
    _output.print(f"kubeconfig: {layout.kubeconfig} (context embedded)")


@app.command()
def down(root: _Root = _DEFAULT_ROOT) -> None:
    """Stop every process; keep the data."""
    layout = Layout(root)
    report = _reporter()
    with alone(layout):
        settle(layout, report, stopping=True)
        control_plane.down(layout, report)


@app.command()
def reset(root: _Root = _DEFAULT_ROOT) -> None:
    """Stop every process and delete data, keys, logs and the kubeconfig."""
    layout = Layout(root)
    report = _reporter()
    with alone(layout):
        settle(layout, report, stopping=True)
        control_plane.reset(layout, report)


@app.command()
def status(root: _Root = _DEFAULT_ROOT) -> None:
    """Show each process; the exit code is 0 only if all are healthy."""
    layout = Layout(root)
    statuses = control_plane.status(layout)
    table = Table("component", "pid", "port", "healthy", "since", box=None, pad_edge=False)
    for item in statuses:
        table.add_row(
            item.name,
            str(item.process.pid) if item.process else "-",
            str(item.port or "-"),
            "yes" if item.healthy else "no" if item.process else "stopped",
            f"{item.process.since:%Y-%m-%d %H:%M:%S}" if item.process else "-",
        )
    _output.print(table)
    _output.print(_SIMULATED)
    if (before := moved_from(layout)) and control_plane.runs(before):
        _output.print(
            f"This checkout was moved from {before.root.parent}, and its cluster still runs from there; "
            "`make cluster-up` stops it and starts it here."
        )
    elif not all(item.healthy for item in statuses):
        _output.print("Type `make cluster-up` to start what does not run.")
    if not all(item.healthy for item in statuses):
        raise typer.Exit(1)


if __name__ == "__main__":
    sys.exit(command_line.run(app))
