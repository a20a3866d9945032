"""Repositories that somebody made to hurt who reviews them: each ends in a sentence, soon, and takes little memory."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from snapshot import collect, limits
from snapshot.revision import WORK_TREE
from snapshot.revision import folder as folder_of
from tests.support.previews import commit, edit, git
from tests.support.stacks import ROOT

COMMAND = re.compile(r"^\s*::|##\[|[\x00-\x08\x0b-\x1f\x7f]", re.MULTILINE)
STACK = "Pulumi.dev.yaml"
MAIN = "__main__.py"
TOO_LONG = "it took longer than 2 seconds and was stopped"


def runs(code: str) -> Callable[[Path], None]:
    """A program that does something before all else."""

    def change(root: Path) -> None:
        (root / MAIN).write_text(f"import pulumi\n{code}\n")

    return change


def link(name: str, target: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / name).unlink(missing_ok=True)
        (root / name).symlink_to(target)

    return change


def pipe(root: Path) -> None:
    (root / STACK).unlink()
    os.mkfifo(root / STACK)


def folder(root: Path) -> None:
    (root / STACK).unlink()
    (root / STACK).mkdir()


def large(root: Path) -> None:
    with (root / STACK).open("a") as file:
        file.truncate(2_000_000_000)  # of which the disk holds nothing


def written(text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / STACK).write_text(text)

    return change


BOMB = "config:\n  smarthr360:a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"  smarthr360:a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
)

WORK_TREES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a link in circles": (link(STACK, STACK), "can't be read (Too many levels of symbolic links)"),
    "a link to a device that does not end": (link(STACK, "/dev/zero"), f"{STACK} is not a plain file"),
    "a link to nothing": (link(STACK, "/nowhere"), f"there is no {STACK}"),
    "a pipe": (pipe, f"{STACK} is not a plain file"),
    "a folder": (folder, f"{STACK} can't be read (Is a directory)"),
    "a file of gigabytes": (large, f"{STACK} is larger than 262144 bytes"),
    "an alias bomb": (written(BOMB), "line 5 makes more than the 10000 values that are allowed"),
    "an alias of itself": (
        written("config:\n  smarthr360:images: &a { tag: *a }\n"),
        "line 2 refers to *a inside of it",
    ),
    "brackets without end": (written("config: " + "[" * 60_000), "line 1 is nested deeper than the 32 levels"),
    "a program that does not end": (runs("while True: pass"), TOO_LONG),
    "a program that waits": (runs("import time; time.sleep(600)"), TOO_LONG),
    "a program that takes memory": (runs("x = 'x' * 1_000_000_000"), "the program can't be run: MemoryError"),
    "a program that takes it bit by bit": (
        runs("x = []\nwhile True: x.append('x' * 1_000_000)"),
        "the program can't be run: MemoryError",
    ),
    "a program that fills the disk": (
        runs("open('x', 'wb').write(b'x' * 70_000_000)"),
        "the program can't be run: OSError, [Errno 27] File too large",
    ),
    "a program that prints gigabytes": (runs("import sys\nwhile True: sys.stderr.write('x' * 10_000)"), TOO_LONG),
    "a program that answers itself": (
        runs("import os\n[os.write(n, b'[]\\n') for n in range(3, 9) if os.path.exists(f'/dev/fd/{n}')]; os._exit(0)"),
        "its output is not a list of snapshots",
    ),
    "a program that crashes": (runs("import os; os.abort()"), "its process was stopped by SIGABRT"),
    "a program that asks for what nobody could read": (
        runs(
            "import pulumi_kubernetes as k\nx = 'x'\nfor _ in range(80): x = {'x': x}\n"
            "k.apiextensions.CustomResource('x', api_version='x/v1', kind='X', others={'spec': x})\n"
            "for n in range(60): k.core.v1.ConfigMap(f'x{n}', data={'x': 'x' * 400_000})"
        ),
        "",
    ),
    "a program that leaves others behind": (
        runs("import subprocess, sys\nsubprocess.Popen(['sleep', '613'])\nraise SystemExit('gone')"),
        "SystemExit, gone",
    ),
    "a name that speaks to the terminal": (
        runs(r"raise SystemExit('\x1b[2J\n::stop-commands::x\n##[error]y')"),
        "SystemExit, \x1b[2J ::stop-commands::x ##[error]y",
    ),
}


def largest_child() -> int:
    """The most memory that a child of this process, of whichever test, has had so far, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


@pytest.mark.parametrize("name", WORK_TREES)
def test_files_that_are_made_to_hurt_are_a_sentence(name: str, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change, sentence = WORK_TREES[name]
    change(copy)
    if sentence == TOO_LONG:
        monkeypatch.setattr(limits, "SECONDS", 0)

    before = largest_child()
    [found] = collect.take(copy, WORK_TREE, ["dev"])
    assert sentence in found.problem
    assert found.problem
    assert "\n" not in found.problem
    assert found.objects == ()
    assert largest_child() <= max(before, 500_000)
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "sleep 613" not in left


def tree(*entries: tuple[str, str, str]) -> Callable[[Path], str]:
    """A commit whose tree Git itself would not make: mode, path and content of each entry."""

    def make(root: Path) -> str:
        lines = []
        for mode, path, content in entries:
            kind = {"040000": "tree", "160000": "commit"}.get(mode, "blob")
            known = content if kind != "blob" else piped(root, content, "hash-object", "-w", "--stdin")
            lines.append(f"{mode} {kind} {known}\t{path}")
        return piped(root, "\n".join(lines) + "\n", "mktree")

    return make


def piped(root: Path, text: str, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], input=text.encode(), capture_output=True, check=True)
    return done.stdout.decode().strip()


