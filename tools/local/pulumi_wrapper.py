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

from errors import UserError
from tools import command_line
from tools.local import config_command
from tools.local.ownership import refuse_another_s
from tools.local.pulumi_arguments import PulumiArguments
from tools.local.stack import Stack
from tools.local.workspace import Workspace

_EMBEDDED = "this shell has the embedded cluster (`make env`), a new one has your own backend and cloud"
_TAKE_AWAY = frozenset({"destroy", "down", "dn"})
_ON_A_STACK = frozenset({"up", "update", "preview", "pre", "refresh", "watch"}) | _TAKE_AWAY
"""The commands, and Pulumi's other words for them, that read a stack's config to act on what there is."""


def main() -> NoReturn:
    """Run the real Pulumi in the place of this process."""
    arguments = sys.argv[1:]
    workspace = Workspace()
    engine = str(workspace.engine)
    environment = dict(os.environ)
    if environment.get("PULUMI_BACKEND_URL") != workspace.variables()["PULUMI_BACKEND_URL"]:
        # Another backend was chosen meanwhile: its stacks are not ours.
        os.execve(engine, ["pulumi", *arguments], environment)  # noqa: S606 - no shell is wanted
    line = PulumiArguments.read(arguments)
    command = "".join(line.words[:1])
    if _folder(line).is_relative_to(workspace.root):
        if refused := config_command.refused(arguments):
            raise UserError(refused)
        about_secrets = config_command.is_about_secrets(arguments)
        if command in _ON_A_STACK or about_secrets:
            name = line.options.get("stack") or environment.get("PULUMI_STACK") or selected_stack(engine, environment)
            stack = Stack(workspace, name or "")
            if stack.committed.exists() and about_secrets:
                arguments = _on_own_file(arguments, stack)
            elif stack.committed.exists() and environment.get("PULUMI_OPTION_CONFIG_FILE") != str(stack.config_file):
                # Not from a command of ours that has prepared it, as `make preview` has.
                _prepare(stack, takes_away=command in _TAKE_AWAY)
                environment |= stack.variables()
    if line.words[:2] == ["stack", "rm"]:
        # Otherwise it deletes the committed stack file.
        arguments = _with(arguments, "--preserve-config")
    os.execve(engine, ["pulumi", *arguments], environment)  # noqa: S606 - no shell is wanted


def _folder(line: PulumiArguments) -> Path:
    """The folder in which Pulumi will work."""
    return Path(line.options.get("cwd", ".")).resolve()


def _with(arguments: list[str], *options: str) -> list[str]:
    """Add options, of which the last one counts; behind `--` there would be none."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [*arguments[:end], *options, *arguments[end:]]


def _prepare(stack: Stack, *, takes_away: bool) -> None:
    with stack.alone(_report):
        committed = stack.prepare()
    for key in ("cluster", "secrets"):
        if committed.config.get(key):
            print(f"{committed.path}: its smarthr360:{key} is not used; {_EMBEDDED}", file=sys.stderr)
    if not takes_away:
        refuse_another_s(stack)


def _on_own_file(arguments: list[str], stack: Stack) -> list[str]:
    """The arguments with which Pulumi works on this machine's own stack file."""
    if refusal := config_command.refusal(arguments):
        raise UserError(refusal)
    with stack.alone(_report):
        stack.prepare()
    print(f"secrets of the embedded cluster: {stack.own_file.relative_to(stack.workspace.root)}", file=sys.stderr)
    return _with(arguments, "--stack", stack.name, "--cwd", str(stack.workspace.project))


def _report(line: str) -> None:
    print(line, file=sys.stderr)


def selected_stack(engine: str, environment: dict[str, str]) -> str | None:
    """The stack that was selected with `pulumi stack select`."""
    done = subprocess.run(
        [engine, "stack", "--show-name"], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None


if __name__ == "__main__":
    sys.exit(command_line.run(main))
