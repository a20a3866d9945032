"""`python -m tools.embedded.clouds`: what `make preview-cloud` calls."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from errors import UserError
from snapshot import engine, engine_events
from snapshot.in_process import Registered
from tools import command_line, install_manifests, stack_values
from tools.embedded.clouds import screen
from tools.embedded.clouds.stack import KINDS, CloudStack, CloudWorkspace
from tools.engine import ensure

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

_BANNER = """\
SIMULATED: no cloud is asked, nothing is made, and no credential is used. The engine is the real one; stand-ins for the
providers check every property against the providers' own SDKs (docs/clouds-without-a-cloud.md says what that proves).
"""


@app.callback()
def _commands() -> None:
    """Keep the name of the one command."""


@app.command()
def preview(
    stack: Annotated[str, typer.Option(help="whose name is in Pulumi.<stack>.yaml")] = "production",
    cloud: Annotated[str, typer.Option(help=", ".join(KINDS))] = KINDS[0],
) -> None:
    """Show what a stack would make in an empty account of a cloud, which is simulated."""
    if cloud not in KINDS:
        raise UserError(f'"{cloud}" is not a kind of cluster that a stack makes; CLOUD is one of {", ".join(KINDS)}')
    committed = stack_values.read(stack)
    if faults := committed.faults():
        raise UserError(*faults)
    workspace = CloudWorkspace(kind=cloud)
    workspace.prepare(ensure("pulumi"))
    install_manifests.provide()
    if committed.config.get("addons"):
        install_manifests.provide_charts()
    ready = CloudStack(workspace, stack)
    ready.prepare("gitops")
    print(_BANNER, flush=True)
    print(screen.show(cloud, stack, _registered(ready)), end="")


def _registered(ready: CloudStack) -> list[Registered]:
    """What the program asks for, as the engine and the stand-ins take it.

    Raises:
        UserError: one of them refuses something; each line is a sentence.
    """
    command = [str(ready.workspace.engine), "preview", "--stack", ready.name]
    run = engine.run(command, ready.workspace.root, ready.environment())
    if errors := engine_events.errors(run.events):
        raise UserError(*errors)
    if run.code != 0:
        raise UserError(f"the preview failed: {run.reason}")
    return [step.after for step in engine_events.steps(run.events, engine_events.PLANNED) if step.after]


if __name__ == "__main__":
    sys.exit(command_line.run(app))
