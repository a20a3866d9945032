"""GitHub's workflows as data, and their steps run here as its runner would run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from files import cache_root
from tests.support.stacks import ROOT

FOLDER = ROOT / ".github"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass(frozen=True)
class Step:
    """A step of a workflow, or of an action of ours.

    Attributes:
        file: where it stands.
        job: the job's name; "" in an action.
        content: what is written there.
        environment: its variables and those of its job and its workflow.
    """

    file: str
    job: str
    content: Mapping[str, Any]
    environment: Mapping[str, str]

    @property
    def run(self) -> str:
        """What a shell is given; "" where it uses an action."""
        return str(self.content.get("run", ""))

    @property
    def uses(self) -> str:
        """The action that it uses; "" where there is none."""
        return str(self.content.get("uses", ""))


def workflows() -> dict[str, dict[str, Any]]:
    """Every workflow, by its file's name."""
    return {path.name: load(path) for path in sorted((FOLDER / "workflows").iterdir())}


def load(path: Path) -> dict[str, Any]:
    """A workflow's content; YAML takes `on` for a truth."""
    content = yaml.safe_load(path.read_text())
    return {"on" if key is True else key: value for key, value in content.items()}


def steps() -> Iterator[Step]:
    """Every step that GitHub's runner could run."""
    for name, content in workflows().items():
        for job, body in content["jobs"].items():
            variables = content.get("env", {}) | body.get("env", {})
            for step in body["steps"]:
                yield Step(name, job, step, variables | step.get("env", {}))
    for path in sorted((FOLDER / "actions").glob("*/action.yml")):
        for step in load(path)["runs"]["steps"]:
            yield Step(f"{path.parent.name}/action.yml", "", step, step.get("env", {}))


def run(
    step: Step, root: Path, scratch: Path, values: Mapping[str, str], more: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a step's command as GitHub's runner does: its shell, its variables, its files.

    Args:
        step: one that has a command.
        root: a copy of the checkout.
        scratch: a folder for what lies outside of it; the runner's files are in it.
        values: what stands for each expression in the step's variables.
        more: further variables.
    """
    files = {f"GITHUB_{name}": scratch / name.lower() for name in ("STEP_SUMMARY", "OUTPUT", "PATH", "ENV")}
    for file in files.values():
        file.touch()
    script = scratch / "step.sh"
    script.write_text(step.run)
    environment = {
        # The packages are those of this process, whatever `python3` is here.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHON": sys.executable,
        "HOME": str(scratch),
        "XDG_CACHE_HOME": str(cache_root().parent),
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_RUN_ID": "5",
        "GITHUB_SERVER_URL": "https://github.com",
        "RUNNER_TEMP": str(scratch),
        **{name: str(file) for name, file in files.items()},
        **{name: _EXPRESSION.sub(lambda found: values[found[1]], text) for name, text in step.environment.items()},
        **more,
    }
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    return subprocess.run(shell, cwd=root, env=environment, capture_output=True, text=True, check=False)
