"""Revisions in Git: what they are called, which stacks they have, and their files."""

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
"""The revision that is not committed yet: the files as they lie there."""

_SECONDS = 15  # for Git to answer
_LISTING = 4 << 20  # bytes that Git may print


def resolve(root: Path, revision: str) -> str:
    """Return the commit that a revision means; a branch may be the server's only.

    Args:
        root: the project's folder.
        revision: a branch, a tag or a commit.

    Raises:
        UserError: there is no such revision, or no repository.
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
    """Return the commit at which a head left its base: what came into the base since then is not a change of the head.

    Args:
        root: the project's folder.
        base: a commit.
        head: a commit, or `WORK_TREE`.

    Returns:
        The base itself where the two have nothing in common, such as in a shallow clone.
    """
    ancestor = _git(root, "merge-base", base, "HEAD" if head == WORK_TREE else head)
    return ancestor.decode().strip() if ancestor else base


def stacks(root: Path, revisions: Iterable[str]) -> list[str]:
    """Return the stacks that any of some revisions has a file of, in the order in which a change goes through them.

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
    """Lend a folder with a revision's files, of which the program may need any that is neither a test nor a page.

    Args:
        root: the project's folder.
        revision: a commit, or `WORK_TREE`.

    Raises:
        UnreadableError: the repository has not all of them, or they are none that a program is made of.
    """
    if revision == WORK_TREE:
        yield root
        return
    with tempfile.TemporaryDirectory(prefix="smarthr360-revision-") as made:
        target = Path(made).resolve()
        # Not `git archive`: a revision's own .gitattributes would say there what is left out, and what is put in.
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
    """What Git prints; None where it fails.

    Raises:
        UnreadableError: it takes longer, or prints more, than it ever does of a project like this.
    """
    git = shutil.which("git")
    if not git:
        raise UserError("git is not installed, and without it no two revisions can be compared; install it")
    try:
        return limits.printed([git, "-C", str(root), *arguments], given, _SECONDS, limit)
    except limits.LimitError as error:
        raise UnreadableError(f"the repository can't be read: {error}") from None
