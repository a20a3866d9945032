"""`python -m tools.local`: what the Makefile calls."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from errors import UserError
from tools import command_line, install_manifests, stack_values
from tools.embedded.argocd import argocd, ui
from tools.embedded.cluster import control_plane
from tools.embedded.cluster.components import Binaries
from tools.embedded.cluster.state import Layout, alone, at_work
from tools.engine import ensure
from tools.local import gitops
from tools.local.checkout import settle
from tools.local.orphans import stop_orphans
from tools.local.ownership import refuse_another_s
from tools.local.stack import Stack
from tools.local.summary import closing_table
from tools.local.workspace import Workspace

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
StackName = Annotated[str, typer.Option("--stack", help="whose name is in Pulumi.<stack>.yaml, such as dev")]


@app.callback(help=__doc__)
def _hold(context: typer.Context) -> None:
    """Keep the cluster from being taken away while a command works with it; take it away only if none does."""
    takes_away = context.invoked_subcommand in ("down", "reset")
    context.with_resource((alone if takes_away else at_work)(Workspace().layout))


def _report(line: str) -> None:
    print(f"  cluster: {line}", flush=True)


def _started() -> float:
    """When the person typed the command, in seconds since 1970: make knows, and has installed packages since."""
    return float(os.environ.get("STARTED") or time.time())


def _ready(context: typer.Context, name: str, delivery: str = "") -> tuple[Stack, Mapping[str, Path]]:
    """A stack with everything that Pulumi needs to work on it, kept from other commands, and the tools."""
    if delivery not in ("", "direct", "gitops"):
        raise UserError(f'"{delivery}" is not a delivery; DELIVERY is direct or gitops')
    committed = stack_values.read(name)
    if faults := committed.faults():
        raise UserError(*faults)
    if "secrets" in committed.config:
        print(f"  {committed.path}: its secrets are not used, the embedded cluster has secrets of its own", flush=True)
    workspace = Workspace()
    tools = ensure("pulumi", "cluster")
    workspace.prepare(tools)
    stack = Stack(workspace, name)
    context.with_resource(stack.alone(_report))
    stack.prepare(delivery or None)
    control_plane.up(workspace.layout, Binaries.of(tools), _report)
    if stack.delivery == "gitops":
        tools = {**tools, **ensure("argo")}
        workspace.prepare(tools)
        install_manifests.provide()
        gitops.wait_for_argocd(stack, _report)
    stack.repair()
    return stack, tools


@app.command()
def up(
    context: typer.Context,
    stack: StackName = "dev",
    delivery: Annotated[str, typer.Option(help="direct or gitops; by default as it is, or direct")] = "",
) -> None:
    """Bring an environment to life on the embedded cluster."""
    started = _started()
    ready, tools = _ready(context, stack, delivery)
    refuse_another_s(ready)
    # No preview first: nobody reads it here (`make preview` is for that), and the settings are checked as a whole
    # before the first object is made.
    # The state is compared with the cluster first, so that what somebody has deleted comes back.
    code = ready.run("up", "--yes", "--skip-preview", "--refresh")
    if code != 0:
        raise typer.Exit(code)
    status = gitops.deliver(ready, tools, _report) if ready.delivery == "gitops" else ""
    if not closing_table(ready, started, status):
        raise UserError(f"not everything is ready; `kubectl get pods -n {ready.config['namespace']}` shows more")


@app.command()
def preview(context: typer.Context, stack: StackName = "dev") -> None:
    """Show what `up` would change, and what somebody has changed in the cluster."""
    ready, _ = _ready(context, stack)
    refuse_another_s(ready)
    command = [sys.executable, "-m", "review", "preview", "--stack", stack]
    done = subprocess.run(command, cwd=ready.workspace.root, env=ready.environment(), check=False)
    raise typer.Exit(done.returncode)


@app.command()
def destroy(
    context: typer.Context,
    stack: StackName = "dev",
    confirm: Annotated[str, typer.Option(help="the stack's name again, where it holds protected data")] = "",
) -> None:
    """Remove an environment from the embedded cluster."""
    ready, tools = _ready(context, stack)
    if others := ready.needing_its_argocd():
        raise UserError(
            f"Argo CD belongs to stack {stack}, and delivers {' and '.join(others)} as well; type "
            f"{' and '.join(f'`make destroy STACK={other}`' for other in others)} first"
        )
    if ready.protected():
        if confirm != stack:
            raise UserError(
                f"stack {stack} is protected, and destroying it deletes its databases and volumes with all their data; "
                f"if you mean it, type `make destroy STACK={stack} CONFIRM={stack}`"
            )
        ready.unprotect()
    if ready.delivery == "gitops":
        # It deletes what it has applied.
        argocd.up(ready.workspace.layout, tools, _report)
    # Not in the checkout, where it would delete the rendered manifests as well, which are committed.
    code = ready.run("destroy", "--yes", folder=ready.workspace.project)
    if code == 0 and ready.delivery == "gitops":
        ready.disown_argocd()
    raise typer.Exit(code)


@app.command()
def sync(
    context: typer.Context,
    stack: StackName = "dev",
    prune: Annotated[bool, typer.Option(help="delete what has left Git, too")] = False,
    confirm: Annotated[str, typer.Option(help="the stack's name again, where that is protected")] = "",
) -> None:
    """Have Argo CD apply by hand what is in Git, inside the windows."""
    started = _started()
    ready, tools = _ready(context, stack)
    status = gitops.sync(ready, tools, _report, prune=prune, confirmed=confirm == stack)
    if status == "OutOfSync":
        print(f"\n{stack}: synced, but for what has left Git; `make sync STACK={stack} PRUNE=yes` deletes that")
        return
    if not closing_table(ready, started, status):
        raise UserError(f"not everything is ready; `kubectl get pods -n {ready.config['namespace']}` shows more")


@app.command("ui")
def start_ui() -> None:
    """Start Argo CD's own server on loopback."""
    workspace = Workspace()
    settle(workspace.layout, _report)
    tools = ensure("cluster", "argo")
    control_plane.up(workspace.layout, Binaries.of(tools), _report)
    print(ui.start(workspace.layout, tools, _report))


@app.command()
def down() -> None:
    """Stop everything that was started here; the data stays."""
    control_plane.down(_all_else_stopped(), _report)


@app.command()
def reset() -> None:
    """Stop everything, and delete the cluster with its data and the stacks' states."""
    control_plane.reset(_all_else_stopped(), _report)


def _all_else_stopped() -> Layout:
    """Stop everything that needs the cluster, and return the cluster's files."""
    workspace = Workspace()
    settle(workspace.layout, _report, stopping=True)
    stop_orphans(workspace.root)
    argocd.down(workspace.layout, _report)
    shutil.rmtree(workspace.temporary, ignore_errors=True)
    return workspace.layout


@app.command()
def env() -> None:
    """Print shell commands after which plain pulumi and kubectl work on the embedded default."""
    workspace = Workspace()
    workspace.prepare(ensure("pulumi", "cluster"))
    # What a person has set for stacks of their own would count for these.
    if theirs := sorted(set(workspace.foreign()) - set(workspace.variables())):
        print(f"unset {' '.join(theirs)}")
    for name, value in workspace.variables().items():
        print(f"export {name}={shlex.quote(value)}")
    print(f'export PATH={shlex.quote(str(workspace.bin))}:"$PATH"')


if __name__ == "__main__":
    sys.exit(command_line.run(app))
