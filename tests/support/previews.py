"""Copies of the program to change and to preview, without what a preview does not need."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from manifests.fingerprints import Fingerprints
from snapshot.model import Object
from tests.support.stacks import ROOT, STACKS
from tools.render import CODE

KEY = Fingerprints(b"k" * 32)
PROGRAM = ("Pulumi.yaml", *(f"Pulumi.{stack}.yaml" for stack in STACKS), *CODE)

ENCRYPTED = """  smarthr360:secrets:
    dbPassword: { secure: "v1:c2FsdHNhbHQ=:b2xkLWNpcGhlcnRleHQtb2YtYS1wYXNzd29yZA==" }
    sentryDsn: { secure: "v1:c2FsdHNhbHQ=:Y2lwaGVydGV4dC1vZi1hLWRzbg==" }
"""
"""Secrets as somebody would commit them, for staging."""


def copy_to(folder: Path) -> Path:
    """Copy the program into a new folder; staging's stack file gets secrets."""
    folder.mkdir()
    for path in (ROOT / name for name in PROGRAM):
        if path.is_dir():
            shutil.copytree(path, folder / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, folder)
    with (folder / "Pulumi.staging.yaml").open("a") as file:
        file.write(ENCRYPTED)
    return folder


def by_title(objects: tuple[Object, ...]) -> dict[str, Object]:
    """Objects by kind, namespace and name."""
    return {f"{item.kind} {item.namespace or ''}/{item.name}": item for item in objects}


def edit(root: Path, edits: Mapping[str, Mapping[str, str]]) -> None:
    """Replace texts in files of a copy, each of which is there."""
    for name, texts in edits.items():
        content = (root / name).read_text()
        for old, new in texts.items():
            assert old in content, f"{name} has no {old!r}"
            content = content.replace(old, new)
        (root / name).write_text(content)


def commit(root: Path, message: str = "A change") -> str:
    """Commit all of a copy, which becomes a repository with the branch `main`; the commit."""
    who = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgSign=false"]
    if not (root / ".git").exists():
        git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, *who, "commit", "--quiet", "--no-verify", "--message", message)
    return git(root, "rev-parse", "HEAD")


def git(root: Path, *arguments: str) -> str:
    """Run Git in a folder; what it prints."""
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()
