"""Where everything of the embedded Argo CD lies, and which ports it listens on."""

import dataclasses
import json
from collections.abc import Collection
from pathlib import Path

from files import write_private
from tools.embedded.cluster.state import Layout, free_port, is_free

NAMESPACE = "argocd"
"""Where Argo CD is installed, and where its Applications are."""


@dataclasses.dataclass(frozen=True)
class ArgoLayout:
    """The files of one checkout's Argo CD.

    Args:
        cluster: The cluster that it belongs to.
    """

    cluster: Layout

    @property
    def folder(self) -> Path:
        """All of it."""
        return self.cluster.root / "argocd"

    @property
    def lock(self) -> Path:
        """Held by whichever command starts or stops processes."""
        return self.cluster.root / "argocd.lock"

    @property
    def ports(self) -> Path:
        """The remembered ports."""
        return self.folder / "ports.json"

    @property
    def redis_password(self) -> Path:
        """The cache's password: whoever can write into the cache decides what is applied."""
        return self.folder / "redis-password"

    @property
    def home(self) -> Path:
        """What the processes take for the person's home, and where they look for keys and certificates."""
        return self.folder / "home"

    @property
    def temporary(self) -> Path:
        """Clones, sockets and other files that are of no use once nothing runs."""
        return self.folder / "tmp"

    def program(self, name: str) -> Path:
        """The path under which a process is started, so that its command line says which one it is, and whose."""
        return self.folder / "bin" / name

    def kubeconfig(self, name: str) -> Path:
        """How a process reaches the API server, as its own ServiceAccount."""
        return self.folder / "kubeconfigs" / name

    def log(self, name: str) -> Path:
        """The log of a process's present run."""
        return self.folder / "logs" / f"{name}.log"


def read_ports(path: Path) -> dict[str, int]:
    """Read the remembered ports: those that are good ones, none where there is no file yet or a damaged one."""
    try:
        ports = dict(json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return {}
    owners = {port: name for name, port in ports.items() if type(port) is int and 0 < port < 65536}
    return {name: port for port, name in owners.items()}


def write_ports(path: Path, ports: dict[str, int]) -> None:
    """Remember the ports."""
    write_private(path, json.dumps(ports, indent=2) + "\n")


def complete_ports(remembered: dict[str, int], idle: Collection[str], busy: Collection[str]) -> dict[str, int]:
    """Choose the ports that are missing, and others for those that somebody else has taken meanwhile.

    Args:
        remembered: The ports so far.
        idle: Names of ports where nobody of ours listens now.
        busy: Names of the others.
    """
    ports = {name: port for name, port in remembered.items() if name in busy or (name in idle and is_free(port))}
    for name in (*busy, *idle):
        if name not in ports:
            ports[name] = free_port(set(ports.values()))
    return ports
