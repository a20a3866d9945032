"""The local bare Git repository that the embedded Argo CD syncs from."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from errors import UserError
from files import lock

# Fixed, so that nothing depends on the person's own settings of git.
_IDENTITY = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "smarthr360-platform"), ("EMAIL", "platform@smarthr360.invalid"))
}
_INDEX = "publish.index"


def git() -> str:
    """The path of git.

    Raises:
        UserError: There is none.
    """
    path = shutil.which("git")
    if path is None:
        raise UserError(
            "git is not on PATH, and GitOps needs it; install it (Debian, Ubuntu: `apt-get install git`; "
            "Fedora: `dnf install git`; macOS: `xcode-select --install`)"
        )
    return path


def publish(repository: Path, folder: Path, path: str, branch: str, message: str) -> str:
    """Make a folder of a branch hold the files of a folder here, and nothing else.

    What the branch has in other folders stays: another stack can be delivered from it. The files become a commit on top
    of the branch; where it holds exactly them already, there is no new one. Neither the checkout's own .git nor the
    person's settings of git are looked at. A run that was killed at any point leaves the branch as it was, and the next
    one goes on; several at once take turns.

    Args:
        repository: The bare repository, such as .local/gitops.git; made where it is missing.
        folder: Whose files, with those in its subfolders; links are followed, and no file is executable.
        path: Where the files lie in the branch, such as rendered/dev.
        branch: The branch, such as develop.
        message: The commit's message.

    Returns:
        The id of the branch's commit.

    Raises:
        UserError: There is no git, nothing to publish, or git refuses, for example a branch of that name.
    """
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    if not files:
        raise UserError(f"{folder}: there is no file to publish; `make render` writes them")
    repository.parent.mkdir(parents=True, exist_ok=True)
    with lock(repository.with_name(f"{repository.name}.lock")):
        bare = _Bare(repository.absolute())
        bare.make()
        reference = f"refs/heads/{branch}"
        parent = bare.resolve(reference)
        tree = bare.write_tree(
            {f"{path}/{file.relative_to(folder).as_posix()}": file for file in files},
            bare.entries(parent, f"{path}/") if parent else "",
        )
        if parent and bare.resolve(f"{parent}^{{tree}}") == tree:
            return parent
        commit = bare.git("commit-tree", tree, *(("-p", parent) if parent else ()), given=message)
        bare.git("update-ref", reference, commit, parent or "0" * 40)
        return commit


class _Bare:
    """A bare repository, and git on it. Whoever uses it holds our lock: nobody else writes here."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._git = git()
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_DIR": str(repository),
            "GIT_INDEX_FILE": str(repository / _INDEX),
            "LC_ALL": "C",
            **_IDENTITY,
        }

    def make(self) -> None:
        """Make the repository where it is missing, and mend what a killed git has left of it."""
        # git makes such a file before it writes, and refuses to write while there is one.
        for left in (*self._repository.glob("*.lock"), *self._repository.glob("refs/**/*.lock")):
            left.unlink()
        (self._repository / _INDEX).unlink(missing_ok=True)
        # On one that is there already this changes nothing, and adds what it lacks. No template: no hooks.
        self.git("init", "--bare", "--quiet", "--template=")

    def entries(self, commit: str, but: str) -> str:
        """What a commit holds, as `write_tree` takes it, except what is below a path."""
        entries = self.git("ls-tree", "-r", "-z", "--full-tree", commit).split("\0")
        return "".join(f"{entry}\0" for entry in entries if entry and not entry.partition("\t")[2].startswith(but))

    def write_tree(self, files: dict[str, Path], kept: str) -> str:
        """Store files, and the tree of them; the tree's id.

        Args:
            files: Which file belongs at which path.
            kept: What else is in the tree, as Git lists it.
        """
        # No filters: what a person has set about line ends does not count.
        names = "".join(f"{file.absolute()}\n" for file in files.values())
        ids = self.git("hash-object", "-w", "--no-filters", "--stdin-paths", given=names).splitlines()
        entries = "".join(f"100644 {blob}\t{path}\0" for path, blob in zip(files, ids, strict=True))
        self.git("update-index", "-z", "--index-info", given=kept + entries)
        return self.git("write-tree")

    def resolve(self, name: str) -> str | None:
        """The id of what has this name; None where nothing does."""
        return self._run(["rev-parse", "--verify", "--quiet", name]).stdout.strip() or None

    def git(self, *arguments: str, given: str = "") -> str:
        """Run git; what it prints."""
        done = self._run(arguments, given)
        if done.returncode:
            problem = done.stderr.strip().removeprefix("fatal: ")
            raise UserError(f"{self._repository}: `git {arguments[0]}` failed: {problem}")
        return done.stdout.strip()

    def _run(self, arguments: Sequence[str], given: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self._git, *arguments],
            env=self._environment,
            cwd=self._repository.parent,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
