"""An independent scanner's opinion of every manifest."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.program import run_program
from tests.support.stacks import STACKS, good_config
from tools.engine import ensure

WRONG_HERE = {
    "container-image-pull-policy": "no image floats, and a pod must be able to start while the registry is away",
    "container-security-context-user-group-id": "the images are made for these users, and files on volumes are theirs",
    "deployment-has-host-podantiaffinity": "topology spread constraints do it, over zones as well as hosts",
    "statefulset-has-host-podantiaffinity": "a store is one pod",
}
"""The scanner's advice that is wrong for this product, and why."""

WRONG_IN_DEV = {
    "deployment-has-poddisruptionbudget": "one pod of each: a budget would block every drain",
    "deployment-replicas": "one pod of each is the environment's size",
    "horizontalpodautoscaler-replicas": "one pod of each is the environment's size",
}


def score(manifests: list[dict[str, object]], folder: Path, *ignored: str) -> list[str]:
    """The scanner's complaints."""
    file = folder / "manifests.yaml"
    file.write_text(yaml.safe_dump_all(manifests))
    command = [str(ensure("scan")["kube-score"]), "score", str(file), "--output-format=ci"]
    command += [argument for name in ignored for argument in ("--ignore-test", name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "[OK]" in done.stdout, done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith(("[CRITICAL]", "[WARNING]"))]


@pytest.mark.parametrize("stack", STACKS)
def test_the_scanner_has_no_complaint_but_those_that_are_argued(stack: str, tmp_path: Path) -> None:
    program = run_program(good_config(stack), tmp_path, stack)
    manifests = program.manifests()

    ignored = [*WRONG_HERE, *(WRONG_IN_DEV if stack == "dev" else ())]
    assert score(manifests, tmp_path, *ignored) == []

    pod = next(entry for entry in manifests if entry["metadata"]["name"] == "smarthr360-beat")
    pod["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"] = False
    assert score(manifests, tmp_path, *ignored)
