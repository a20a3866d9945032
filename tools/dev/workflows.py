"""`python -m tools.dev.workflows`: what is wrong with .github, by programs that know GitHub's rules. Needs no network.

actionlint knows what a workflow can say (with shellcheck, for what its steps run); zizmor knows how one is attacked,
and what Dependabot understands. Which branches are delivered from, only our stack files know. GitHub can't read them,
so the workflows repeat the branches, and this compares them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tools import command_line, stack_values
from tools.engine import ensure

ROOT = Path(__file__).resolve().parents[2]


def check(root: Path) -> bool:
    """Let both print what they find, and print what runs for no change of a branch that is delivered from.

    Args:
        root: the project's folder.

    Returns:
        Whether nothing was found.

    Raises:
        UserError: actionlint can't be had.
        UserError: a stack file is not valid.
    """
    installed = Path(sys.executable).parent
    workflows = sorted(map(str, (root / ".github" / "workflows").glob("*.y*ml")))
    actionlint = [str(ensure("lint")["actionlint"]), "-shellcheck", str(installed / "shellcheck"), "-pyflakes", ""]
    zizmor = [str(installed / "zizmor"), "--offline", "--quiet", "--persona=pedantic", "--strict-collection"]
    commands = [[*actionlint, *workflows], [*zizmor, str(root)]]
    codes = [subprocess.run(command, cwd=root, check=False).returncode for command in commands]
    left_out = list(not_run(root))
    print("\n".join(left_out), end="\n" if left_out else "", flush=True)
    return not any(codes) and not left_out


def not_run(root: Path) -> Iterator[str]:
    """Yield a sentence for each event of a workflow that leaves out a branch that a stack is delivered from.

    Args:
        root: the project's folder.
    """
    branches = {
        str(stack.content.entries["gitops.branch"].value): stack.path
        for stack in (stack_values.read(name, root) for name in stack_values.stacks(root))
        if stack.config.get("delivery", "gitops") == "gitops" and "gitops.branch" in stack.content.entries
    }
    for file in sorted((root / ".github" / "workflows").glob("*.y*ml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        events = content.get("on", content.get(True))  # to YAML 1.1, `on` is a yes
        for event in ("push", "pull_request"):
            filters = events.get(event) if isinstance(events, Mapping) else None
            for branch, stack in branches.items():
                if not _runs(filters or {}, branch):
                    yield (
                        f".github/workflows/{file.name}: {event} leaves out {branch}, from which {stack} is delivered; "
                        f"add it to on.{event}.branches"
                    )
        cancelled = str((content.get("concurrency") or {}).get("cancel-in-progress", ""))
        if "refs/heads/" in cancelled:
            for branch, stack in branches.items():
                if f"'refs/heads/{branch}'" not in cancelled:
                    yield (
                        f".github/workflows/{file.name}: a newer commit ends the run of an older one on {branch}, from "
                        f"which {stack} is delivered; add && github.ref != 'refs/heads/{branch}' to cancel-in-progress"
                    )


def _runs(filters: Mapping[str, Any], branch: str) -> bool:
    """Whether an event's filters let a branch through."""
    if "branches" in filters:
        return _matches(filters["branches"], branch)
    if "branches-ignore" in filters:
        return not _matches(filters["branches-ignore"], branch)
    # Tags alone mean that no branch counts.
    return "tags" not in filters


def _matches(patterns: Sequence[str], branch: str) -> bool:
    """Whether the last of GitHub's patterns that fits a branch lets it in."""
    let_in = False
    for pattern in patterns:
        parts = {"**": ".*", "*": "[^/]*"}
        text = "".join(parts.get(part) or re.escape(part) for part in re.split(r"(\*\*|\*)", pattern.removeprefix("!")))
        if re.fullmatch(text, branch):
            let_in = not pattern.startswith("!")
    return let_in


def main() -> int:
    """Check this project."""
    return 0 if check(ROOT) else 1


if __name__ == "__main__":
    sys.exit(command_line.run(main))
