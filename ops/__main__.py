"""`python -m ops`, which is called `python -m review` now."""

import runpy
import sys

if __name__ == "__main__":
    sys.stderr.write("`python -m ops` is called `python -m review` now; type that, as the next release has only that\n")
    runpy.run_module("review", run_name="__main__", alter_sys=True)
