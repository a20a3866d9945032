"""`python -m tools.engine GROUP...`: install groups of tools and list where they are."""

from __future__ import annotations

import argparse
import sys

from tools.engine import EngineError, ensure


def main() -> int:
    """Install the groups named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.engine", description=__doc__)
    parser.add_argument("groups", nargs="+", metavar="GROUP", help="such as pulumi or cluster")
    try:
        for name, path in ensure(*parser.parse_args().groups).items():
            print(f"{name:28}{path}")
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; run the same command again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
