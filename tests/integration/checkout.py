"""A checkout of its own for the tests, so that nobody's .local/ is touched, and what people type in it."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from files import cache_root
from tests.support.stacks import ROOT

NAMESPACES = {"dev": "smarthr360-dev", "staging": "smarthr360-staging", "production": "smarthr360"}


@dataclass
class Checkout:
    """A copy of the work tree, with an empty home folder beside it.

    Attributes:
        root: the copy.
        home: the home folder of everybody who types here.
    """

    root: Path
    home: Path

    @classmethod
    def copy_to(cls, folder: Path) -> Checkout:
        """Copy what Git knows or would add; the virtual environment is shared, as making one is not what is tested."""
        made = cls(folder / "checkout", folder / "home")
        made.home.mkdir()
        for name in tracked():
            target = made.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
        (made.root / ".venv").symlink_to(ROOT / ".venv")
        return made

    def environment(self) -> dict[str, str]:
        """A person's environment, set up for another cluster and another backend, which must not leak in."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(cache_root().parent),
            "KUBECONFIG": str(self.home / "somebody-elses-kubeconfig"),
            "PULUMI_BACKEND_URL": "file:///nowhere",
            "PULUMI_STACK": "production",
            # pip asks rustc for its version, and where rustc is rustup's, that writes settings of its own.
            "RUSTUP_HOME": str(self.home.parent / "rustup"),
        }

    @functools.cached_property
    def local_environment(self) -> dict[str, str]:
        """That environment after `eval "$(make -s env)"`."""
        printed = self.run("sh", "-c", 'eval "$(make -s env)" && env -0')
        return dict(entry.split("=", 1) for entry in printed.rstrip("\0").split("\0"))

    def start(self, *command: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a command in the checkout; its output is one stream of text."""
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=environment or self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(
        self,
        *command: str,
        code: int | None = 0,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """Run a command to its end; its output. `code` is what it must exit with; None for anything but 0."""
        process = self.start(*command, environment=environment)
        output, _ = process.communicate(stdin)
        good = process.returncode != 0 if code is None else process.returncode == code
        assert good, f"`{' '.join(command)}` exited with {process.returncode}:\n{output}"
        return output

    def shell(self, script: str, code: int | None = 0, stdin: str = "") -> str:
        """Run a script as a person would, after `eval "$(make -s env)"`."""
        return self.run("sh", "-c", script, code=code, stdin=stdin, environment=self.local_environment)

    def plant(self, name: str, before: str, after: str) -> None:
        """Replace a text in a file of the checkout; it has to be there."""
        path = self.root / name
        text = path.read_text()
        assert before in text, f"{before!r} is not in {name}"
        path.write_text(text.replace(before, after))

    @contextmanager
    def edited(self, name: str, change: Callable[[str], str]) -> Iterator[None]:
        """Have a file of the checkout say something else for a while."""
        file = self.root / name
        before = file.read_text()
        file.write_text(change(before))
        try:
            yield
        finally:
            file.write_text(before)

    def get(self, *what: str) -> list[dict[str, Any]]:
        """Objects, read back from the API server."""
        output = self.shell(f"kubectl get {' '.join(what)} --output json")
        items: list[dict[str, Any]] = json.loads(output)["items"]
        return items

    def state(self, stack: str) -> Mapping[str, Any]:
        """A stack's state file as it lies on disk, secrets encrypted."""
        path = self.root / ".local" / "cluster" / "state" / ".pulumi" / "stacks" / "smarthr360" / f"{stack}.json"
        state: Mapping[str, Any] = json.loads(path.read_text())
        return state

    def locks(self) -> list[Path]:
        """The locks of all stacks."""
        return list((self.root / ".local" / "cluster" / "state" / ".pulumi" / "locks").rglob("*.json"))

    def processes(self) -> dict[int, str]:
        """The processes whose command line names this checkout, by pid."""
        return {pid: line for pid, line in command_lines() if str(self.root) in line}

    def assert_everything_runs(self, stack: str) -> None:
        """Every Deployment and StatefulSet of a stack's namespace is available, and there is at least one of each."""
        items = self.get("deployments,statefulsets", "-n", NAMESPACES[stack])
        assert {item["kind"] for item in items} == {"Deployment", "StatefulSet"}
        for item in items:
            status = item["status"]
            assert status.get("readyReplicas", 0) == status["replicas"] >= 1, item["metadata"]["name"]


def tracked() -> list[str]:
    """The files of the project: what Git tracks, and what it would if it were added."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def command_lines() -> Iterator[tuple[int, str]]:
    """Every process on this machine and its whole command line."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        pid, _, arguments = line.strip().partition(" ")
        yield int(pid), arguments
