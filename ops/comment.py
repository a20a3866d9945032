"""What is `review/comment.py` now; `python3 -I ops/comment.py` runs it with the standard library alone."""

import runpy
from pathlib import Path

if __name__ == "__main__":
    runpy.run_path(str(Path(__file__).resolve().parents[1] / "review" / "comment.py"), run_name="__main__")
