"""An embedded cluster on a root of its own, as a person uses it: by its command line and by kubectl."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from files import cache_root
from tests.integration.checkout import command_lines
from tests.support.stacks import ROOT
from tools.embedded.cluster.ports import Ports, read_ports
from tools.embedded.cluster.state import Layout
from tools.engine import ensure

COMPONENTS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "provisioner"]


@dataclass
class Cluster:
    """An embedded cluster as a person uses it: by its command line and by kubectl."""

    layout: Layout
    kubectl_program: Path

    @classmethod
    def at(cls, root: Path) -> Self:
        """The one at a root, where nothing need be yet."""
        return cls(Layout(root), ensure("cluster")["kubectl"])

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[Self]:
        """One below a folder that is up for a while."""
        made = cls.at(folder / "local")
        made.run("up")
        try:
            yield made
        finally:
            made.run("reset")

    @property
    def ports(self) -> Ports:
        return read_ports(self.layout.ports)

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tools.embedded.cluster", *command, "--root", str(self.layout.root)],
            cwd=ROOT,
            env={
                **os.environ,
                "HOME": str(self.layout.root.parent),
                "KUBECONFIG": str(self.layout.root.parent / "mine"),
                "XDG_CACHE_HOME": str(cache_root().parent),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str, code: int = 0) -> str:
        with self.start(*command) as process:
            output, _ = process.communicate()
        assert process.returncode == code, output
        return output

    def kubectl(self, *arguments: str, body: str = "", code: int = 0) -> str:
        result = subprocess.run(
            [self.kubectl_program, "--kubeconfig", self.layout.kubeconfig, *arguments],
            env={"HOME": str(self.layout.cluster)},
            input=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert result.returncode == code, result.stdout
        return result.stdout

    def get(self, *what: str) -> dict[str, Any]:
        return dict(json.loads(self.kubectl("get", *what, "--output", "json")))

    def processes(self) -> dict[int, str]:
        """Every process that names this root in its arguments, by pid; found without the code under test."""
        return {pid: command for pid, command in command_lines() if str(self.layout.root) in command}

    def pids(self) -> dict[str, int]:
        """The pid of each component; there is exactly one, and nothing else."""
        names = {
            pid: "provisioner" if "tools.embedded.cluster.provisioner" in command else Path(command.split()[0]).name
            for pid, command in self.processes().items()
        }
        assert sorted(names.values()) == sorted(COMPONENTS)
        return {name: pid for pid, name in names.items()}
