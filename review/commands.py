"""Makes reports: on what a change does to all environments, and on the objects of one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from errors import UserError
from review.model import Report
from snapshot import collect, revision
from snapshot.revision import WORK_TREE


def between(root: Path, base: str, head: str) -> Report:
    """Report what a change does, without a cluster and without credentials.

    Args:
        root: the project's folder, in a Git repository.
        base: a branch, a tag or a commit; the head is compared with the commit at which it branched off from it.
        head: a branch, a tag, a commit, or `snapshot.revision.WORK_TREE` for the files as they are now.

    Raises:
        UserError: one of the revisions does not exist.
    """
    commits = [name if name == WORK_TREE else revision.resolve(root, name) for name in (base, head)]
    if base != WORK_TREE:
        commits[0] = revision.branched_off(root, *commits)
    called = [_called(name, commit) for name, commit in zip((base, head), commits, strict=True)]
    stacks = revision.stacks(root, commits)
    if not stacks:
        raise UserError(f"{root} has no Pulumi.<stack>.yaml in either revision; type this in the project's folder")
    with ThreadPoolExecutor(2) as pool:
        taken = pool.map(lambda commit, name: collect.take(root, commit, stacks, name), commits, called)
        from review import build_report  # meanwhile, as its imports take a while, too

        bases, heads = taken
    return build_report.report(called[0], called[1], bases, heads)


def inventory(root: Path, stack: str) -> Report:
    """Report what one environment requests, by the files as they are now.

    Args:
        root: the project's folder.
        stack: the environment.

    Raises:
        UserError: the environment does not exist.
    """
    known = revision.stacks(root, [WORK_TREE])
    if stack not in known:
        there = (
            f"those of {root} are {', '.join(known)}"
            if known
            else f"{root} has none; type this in the project's folder"
        )
        raise UserError(f"'{stack}' is not a stack: {there}")
    from review import build_report

    return build_report.report("", WORK_TREE, [], collect.take(root, WORK_TREE, [stack]))


def _called(name: str, commit: str) -> str:
    return name if name == commit or commit.startswith(name) else f"{name} ({commit[:7]})"
