"""`python -m tools.dev.audit [--staged]`: secrets that were ever committed, and vulnerabilities of what is pinned.

gitleaks reads the whole history, or only what is about to be committed. pip-audit asks PyPI for the advisories about
each package of requirements-dev.txt, and needs the network.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tools import command_line
from tools.engine import ensure

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Let both look, and print what they find; a secret's value is not printed."""
    parser = argparse.ArgumentParser(prog="python -m tools.dev.audit", description=__doc__)
    parser.add_argument("--staged", action="store_true", help="look for secrets in what is about to be committed only")
    staged = parser.parse_args().staged
    gitleaks = [str(ensure("audit")["gitleaks"]), "git", "--no-banner", "--redact", "--verbose"]
    gitleaks += [] if sys.stderr.isatty() else ["--no-color"]
    if staged:
        return _run([*gitleaks, "--pre-commit", "--staged", str(ROOT)])
    # Of what lies here, not of every branch that somebody works on.
    return max(_run([*gitleaks, "--log-opts=HEAD", str(ROOT)]), vulnerabilities(ROOT / "requirements-dev.txt"))


def vulnerabilities(requirements: Path) -> int:
    """Print what PyPI knows of each release.

    Args:
        requirements: a file of exact versions with their hashes, with all that they pull in.

    Returns:
        1 where there is a vulnerability or PyPI can't be asked, else 0.
    """
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner=off", "--strict"]
    command += ["--require-hashes", "--disable-pip", "--requirement", str(requirements)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if "Traceback (most recent call last)" in done.stderr:
        reason = done.stderr.strip().rpartition("\n")[2]
        print(f"error: PyPI can't be asked for advisories ({reason}); run the same command again", file=sys.stderr)
        return 1
    print(done.stderr, end="", file=sys.stderr)
    return 1 if done.returncode else 0


def _run(command: list[str]) -> int:
    return 1 if subprocess.run(command, cwd=ROOT, check=False).returncode else 0


if __name__ == "__main__":
    sys.exit(command_line.run(main))
