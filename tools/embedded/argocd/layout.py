"""Where everything of the embedded Argo CD lies."""

import dataclasses
from pathlib import Path

from tools.embedded.cluster.state import Layout

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
