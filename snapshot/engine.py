"""Runs Pulumi's engine, and explains in a sentence why it fails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from errors import UserError
from snapshot import engine_events

Event = Mapping[str, Any]
Progress = Callable[[str], None]
"""Receives a line of progress now and then."""

_EVERY = 25  # resources between two lines of progress

_AS_EVENTS = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true", "PULUMI_SKIP_UPDATE_CHECK": "true"}
"""Makes `--json` print each event as it happens, in previews too, so that progress can be shown."""

_REASONS = {
    r"no stack named '.*' found": (
        "pulumi knows no stack {stack}; `pulumi stack ls --all` lists the existing ones, and "
        "`pulumi stack init {stack}` creates it"
    ),
    r"no Pulumi\.yaml project file found|could not find .*Pulumi\.yaml": (
        "{root} has no Pulumi.yaml; type this in the project's folder"
    ),
    r"stack is currently locked|Another update is currently in progress": (
        "stack {stack} is locked: another pulumi is working on it, or was killed; wait for it, or, if none is running, "
        "type `pulumi cancel --stack {stack}`"
    ),
    r"PULUMI_CONFIG_PASSPHRASE|incorrect passphrase|passphrase must be set": (
        "the secrets of stack {stack} can't be decrypted; set PULUMI_CONFIG_PASSPHRASE or "
        "PULUMI_CONFIG_PASSPHRASE_FILE to the stack's passphrase or its file"
    ),
    r"PULUMI_ACCESS_TOKEN must be set|not logged in|problem logging in|invalid access token": (
        "pulumi is not logged in to the backend that has the stack; type `pulumi login`"
    ),
    r"could not find plugin|no resource plugin|plugin .* not found": (
        "pulumi lacks a provider's plugin; type `pulumi plugin install`"
    ),
    r"unreachable cluster|cluster is unreachable|onnection refused|no such host|i/o timeout": (
        "the cluster of stack {stack} can't be reached; start it (the embedded one with `make cluster-up`), or correct "
        "its kubeconfig"
    ),
}
"""What to do, by the engine's error."""


@dataclass(frozen=True)
class Answer:
    """What the engine has reported.

    Attributes:
        events: in its order.
        errors: what the program or a provider refuses, a line each; empty on success.
    """

    events: Sequence[Event]
    errors: tuple[str, ...]


class Outcome(NamedTuple):
    """What a command of Pulumi's has printed, and how it ended.

    Attributes:
        events: in its order.
        complaints: the lines of its standard error.
        code: its exit code.
    """

    events: Sequence[Event]
    complaints: Sequence[str]
    code: int

    @property
    def reason(self) -> str:
        """Why it failed: the last line of its standard error."""
        return (
            self.complaints[-1].removeprefix("error: ") if self.complaints else f"it ended with exit code {self.code}"
        )


def run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    passing: Callable[[Iterable[Event]], Iterable[Event]] = iter,
) -> Outcome:
    """Run a command of Pulumi's that changes nothing, and read its events.

    Args:
        command: Pulumi and its arguments; `--json` and the like are added here.
        folder: the project's.
        environment: its variables.
        passing: what the events pass through as they arrive; by default, nothing.
    """
    with (
        tempfile.TemporaryFile("w+") as complaints,
        subprocess.Popen(
            [*command, "--json", "--non-interactive", "--color", "never"],
            cwd=folder,
            env={**environment, **_AS_EVENTS},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        ) as process,
    ):
        events = list(passing(engine_events.events(process.stdout or ())))
        code = process.wait()
        complaints.seek(0)
        return Outcome(events, [line.strip() for line in complaints if line.strip()], code)


def ask(root: Path, stack: str, command: Sequence[str], progress: Progress) -> Answer:
    """Run the engine on a stack without changing anything.

    Args:
        root: the project's folder.
        stack: the stack's name.
        command: `preview`, or `refresh` with `--preview-only`.
        progress: receives how far the engine is.

    Raises:
        UserError: the engine can't work on the stack.
    """
    pulumi = shutil.which("pulumi")
    if not pulumi:
        raise UserError(
            "pulumi is not installed, or not on PATH; install it, or type `make preview STACK=...` for the embedded one"
        )
    outcome = run(
        [pulumi, *command, "--stack", stack], root, os.environ, lambda events: _counted(events, command[0], progress)
    )
    if outcome.code == 0:
        return Answer(outcome.events, ())
    errors = engine_events.errors(outcome.events)
    for line in [*errors, *outcome.complaints]:
        for pattern, reason in _REASONS.items():
            if re.search(pattern, line):
                raise UserError(reason.format(stack=stack, root=root))
    if not errors:
        raise UserError(f"`pulumi {command[0]} --stack {stack}` failed: {outcome.reason}")
    return Answer(outcome.events, tuple(errors))


def _counted(events: Iterable[Event], command: str, progress: Progress) -> Iterator[Event]:
    """The same events, with progress: how many resources the engine has looked at."""
    number = 0
    for event in events:
        if engine_events.DONE in event:
            number += 1
            if number % _EVERY == 0:
                progress(f"{command}: {number} resources so far")
        yield event
    progress(f"{command}: done, {number} resources")
