"""What `pulumi` is after `eval "$(make -s env)"`: the real one, on this checkout's local stacks.

It brings the stack's merged config file up to date (an edit of the committed stack file counts at once) and points the
engine to it. `pulumi config set` edits the committed file, as everywhere, but a secret goes into this machine's own.
What a person sets after `make env` (PULUMI_STACK, PULUMI_CONFIG_PASSPHRASE, ...) means what Pulumi says it means.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from stack_file import StackFileError
from tools.local import config_command
from tools.local.errors import StackError
from tools.local.ownership import refuse_another_s
from tools.local.stack import Stack
from tools.local.workspace import Workspace

_EMBEDDED = "this shell has the embedded cluster (`make env`), a new one has your own backend and cloud"


def main() -> NoReturn:
    """Run the real Pulumi in the place of this process."""
    arguments = sys.argv[1:]
    workspace = Workspace()
    engine = str(workspace.engine)
    environment = dict(os.environ)
    if environment.get("PULUMI_BACKEND_URL") != workspace.variables()["PULUMI_BACKEND_URL"]:
        # Another backend was chosen meanwhile: its stacks are not ours.
        os.execve(engine, ["pulumi", *arguments], environment)  # noqa: S606 - no shell is wanted
    if arguments and arguments[0] in ("up", "update", "preview", "pre", "refresh", "destroy", "down", "watch"):
        name = named_stack(arguments) or environment.get("PULUMI_STACK") or selected_stack(engine, environment)
        stack = Stack(workspace, name or "")
        if stack.committed.exists() and Path.cwd().is_relative_to(workspace.root):
            try:
                committed = stack.prepare()
                for key in ("cluster", "secrets"):
                    if committed.config.get(key):
                        print(f"{committed.path}: its smarthr360:{key} is not used; {_EMBEDDED}", file=sys.stderr)
                if arguments[0] not in ("destroy", "down"):
                    refuse_another_s(stack)
            except (StackError, StackFileError) as error:
                sys.exit(f"error: {error}")
            environment |= stack.variables()
    if config_command.is_about_secrets(arguments):
        name = named_stack(arguments) or environment.get("PULUMI_STACK") or selected_stack(engine, environment)
        arguments = _on_own_file(arguments, workspace, name)
    if arguments[:2] == ["stack", "rm"]:
        # Otherwise it deletes the committed stack file.
        arguments.append("--preserve-config")
    os.execve(engine, ["pulumi", *arguments], environment)  # noqa: S606 - no shell is wanted


def _on_own_file(arguments: list[str], workspace: Workspace, name: str | None) -> list[str]:
    """Go where this machine's own stack file is; the arguments with which Pulumi works on it."""
    stack = Stack(workspace, name or "")
    if not (stack.committed.exists() and Path.cwd().is_relative_to(workspace.root)):
        return arguments
    if refusal := config_command.refusal(arguments):
        sys.exit(f"error: {refusal}")
    try:
        stack.prepare()
    except (StackError, StackFileError) as error:
        sys.exit(f"error: {error}")
    print(f"secrets of the embedded cluster: {stack.own_file.relative_to(workspace.root)}", file=sys.stderr)
    os.chdir(workspace.project)
    return [*arguments, "--stack", stack.name]


def named_stack(arguments: list[str]) -> str | None:
    """The stack that the command line names: -s X, --stack X, -sX or --stack=X."""
    for index, argument in enumerate(arguments):
        if argument in ("-s", "--stack"):
            return arguments[index + 1] if index + 1 < len(arguments) else None
        if argument.startswith("--stack="):
            return argument.removeprefix("--stack=")
        if argument.startswith("-s") and not argument.startswith("--"):
            return argument.removeprefix("-s")
    return None


def selected_stack(engine: str, environment: dict[str, str]) -> str | None:
    """The stack that was selected with `pulumi stack select`."""
    done = subprocess.run(
        [engine, "stack", "--show-name"], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None


if __name__ == "__main__":
    main()
