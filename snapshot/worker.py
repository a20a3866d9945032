"""`python -m snapshot.worker`: takes the snapshots of one revision, in a process whose code is that revision's.

What is imported here is ours, so that a revision that has none can be read too; all other modules are the revision's.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

from manifests.fingerprints import Fingerprints
from snapshot import limits, requested


def main() -> None:
    """Read from standard input what is wanted, and write it to standard output."""
    gc.disable()  # this process is over before there is enough to collect, and looking for it takes half of the time
    sys.tracebacklimit = 1  # the SDK looks up the whole stack at each resource, for an engine that is not there
    wanted = json.load(sys.stdin)
    limits.limit_this_process(len(wanted["stacks"]))
    # What the program prints is not our answer.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as answer:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        root = Path(wanted["root"])
        sys.path[0] = str(root)
        ours = {entry.stem for entry in Path(__file__).parents[1].iterdir()}
        for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
            del sys.modules[name]  # we have what we need of ours, and the program has its own
        os.chdir(root)
        fingerprints = Fingerprints(bytes.fromhex(wanted["key"]))
        snapshots = [requested.snapshot(root, stack, wanted["revision"], fingerprints) for stack in wanted["stacks"]]
        json.dump(snapshots, answer, default=vars)
    os._exit(0)  # at once: Python would first look for what to collect, after all


if __name__ == "__main__":
    main()
