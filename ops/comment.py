"""The former place of `review/comment.py`, which `python3 -I ops/comment.py` runs with the standard library alone."""

import runpy
from pathlib import Path

if __name__ == "__main__":
    runpy.run_path(str(Path(__file__).resolve().parents[1] / "review" / "comment.py"), run_name="__main__")
