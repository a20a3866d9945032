"""Revisions in Git: their commits, their stacks and their files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from components.settings import identity
from errors import UserError
from snapshot import limits, revision_files
from snapshot.revision_files import UnreadableError

WORK_TREE = "work tree"
"""The revision that is not committed yet: the files as they are now."""

_SECONDS = 15  # for Git to answer
_LISTING = 4 << 20  # bytes that Git is allowed to print


def resolve(root: Path, revision: str) -> str:
    """Return the commit of a revision; a branch can exist on the server only.

    Args:
        root: the project's folder.
        revision: a branch, a tag or a commit.

    Raises:
        UserError: the revision does not exist, or the folder is not in a repository.
    """
    if _git(root, "rev-parse", "--git-dir") is None:
        raise UserError(
            f"{root} is not in a Git repository; type this in a checkout of the project, "
            "or `python -m review inventory --stack STACK`, which needs none"
        )
    for name in (revision, f"origin/{revision}"):
        if commit := _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"):
            return commit.decode().strip()
    raise UserError(
        f"'{revision}' is not a revision of this repository; `git branch --all` lists its branches, "
        f"`git fetch origin {revision}` gets one that only the server has"
    )


def branched_off(root: Path, base: str, head: str) -> str:
    """Return the commit at which a head branched off: later commits of the base are not changes of the head.

    Args:
        root: the project's folder.
        base: a commit.
        head: a commit, or `WORK_TREE`.

    Returns:
        The base itself if the two have no common ancestor, as in a shallow clone.
    """
    ancestor = _git(root, "merge-base", base, "HEAD" if head == WORK_TREE else head)
    return ancestor.decode().strip() if ancestor else base


def stacks(root: Path, revisions: Iterable[str]) -> list[str]:
    """Return the stacks that at least one revision has a file for, in the order in which changes are rolled out.

    Args:
        root: the project's folder.
        revisions: commits, or `WORK_TREE`.
    """
    files: list[str] = []
    for revision in revisions:
        if revision == WORK_TREE:
            files += [path.name for path in root.iterdir()]
        else:
            files += (_git(root, "ls-tree", "--name-only", revision, "./") or b"").decode().splitlines()
    return identity.stacks(files)


@contextmanager
def folder(root: Path, revision: str) -> Iterator[Path]:
    """Provide a folder with a revision's files, without tests and documentation, while the context lasts.

    Args:
        root: the project's folder.
        revision: a commit, or `WORK_TREE`.

    Raises:
        UnreadableError: the repository lacks some of them, or they can't belong to a program of ours.
    """
    if revision == WORK_TREE:
        yield root
        return
    with tempfile.TemporaryDirectory(prefix="smarthr360-revision-") as temporary:
        target = Path(temporary).resolve()
        # Not `git archive`: the revision's own .gitattributes would decide what it leaves out and what it changes.
        listed = _git(root, "ls-tree", "-r", "-l", "-z", revision)
        files = revision_files.listed(_there(listed, revision))
        names = b"".join(file.object + b"\n" for file in files)
        content = _git(root, "cat-file", "--batch", given=names, limit=revision_files.room(files))
        revision_files.write(files, _there(content, revision), target)
        yield target


def _there(answer: bytes | None, revision: str) -> bytes:
    if answer is None:
        raise UnreadableError(f"the files of {revision} can't be read from the repository; `git fsck` says why")
    return answer


def _git(root: Path, *arguments: str, given: bytes = b"", limit: int = _LISTING) -> bytes | None:
    """Return what Git prints; None if it fails.

    Raises:
        UnreadableError: it takes longer, or prints more, than it does for a project like this.
    """
    git = shutil.which("git")
    if not git:
        raise UserError("git is not installed, so revisions can't be compared; install it")
    try:
        return limits.printed([git, "-C", str(root), *arguments], given, _SECONDS, limit)
    except limits.LimitError as error:
        raise UnreadableError(f"the repository can't be read: {error}") from None
