"""The JSON schema of a report, written from the models that make its JSON.

Run `python -m tools.pages.report_schema` to write docs/report-schema.json, with `--check` to see whether it is current.
"""

import sys
from pathlib import Path

from review.reports import json_
from tools.pages import generated

PAGE = Path(__file__).parents[2] / "docs" / "report-schema.json"


def main(arguments: list[str] | None = None) -> int:
    """Write the schema, or check it; return the exit code.

    Args:
        arguments: What was typed after the command; by default, what this process was started with.
    """
    return generated.main(
        PAGE,
        json_.schema,
        module="tools.pages.report_schema",
        truth="the models of review/reports",
        arguments=arguments,
    )


if __name__ == "__main__":
    sys.exit(main())
