"""`python -m tools.engine [--folders] GROUP...`: install groups of tools and list where they are."""

from __future__ import annotations

import argparse
import sys

from tools import command_line
from tools.engine import ensure


def main() -> int:
    """Install the groups named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.engine", description=__doc__)
    parser.add_argument("groups", nargs="+", metavar="GROUP", help="such as pulumi or cluster")
    parser.add_argument("--folders", action="store_true", help="list only the folders, as PATH has them, one a line")
    given = parser.parse_args()
    try:
        files = ensure(*given.groups)
    except KeyboardInterrupt:
        print("stopped; run the same command again to go on", file=sys.stderr)
        return 130
    if given.folders:
        print(*dict.fromkeys(path.parent for path in files.values()), sep="\n")
    else:
        print(*(f"{name:28}{path}" for name, path in files.items()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(command_line.run(main))
