"""`python -m snapshot.worker`: takes the snapshots of one revision, in a process that runs its code.

The modules imported here are ours, so that revisions without them can be read, too; all others are the revision's.
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
    """Read a request from standard input, and write the snapshots to standard output."""
    gc.disable()  # the process ends before there is much to collect, and collecting would take half of the time
    sys.tracebacklimit = 1  # otherwise the SDK formats the whole stack at each resource, for an engine that isn't there
    request = json.load(sys.stdin)
    limits.limit_this_process(len(request["stacks"]))
    # What the program prints must not mix with the answer.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as answer:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        root = Path(request["root"])
        sys.path[0] = str(root)
        ours = {entry.stem for entry in Path(__file__).parents[1].iterdir()}
        for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
            del sys.modules[name]  # ours are loaded, and the program imports its own
        os.chdir(root)
        fingerprints = Fingerprints(bytes.fromhex(request["key"]))
        snapshots = [requested.snapshot(root, stack, request["revision"], fingerprints) for stack in request["stacks"]]
        json.dump(snapshots, answer, default=vars)
    os._exit(0)  # at once, without Python's last collection


if __name__ == "__main__":
    main()