def nested(levels: int) -> Callable[[Path], str]:
    """Ten times as many files with each level, in one object each."""

    def make(root: Path) -> str:
        found = tree(("100644", "x", "x"))(root)
        for _ in range(levels):
            found = tree(*(("040000", str(number), found) for number in range(10)))(root)
        return found

    return make


REVISIONS: dict[str, tuple[Callable[[Path], str], str]] = {
    "a link that leads out": (
        tree(("120000", STACK, "../../etc/passwd")),
        f"{STACK} is a symbolic link that leads out",
    ),
    "a link to the root": (tree(("120000", "x", "/")), "x is a symbolic link that leads out"),
    "a link in circles": (
        tree(("120000", "a", "b"), ("120000", "b", "a")),
        "a is a symbolic link that leads out of the",
    ),
    "a link by another link": (
        tree(("120000", "a", "b/../.."), ("120000", "b", "c")),
        "a is a symbolic link that leads out",
    ),
    "a path that leads out": (
        lambda root: tree(("040000", "..", tree(("100644", "x", "x"))(root)))(root),
        "../x leads out of the project's folder",
    ),
    "a link and a folder of one name": (
        lambda root: tree(
            ("120000", "a", "/tmp"),
            ("040000", "a", tree(("100644", "x", "x"))(root)),
        )(root),
        "a can't be written (File exists)",
    ),
    "a link below a link": (
        lambda root: tree(
            ("120000", "a", "b"), ("040000", "a", tree(("120000", "x", "x"))(root)), ("100644", "b", "x")
        )(root),
        "can't be written",
    ),
    "a name that is too long": (tree(("100644", "x" * 300, "x")), "can't be written (File name too long)"),
    "a file of many megabytes": (tree(("100644", "x", "x" * 9_000_000)), "x has 9,000,000 bytes; a file is allowed"),
    "many files of megabytes": (
        tree(*(("100644", f"x{number}", "x" * 8_000_000) for number in range(9))),
        "its files have 68 MB; they are allowed to have 64 MB",
    ),
    "eleven thousand files": (
        lambda root: tree(*(("040000", str(number), nested(3)(root)) for number in range(11)))(root),
        "it has 11,000 files; a revision is allowed to have 10,000",
    ),
    "ten thousand million files": (nested(10), "the repository can't be read: the output has more than 4 MB"),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "--quiet", "--initial-branch=main")
    return root


@pytest.mark.parametrize("name", REVISIONS)
def test_a_revision_that_is_made_to_hurt_is_a_sentence(name: str, repository: Path) -> None:
    make, sentence = REVISIONS[name]
    revision = make(repository)

    [found] = collect.take(repository, revision, ["dev"], "there")
    assert sentence in found.problem
    assert not Path("/tmp/x").exists()


def test_what_is_harmless_is_there_and_as_it_is_committed(copy: Path) -> None:
    (copy / ".gitattributes").write_text("__main__.py export-ignore\nPulumi.dev.yaml export-subst\n")
    (copy / "linked").symlink_to("components/settings")
    (copy / "page").symlink_to("docs/missing.md")
    edit(copy, {STACK: {"config:": "# $Format:%H$\nconfig:"}})
    commit(copy)

    with folder_of(copy, "HEAD") as found:
        assert (found / "linked" / "stack.py").is_file()
        assert (found / "page").is_symlink()
        assert (found / MAIN).read_bytes() == (copy / MAIN).read_bytes()
        assert "$Format:%H$" in (found / STACK).read_text()


def test_a_command_of_github_s_runner_and_of_a_terminal_gets_into_no_output(copy: Path) -> None:
    hostile = "\x1b[2J\n::stop-commands::x\n##[error]y"
    commit(copy)
    edit(copy, {STACK: {"develop-4f2a9c1": "develop-1234567"}})
    (copy / "Pulumi.::stop-commands::x.yaml").write_text("config: {}\n")
    data = f"k.core.v1.ConfigMap('hostile', data={{'x': {hostile!r}}}, metadata={{'name': {hostile!r}}})"
    edit(copy, {MAIN: {"\nmain()\n": f"\nmain()\nimport pulumi_kubernetes as k\n{data}\n"}})

    def typed(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ops", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)

    outputs = [
        typed("diff"),
        typed("inventory", "--stack", "dev", "--format", "csv"),
        typed("diff", "--base", hostile),
        typed("inventory", "--stack", hostile),
    ]
    assert [done.returncode in (0, 1) for done in outputs] == [True, True, False, False]
    assert "stop-commands" in outputs[0].stdout
    for done in outputs:
        assert not COMMAND.search(done.stdout + done.stderr)
        assert "Traceback" not in done.stderr
