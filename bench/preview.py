"""`python -m bench.preview`: what a change does to all environments, against `kubectl kustomize` of the same objects.

Compares this checkout as it lies here with its last commit. `kubectl kustomize` only writes the six trees, two at a
time; nothing compares them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from snapshot import collect, revision
from snapshot.model import Snapshot
from snapshot.revision import WORK_TREE
from tools.engine import ensure
from tools.local.workspace import ROOT

ROUNDS = 3
DIFF = [sys.executable, "-m", "ops", "diff", "--base", "HEAD", "--format", "json"]


def main() -> int:
    """Measure, and print seconds and their ratio."""
    kubectl = shutil.which("kubectl") or str(ensure("cluster")["kubectl"])
    stacks = revision.stacks(ROOT, [WORK_TREE])
    sides = [revision.resolve(ROOT, "HEAD"), WORK_TREE]
    snapshots = [side for commit in sides for side in collect.take(ROOT, commit, stacks)]
    if problems := [side.problem for side in snapshots if side.problem]:
        sys.exit(f"error: {problems[0]}")
    with tempfile.TemporaryDirectory() as folder:
        trees = [_tree(Path(folder) / str(number), side) for number, side in enumerate(snapshots)]

        def kustomize() -> None:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda tree: _run([kubectl, "kustomize", str(tree)]), trees))

        figures: dict[str, list[float]] = {"diff": [], "kustomize": []}
        for _ in range(ROUNDS):
            figures["diff"].append(_seconds(lambda: _run(DIFF)))
            figures["kustomize"].append(_seconds(kustomize))
    best = {name: min(values) for name, values in figures.items()}
    number = sum(len(side.objects) for side in snapshots)
    names = {"diff": f"review diff, {len(stacks)} stacks", "kustomize": f"kubectl kustomize, {len(trees)} trees"}
    for name, title in names.items():
        rounds = ", ".join(f"{value:.2f}" for value in figures[name])
        print(f"{title:32} {best[name]:6.2f} s   (of {rounds}; {number} objects)")
    print(f"{'review diff / kubectl kustomize':32} {best['diff'] / best['kustomize']:6.2f}")
    return 0


def _tree(folder: Path, side: Snapshot) -> Path:
    """Write an environment's objects as kustomize reads them, a file for each."""
    folder.mkdir()
    names = [f"{number}.json" for number in range(len(side.objects))]
    for name, item in zip(names, side.objects, strict=True):
        (folder / name).write_text(json.dumps(item.manifest))
    (folder / "kustomization.yaml").write_text(json.dumps({"resources": names}))
    return folder


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0 and not done.stdout:  # a broken policy is no failure here
        sys.exit(f"error: `{' '.join(command)}` failed:\n{done.stderr[-2000:]}")


def _seconds(work: Callable[[], None]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
