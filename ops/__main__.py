"""`python -m ops`: what is `python -m review` now."""

import runpy

if __name__ == "__main__":
    runpy.run_module("review", run_name="__main__", alter_sys=True)
