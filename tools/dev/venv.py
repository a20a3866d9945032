"""`python3 tools/dev/venv.py [--dev]`: the virtual environment in .venv, made or brought up to date.

Standard library only. Two at once wait for each other; one that was killed half-way is made anew by the next.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "constraints.txt"
MINIMUM = (3, 11)


def main() -> int:
    """Make what is asked for; nothing to do when it is there and the requirements are the same."""
    parser = argparse.ArgumentParser(prog="python3 tools/dev/venv.py", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="what the tests and the linters need, too")
    requirements = ROOT / ("requirements-dev.txt" if parser.parse_args().dev else "requirements.txt")
    if sys.version_info < MINIMUM:
        found = ".".join(map(str, sys.version_info[:2]))
        print(
            f"error: python3 is Python {found}, and 3.11 or newer is needed; "
            "name a newer one, e.g. `make up PYTHON=python3.12`",
            file=sys.stderr,
        )
        return 1
    try:
        with (ROOT / ".venv.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _bring_up_to_date(requirements)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or error.stdout or "").strip().splitlines()[-3:]
        print(f"error: {_what_to_do(error)}\n  " + "\n  ".join(reason), file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error.filename or ROOT}: {error.strerror}; .venv is made in this checkout", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; run the same command again to go on", file=sys.stderr)
        return 130
    return 0


def _bring_up_to_date(requirements: Path) -> None:
    # The development packages contain the program's: once they are installed, nothing else is missing.
    wanted = {name: _digest(ROOT / name) for name in ("requirements.txt", "requirements-dev.txt")}
    installed = VENV / "installed"
    known = installed.read_text().splitlines() if installed.exists() else []
    if sys.version not in known:
        known = []
    if wanted[requirements.name] in known or wanted["requirements-dev.txt"] in known:
        return
    if not known:
        shutil.rmtree(VENV, ignore_errors=True)
        print(f"  .venv: making it with Python {sys.version.split()[0]}", file=sys.stderr, flush=True)
        _run([sys.executable, "-m", "venv", str(VENV)])
        known = [sys.version]
    print(f"  .venv: installing {requirements.name}", file=sys.stderr, flush=True)
    # Not compiling a gigabyte of cloud SDKs, of which a stack imports one or none, saves minutes.
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-compile"]
    _run([*pip, "--disable-pip-version-check", "-r", str(requirements), "-c", str(CONSTRAINTS)])
    installed.write_text("\n".join([*known, wanted[requirements.name]]) + "\n")


def _digest(requirements: Path) -> str:
    content = requirements.read_bytes() + CONSTRAINTS.read_bytes()
    return f"{requirements.name}:{hashlib.sha256(content).hexdigest()[:16]}"


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


def _what_to_do(error: subprocess.CalledProcessError) -> str:
    if "venv" in error.cmd:
        return "python3 can't make a virtual environment; install its venv module (Debian: apt install python3-venv)"
    return "pip could not install the packages; run the same command again to go on"


if __name__ == "__main__":
    sys.exit(main())
