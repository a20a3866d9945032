"""`python -m tools.local`: what the Makefile calls."""

from __future__ import annotations

import shlex
import sys
import time
from typing import Annotated

import typer
import yaml

from tools import stack_values
from tools.cluster import control_plane
from tools.cluster.components import Binaries
from tools.cluster.state import ClusterError, Layout
from tools.engine import EngineError, ensure
from tools.local.orphans import stop_orphans
from tools.local.stack import PROJECT, Stack, StackError
from tools.local.summary import closing_table
from tools.local.workspace import Workspace
from tools.stack_values import StackFileError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
StackName = Annotated[str, typer.Option("--stack", help="dev, staging or production")]


def _report(line: str) -> None:
    print(f"  cluster: {line}", flush=True)


def _ready(name: str) -> Stack:
    """Everything that a stack needs before Pulumi can work on it."""
    if faults := stack_values.read(name).faults():
        raise StackError("\n".join(faults))
    workspace = Workspace()
    tools = ensure("pulumi", "cluster")
    workspace.prepare(tools)
    stack = Stack(workspace, name)
    stack.prepare()
    control_plane.up(Layout(workspace.local), Binaries.of(tools), _report)
    stack.repair()
    return stack


@app.command()
def up(stack: StackName = "dev") -> None:
    """Bring an environment to life on the embedded cluster."""
    started = time.monotonic()
    ready = _ready(stack)
    # No preview first: nobody reads it here (`make preview` is for that), and the settings are checked as a whole
    # before the first object is made.
    # The state is compared with the cluster first, so that what somebody has deleted comes back.
    code = ready.run("up", "--yes", "--skip-preview", "--refresh")
    if code != 0:
        raise typer.Exit(code)
    namespace = yaml.safe_load(ready.config_file.read_text())["config"][f"{PROJECT}:namespace"]
    if not closing_table(ready, namespace, started):
        raise StackError(f"not everything is ready; `kubectl get pods -n {namespace}` tells more")


@app.command()
def preview(stack: StackName = "dev") -> None:
    """Show what `up` would change."""
    raise typer.Exit(_ready(stack).run("preview", "--diff"))


@app.command()
def destroy(
    stack: StackName = "dev",
    confirm: Annotated[str, typer.Option(help="the stack's name again, where it holds protected data")] = "",
) -> None:
    """Remove an environment from the embedded cluster."""
    ready = _ready(stack)
    if ready.protected():
        if confirm != stack:
            raise StackError(
                f"stack {stack} is protected, and destroying it deletes its databases and volumes with all their data; "
                f"if you mean it, type `make destroy STACK={stack} CONFIRM={stack}`"
            )
        ready.unprotect()
    raise typer.Exit(ready.run("destroy", "--yes"))


@app.command()
def down() -> None:
    """Stop everything that was started here; the data stays."""
    workspace = Workspace()
    stop_orphans(workspace.root)
    control_plane.down(Layout(workspace.local), _report)


@app.command()
def env() -> None:
    """Print shell commands after which plain pulumi and kubectl work on the embedded default."""
    workspace = Workspace()
    workspace.prepare(ensure("pulumi", "cluster"))
    for name, value in workspace.variables().items():
        print(f"export {name}={shlex.quote(value)}")
    print(f'export PATH={shlex.quote(str(workspace.bin))}:"$PATH"')


def main() -> int:
    """Run the command line; what a person can mend is one sentence, never a traceback."""
    try:
        app(standalone_mode=True)
    except (EngineError, StackError, StackFileError, ClusterError) as error:
        for sentence in str(error).splitlines() if isinstance(error, StackError) else [error]:
            print(f"error: {sentence}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
