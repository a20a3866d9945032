"""The policy pack, which `pulumi preview --policy-pack policy` and `pulumi up --policy-pack policy` start."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pulumi
from pulumi_policy import PolicyPack

# The engine starts this folder, not the package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from errors import UserError
from policy.checking import Judge
from policy.exemptions import load
from policy.pack import Pack
from stack_file import PROJECT


def main() -> None:
    """Serve the policies until the engine ends."""
    try:
        judge = Judge(load(), datetime.now(UTC).date())
    except UserError as error:
        sys.exit(f"error: {error}")
    # The engine passes the stack's configuration, as it does to the program.
    environment = pulumi.Config(PROJECT).get("environment") or ""
    PolicyPack(PROJECT, Pack(judge, environment).policies())


if __name__ == "__main__":
    main()
