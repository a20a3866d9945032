"""`python -m tools.dev.check [--base main]`: what a person wants to know of a change within seconds.

Runs the linters that are quick, and those unit tests that are near to what differs from where the change left the base:
tests that changed themselves, and tests that import what changed, by at most one module in between; where there is none
so near, the nearest. A file that is no module counts as imported by whatever names it. `make test-unit` runs all tests.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

STEPS = 2
"""From a test to what changed, over imports. From farther away, most of the tests reach most of the program."""


def main() -> int:
    """Run the linters and the tests; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.dev.check", description=__doc__)
    parser.add_argument("--base", default="main", help="the branch that the change is to go to")
    base = parser.parse_args().base
    try:
        files = changed(ROOT, base)
    except subprocess.CalledProcessError as error:
        print(f"error: {base} can't be compared with: {error.stderr.strip()}; name another BASE", file=sys.stderr)
        return 1
    commands = [["ruff", "check", "--quiet", "."], ["ruff", "format", "--check", "--quiet", "."]]
    commands += [["tools.dev.requirements", "--check"]]
    if any(file.startswith(".github/") for file in files):
        commands += [["tools.dev.workflows"]]
    near = tests(ROOT, files)
    print(f"{len(files)} files differ from {base}; {len(near)} files of unit tests are near to them", flush=True)
    if near:
        commands += [["pytest", "-q", "-n", "auto" if len(near) > STEPS else "0", *near]]
    return max(
        subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False).returncode for command in commands
    )


def changed(root: Path, base: str) -> set[str]:
    """Return the files that differ from where this branch left another, committed or not.

    Args:
        root: The project's folder.
        base: The other branch.

    Raises:
        subprocess.CalledProcessError: There is no such branch, or nothing in common with it.
    """
    [left] = _git(root, "merge-base", "HEAD", base)
    return set(_git(root, "diff", "--name-only", left) + _git(root, "ls-files", "--others", "--exclude-standard"))


def tests(root: Path, files: set[str]) -> list[str]:
    """Return the files of unit tests that are near to some files.

    Args:
        root: The project's folder.
        files: Paths from there, of files that are there or are no more.
    """
    modules = {_module(path): path for path in _git(root, "ls-files", "-co", "--exclude-standard", "*.py")}
    texts = {path: (root / path).read_text(encoding="utf-8") for path in modules.values() if (root / path).is_file()}
    imported = {path: set(_imports(path, text, modules)) for path, text in texts.items()}
    return sorted({test for file in files for test in _near(file, texts, imported)})


def _near(file: str, texts: Mapping[str, str], imported: Mapping[str, set[str]]) -> set[str]:
    reached, before = {file}, set[str]()
    tests: set[str] = set()
    steps = 0
    while reached != before and (steps <= STEPS or not tests):
        tests = {path for path in reached & texts.keys() if path.startswith("tests/unit/") and "/test_" in path}
        names = {path.rpartition("/")[2] for path in reached if path not in texts or path == "__main__.py"}
        naming = {
            path for path, text in texts.items() if any(f'"{name}"' in text or f"/{name}" in text for name in names)
        }
        before, steps = reached, steps + 1
        reached = reached | naming | {path for path, others in imported.items() if others & reached}
    return tests


def _imports(path: str, text: str, modules: Mapping[str, str]) -> Iterator[str]:
    """Yield the files of ours that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (modules[name] for name in names if name in modules and modules[name] != path)


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _git(root: Path, *arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
