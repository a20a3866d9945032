"""Takes the pictures of the HTML report that docs/ shows: `python -m tests.support.screenshots`."""

import sys
import tempfile
from pathlib import Path

from review.reports import html
from tests.support.browser import MISSING, browser, opened
from tests.support.reports import example
from tests.support.stacks import ROOT

FOLDER = ROOT / "docs" / "screenshots"


def main() -> int:
    """Take them all anew; return the exit code."""
    program = browser()
    if program is None:
        print(f"error: {MISSING}", file=sys.stderr)  # noqa: T201 - a command prints
        return 1
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, opened(program) as page:
        change = Path(folder) / "change.html"
        change.write_text(html.render(example()), encoding="utf-8")
        for dark, colours in ((False, "light"), (True, "dark")):
            page.look(width=1200, dark=dark)
            page.open(change)
            page.picture(FOLDER / f"change-{colours}.png", 1_400)
            page.run("document.querySelectorAll('#details .row')[5].open = true")
            page.picture(FOLDER / f"differences-{colours}.png", 900, selector="#details")
            page.look(width=390, dark=dark)
            page.open(change)
            page.picture(FOLDER / f"phone-{colours}.png", 1_500)
    return 0


if __name__ == "__main__":
    sys.exit(main())
