"""`python -m bench.start`: the program's own start for each kind of cluster, against importing every cloud's SDK.

From the start of Python until everything of production is asked for, without the engine's work: a test monitor takes it
all. What it is measured against only imports what a program does that imports all SDKs at its top.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import stack_file
from tools.embedded.clouds.stack import KINDS, made_up
from tools.local.workspace import ROOT

ROUNDS = 3
STACK = "production"
IMPORTS = "import pulumi, pulumi_aws, pulumi_azure_native, pulumi_gcp, pulumi_kubernetes"
RUN = """
import pathlib, sys
from snapshot import requested
from manifests.fingerprints import Fingerprints
snapshot = requested.snapshot(pathlib.Path(sys.argv[1]), sys.argv[2], "", Fingerprints(b"k" * 32))
sys.exit(snapshot.problem or None)
"""


def main() -> int:
    """Measure, and print seconds and ratios."""
    with tempfile.TemporaryDirectory() as name:
        commands = {kind: [RUN, str(_project(Path(name) / kind, kind)), STACK] for kind in ("existing", *KINDS)}
        commands["all SDKs"] = [IMPORTS]
        figures: dict[str, list[float]] = {kind: [] for kind in commands}
        for number in range(ROUNDS + 1):
            for kind, command in commands.items():
                seconds = _seconds([sys.executable, "-c", *command])
                if number:  # the first one leaves the bytecode
                    figures[kind].append(seconds)
    best = {kind: min(values) for kind, values in figures.items()}
    for kind, values in figures.items():
        what = "importing all SDKs" if kind == "all SDKs" else f"production on {kind}"
        ratio = best[kind] / best["all SDKs"]
        print(f"{what:26} {best[kind]:5.2f} s  {ratio:5.2f}   (of {', '.join(f'{value:.2f}' for value in values)})")
    return 0


def _project(folder: Path, kind: str) -> Path:
    """A folder with the program and a stack file that names a cluster; the modules are those of this checkout."""
    folder.mkdir()
    shutil.copy(ROOT / "__main__.py", folder)
    file = f"Pulumi.{STACK}.yaml"
    config = stack_file.read(ROOT / file).config
    if kind != "existing":
        config["smarthr360:cluster"] = {kind: made_up(kind, STACK)}
    (folder / file).write_text(stack_file.dump({"config": config}))
    return folder


def _seconds(command: list[str]) -> float:
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"error: {done.stderr[-2000:]}")
    return time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
