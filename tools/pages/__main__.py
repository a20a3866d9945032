"""`python -m tools.pages [--check]`: writes what is generated in docs/, or says which of it is not up to date."""

import argparse
import sys
from collections.abc import Callable

from review.reports import json_
from tools import command_line
from tools.pages import configuration, environments, policies, stack_schema
from tools.stack_values import ROOT

PAGES: dict[str, Callable[[], str]] = {
    "docs/configuration.md": configuration.page,
    "docs/environments.md": environments.page,
    "docs/policies.md": policies.page,
    "docs/report-schema.json": json_.schema,
    "docs/stack-schema.json": stack_schema.page,
}
"""Each generated file, and what makes its text."""


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or check them; return the exit code.

    Args:
        arguments: What was typed after the command; by default, what this process was started with.

    Raises:
        UserError: A stack file would be refused.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.pages", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a page is stale")
    check = parser.parse_args(arguments).check
    texts = {name: make() for name, make in PAGES.items()}
    stale = [name for name, text in texts.items() if not _is(name, text)]
    for name in stale:
        if check:
            print(f"{name} is stale; type `make docs`", file=sys.stderr)
        else:
            (ROOT / name).write_text(texts[name], encoding="utf-8")
    return 1 if check and stale else 0


def _is(name: str, text: str) -> bool:
    return (ROOT / name).is_file() and (ROOT / name).read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(command_line.run(main))
