"""`python -m tools.render [--check]`: rendered/, the manifests that Argo CD syncs, as the program makes them.

Hermetic: a throwaway backend, made-up secrets, no cluster and no credentials; the same bytes on every machine.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from components.neighbours import clashes
from components.settings import Identity
from errors import UserError
from tools import command_line, stack_values
from tools.engine import ensure
from tools.local.stack import Stack
from tools.local.workspace import ROOT, Workspace

CODE = ("__main__.py", "checked.py", "errors.py", "files.py", "units.py", "components", "stack_file")
"""All code that the program is made of."""

PROGRAM = ("Pulumi.yaml", *CODE, ".venv")
"""What it takes to run the program, besides the stack files."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Difference:
    """How a folder differs from what it should hold; each a list of paths below it.

    Attributes:
        missing: not there.
        changed: other content.
        left_over: what should not be there.
    """

    missing: list[str]
    changed: list[str]
    left_over: list[str]

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.left_over)

    def __str__(self) -> str:
        counts = {"new": self.missing, "changed": self.changed, "removed": self.left_over}
        return ", ".join(f"{len(paths)} {word}" for word, paths in counts.items() if paths) or "no change"


def render(root: Path, tools: Mapping[str, Path]) -> dict[str, dict[str, bytes]]:
    """Render every stack from nothing.

    Args:
        root: the project's folder; nothing is written into it.
        tools: the engine's programs, by name.

    Returns:
        The content of the files by stack, and by path below rendered/<stack>/.

    Raises:
        UserError: the program refuses a stack; with what it said.
    """
    with tempfile.TemporaryDirectory(prefix="smarthr360-render-") as folder:
        seen = Path(folder)
        names = stack_values.stacks(root)
        for name in (*PROGRAM, *(f"Pulumi.{stack}.yaml" for stack in names)):
            (seen / name).symlink_to(root / name)
        workspace = Workspace(seen)
        workspace.prepare(tools)
        first, *others = stacks = [Stack(workspace, name) for name in names]
        first.prepare("render")
        for other in others:
            # Making up and encrypting secrets takes seconds, and here they are only there to be left out.
            shutil.copy(first.own_file, other.own_file)
            other.prepare("render")
        with ThreadPoolExecutor(len(stacks)) as pool:
            list(pool.map(_up, stacks))
        return {stack: _files(seen / Identity(stack).rendered) for stack in names}


def compare(folder: Path, wanted: Mapping[str, bytes]) -> Difference:
    """Say how a folder differs from what it should hold."""
    present = _files(folder)
    return Difference(
        missing=sorted(wanted.keys() - present.keys()),
        changed=sorted(path for path in wanted.keys() & present.keys() if wanted[path] != present[path]),
        left_over=sorted(present.keys() - wanted.keys()),
    )


def write(folder: Path, wanted: Mapping[str, bytes]) -> Difference:
    """Make a folder hold this and nothing else; how it differed."""
    difference = compare(folder, wanted)
    for path in (*difference.missing, *difference.changed):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(wanted[path])
    for path in difference.left_over:
        (folder / path).unlink()
    return difference


@app.command()
def main_command(
    check: Annotated[bool, typer.Option(help="write nothing; fail when what is committed is stale")] = False,
) -> None:
    """Write rendered/ anew, or say what is stale in it."""
    started = time.monotonic()
    stack_files = [stack_values.read(stack) for stack in stack_values.stacks()]
    faults = [f"{file.path}: {fault}" for file in stack_files for fault in file.faults()]
    # Each clash is reported for both stacks.
    faults += dict.fromkeys(clash for file in stack_files for clash in clashes(ROOT, file.name))
    if faults:
        raise UserError(*faults)
    stale = False
    rendered = {
        Identity(stack).rendered: content for stack, content in render(ROOT, ensure("pulumi", "cluster")).items()
    }
    # A stack that is no more leaves its folder behind.
    left: dict[str, dict[str, bytes]] = {
        f"rendered/{path.name}": {} for path in sorted(ROOT.glob("rendered/*/")) if _files(path)
    }
    for name, wanted in (left | rendered).items():
        folder = ROOT / name
        difference = compare(folder, wanted) if check else write(folder, wanted)
        stale |= bool(difference)
        print(f"  {name}: {len(wanted)} files, {difference}")
        for path in (*difference.missing, *difference.changed, *difference.left_over):
            print(f"    {path}")
    print(f"  in {time.monotonic() - started:.0f} s")
    if check and stale:
        raise UserError("rendered/ is not what the program makes of the stack files; type `make render` and commit it")


def _up(stack: Stack) -> None:
    command = [str(stack.workspace.engine), "up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack.name]
    done = subprocess.run(
        command, cwd=stack.workspace.root, env=stack.environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        errors = [line.strip() for line in done.stdout.splitlines() + done.stderr.splitlines() if "error: " in line]
        raise UserError(*(f"{stack.name}: {line.partition('error: ')[2]}" for line in errors))


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


if __name__ == "__main__":
    sys.exit(command_line.run(app))
