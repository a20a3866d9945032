"""`python3 tools/dev/venv.py [--dev] [--cloud CLOUD]`: the virtual environment in .venv, made or brought up to date.

It gets what the program needs, and of the clouds' SDKs those that a stack file or --cloud names: each of them is nearly
as large as all the rest. Every package is checked against the hash in requirements.txt, pip itself first. Standard
library only. Two at once wait for each other; one that was killed half-way is made anew by the next.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
CLOUDS = ("eks", "gke", "aks")
MINIMUM = (3, 11, 2)


def main() -> int:
    """Install what is asked for; nothing to do when it is there and the requirements are the same."""
    parser = argparse.ArgumentParser(prog="python3 tools/dev/venv.py", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="what the tests and the linters need, too")
    parser.add_argument("--cloud", default="", help=f"the SDK of {', '.join(CLOUDS)}")
    given = parser.parse_args()
    if sys.version_info < MINIMUM:
        version = ".".join(map(str, sys.version_info[:3]))
        print(
            f"error: python3 is Python {version}, and 3.11.2 or newer is needed; "
            "name a newer one, e.g. `make up PYTHON=python3.12`",
            file=sys.stderr,
        )
        return 1
    if given.cloud not in ("", *CLOUDS):
        print(f'error: "{given.cloud}" is not a cloud; CLOUD is one of {", ".join(CLOUDS)}', file=sys.stderr)
        return 1
    try:
        with (ROOT / ".venv.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _bring_up_to_date(dev=given.dev, clouds={given.cloud, *named_clouds(ROOT)} - {""})
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


def named_clouds(root: Path) -> set[str]:
    """Return the clouds in which a stack file has its cluster.

    Args:
        root: The project's folder.
    """
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in root.glob("Pulumi.*.yaml")]
    return {cloud for text in texts for cloud in CLOUDS if re.search(rf"\bcluster:\s*\{{?\s*{cloud}:", text)}


def without(requirements: str, left_out: Collection[str]) -> str:
    """Return requirements without some packages.

    Args:
        requirements: What a requirements file holds, each package with its hashes below it.
        left_out: The names of packages, in lower case and with hyphens.
    """
    return "\n".join(block for block in _blocks(requirements) if block.partition("==")[0] not in left_out)


def _blocks(requirements: str) -> list[str]:
    """Each package with its hashes."""
    return re.split(r"\n(?=\S)", requirements)


def _bring_up_to_date(*, dev: bool, clouds: Collection[str]) -> None:
    # The development packages contain all others: once they are installed, nothing is missing.
    name = "requirements-dev.txt" if dev else "requirements.txt"
    wanted = {_digest("requirements.txt", cloud) for cloud in clouds} | {_digest(name)}
    installed = VENV / "installed"
    known = installed.read_text().splitlines() if installed.exists() else []
    if sys.version not in known:
        known = []
    if wanted <= set(known) or _digest("requirements-dev.txt") in known:
        return
    if not known:
        shutil.rmtree(VENV, ignore_errors=True)
        print(f"  .venv: making it with Python {sys.version.split()[0]}", file=sys.stderr, flush=True)
        _run([sys.executable, "-m", "venv", str(VENV)])
        known = [sys.version]
    sdks = f" with {', '.join(sorted(clouds))}" if clouds and not dev else ""
    print(f"  .venv: installing {name}{sdks}", file=sys.stderr, flush=True)
    requirements = (ROOT / name).read_text(encoding="utf-8")
    pip = next(block for block in _blocks(requirements) if block.startswith("pip=="))
    with (ROOT / "pyproject.toml").open("rb") as file:
        extras: dict[str, list[str]] = tomllib.load(file)["project"]["optional-dependencies"]
    unused = () if dev else set(CLOUDS) - set(clouds)
    left_out = {entry.partition("==")[0] for cloud in unused for entry in extras[cloud]}
    installed.unlink(missing_ok=True)  # whoever is killed from here on leaves what nobody trusts
    try:
        _install(pip)
        _install(without(requirements, left_out))
    except subprocess.CalledProcessError:
        installed.write_text("\n".join(known) + "\n")  # pip takes back what it could not finish
        raise
    installed.write_text("\n".join(sorted({*known, *wanted})) + "\n")


def _install(requirements: str) -> None:
    # Not compiling a cloud's SDK, of which a stack imports a part, saves minutes.
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-compile"]
    chosen = VENV / "requirements.txt"
    chosen.write_text(requirements, encoding="utf-8")
    _run([*pip, "--disable-pip-version-check", "--require-hashes", "-r", str(chosen)])


def _digest(requirements: str, cloud: str = "") -> str:
    digest = hashlib.sha256((ROOT / requirements).read_bytes()).hexdigest()[:16]
    return f"{requirements}:{digest}{cloud and f':{cloud}'}"


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


def _what_to_do(error: subprocess.CalledProcessError) -> str:
    if "venv" in error.cmd:
        return "python3 can't make a virtual environment; install its venv module (Debian: apt install python3-venv)"
    return "pip could not install the packages; run the same command again to go on"


if __name__ == "__main__":
    sys.exit(main())
