"""The JSON schema of a report, written from the models that make its JSON.

Run `python -m tools.report_schema` to write docs/report-schema.json, with `--check` to see whether it is up to date.
"""

import sys
from pathlib import Path

from ops.reports import json_
from tools import pages

PAGE = Path(__file__).parent.parent / "docs" / "report-schema.json"


def main(arguments: list[str] | None = None) -> int:
    """Write the schema, or check it; return the exit code.

    Args:
        arguments: What was typed after the command; by default, what this process was started with.
    """
    return pages.main(
        PAGE, json_.schema, module="tools.report_schema", truth="the models of ops/reports", arguments=arguments
    )


if __name__ == "__main__":
    sys.exit(main())
