"""`python -m tools.workflows`: what is wrong with .github, by programs that know GitHub's rules. Needs no network.

actionlint knows what a workflow may say (with shellcheck, for what its steps run), and zizmor how one is attacked, and
what Dependabot understands.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools.engine import EngineError, ensure

ROOT = Path(__file__).resolve().parent.parent


def check(root: Path) -> bool:
    """Let both print what they find.

    Args:
        root: the project's folder.

    Returns:
        Whether neither has found anything.

    Raises:
        EngineError: actionlint can't be had.
    """
    installed = Path(sys.executable).parent
    workflows = sorted(map(str, (root / ".github" / "workflows").glob("*.y*ml")))
    actionlint = [str(ensure("lint")["actionlint"]), "-shellcheck", str(installed / "shellcheck"), "-pyflakes", ""]
    zizmor = [str(installed / "zizmor"), "--offline", "--quiet", "--persona=pedantic", "--strict-collection"]
    commands = [[*actionlint, *workflows], [*zizmor, str(root)]]
    codes = [subprocess.run(command, cwd=root, check=False).returncode for command in commands]
    return not any(codes)


def main() -> int:
    """Check this project."""
    try:
        return 0 if check(ROOT) else 1
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
