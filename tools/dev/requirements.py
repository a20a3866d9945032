"""`python -m tools.dev.requirements [--check] [--upgrade]`: requirements.txt and requirements-dev.txt, with hashes.

Both are written from the lists in pyproject.toml, for Python 3.11 and newer on every platform. What is pinned already
stays as it is, unless --upgrade asks for the newest of what pyproject.toml does not pin. --check needs no network: each
file begins with a digest of those lists and of its own lines.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tools.dev import venv

ROOT = Path(__file__).resolve().parents[2]

GROUPS = {"requirements.txt": ["installer"], "requirements-dev.txt": ["installer", "dev"]}
"""Each file, with the groups of pyproject.toml that are in it beside the program's packages and those of all clouds."""


def main(arguments: list[str] | None = None) -> int:
    """Write both files, or check them; return the exit code.

    Args:
        arguments: What was typed after the command; by default, what this process was started with.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.dev.requirements", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file is stale")
    parser.add_argument("--upgrade", action="store_true", help="take the newest version of what is not pinned")
    given = parser.parse_args(arguments)
    if given.check:
        old = stale(ROOT)
        for name in old:
            print(f"{name} is not what pyproject.toml asks for; type `make requirements`.", file=sys.stderr)
        return 1 if old else 0
    for name in GROUPS:
        try:
            write(ROOT, name, upgrade=given.upgrade)
        except subprocess.CalledProcessError as error:
            print(f"error: {name} is as it was: {error.stderr.strip()}", file=sys.stderr)
            return 1
    return 0


def stale(root: Path) -> list[str]:
    """Return which of the files are not what was written from the lists in pyproject.toml.

    Args:
        root: The project's folder.
    """
    files = {name: root / name for name in GROUPS}
    texts = {name: file.read_text(encoding="utf-8") if file.is_file() else "" for name, file in files.items()}
    return [name for name, text in texts.items() if text != _with_head(root, text.partition("\n\n")[2])]


def write(root: Path, name: str, *, upgrade: bool) -> None:
    """Write one of the files.

    Args:
        root: The project's folder.
        name: The file.
        upgrade: Whether to take the newest of what pyproject.toml does not pin.

    Raises:
        subprocess.CalledProcessError: uv finds no versions that go together, or reaches no registry.
    """
    file = root / name
    pins = file.read_text(encoding="utf-8") if file.is_file() and not upgrade else ""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--universal", "--generate-hashes"]
    command += ["--no-header", "--annotation-style", "line"]
    command += [part for cloud in venv.CLOUDS for part in ("--extra", cloud)]
    command += [part for group in GROUPS[name] for part in ("--group", group)]
    if name != "requirements.txt":
        command += ["--constraint", "requirements.txt"]  # a package has one version in both
    if pins:
        command += ["--constraint", name]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    body = re.sub(r",? -c requirements\S*\.txt", "", done.stdout)  # of why a package is there, what no constraint says
    file.write_text(_with_head(root, body), encoding="utf-8")


def _with_head(root: Path, body: str) -> str:
    with (root / "pyproject.toml").open("rb") as file:
        content = tomllib.load(file)
    project = content["project"]
    lists = [project["requires-python"], project["dependencies"], project["optional-dependencies"]]
    inputs = json.dumps([*lists, content["dependency-groups"]], sort_keys=True)
    digest = hashlib.sha256(f"{inputs}\n{body}".encode()).hexdigest()[:16]
    return (
        f"# Written by `make requirements` from the lists in pyproject.toml; change those. Digest: {digest}\n\n{body}"
    )


if __name__ == "__main__":
    sys.exit(main())
