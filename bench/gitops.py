"""`python -m bench.gitops`: an environment that Argo CD brings up from Git, against Pulumi applying the same objects.

Uses the dev stack of this checkout's embedded cluster, which is taken down for it: `make bench-gitops`. What is timed
is the one command that a person types.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from tools.local.workspace import ROOT

ROUNDS = 3
GITOPS, DIRECT = "make up DELIVERY=gitops", "make up"
NOTHING, AGAIN = "from nothing to all ready", "again, no change"


def main() -> int:
    """Measure, and print seconds and ratios."""
    figures: dict[str, list[float]] = {}
    _run("make destroy STACK=dev")
    for index in range(ROUNDS):
        print(f"round {index + 1} of {ROUNDS}", file=sys.stderr, flush=True)
        for command in (GITOPS, DIRECT):
            for what in (NOTHING, AGAIN):
                figures.setdefault(f"{command}, {what}", []).append(_run(command))
            _run("make destroy STACK=dev")
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, values in figures.items():
        print(f"{name:52} {medians[name]:6.1f} s   (of {', '.join(f'{value:.1f}' for value in values)})")
    for what in (NOTHING, AGAIN):
        print(f"{what + ': gitops / direct':52} {medians[f'{GITOPS}, {what}'] / medians[f'{DIRECT}, {what}']:6.1f}")
    return 0


def _run(command: str) -> float:
    started = time.monotonic()
    done = subprocess.run(command.split(), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"error: `{command}` failed: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    return time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
