"""Where everything of one embedded cluster lies, and the locks on it.

What runs is not written down anywhere: the process table says it (see `processes`), so it cannot be out of date.
"""

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NoReturn

from errors import UserError
from files import lock


@dataclasses.dataclass(frozen=True)
class Layout:
    """The files of one embedded cluster.

    Args:
        root: The folder for everything local to a checkout (`.local`). Symbolic links are followed, because processes
            are recognised by their paths, whichever way a command was given them.
    """

    root: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", self.root.resolve())

    @property
    def cluster(self) -> Path:
        """The folder that `reset` deletes."""
        return self.root / "cluster"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; its only context is `embedded`."""
        return self.root / "kubeconfig"

    @property
    def lock(self) -> Path:
        """Held by whichever command changes the cluster; outside of what `reset` deletes."""
        return self.root / "cluster.lock"

    @property
    def work(self) -> Path:
        """Held by every command that needs the cluster for a while: by many at once, or by one that takes it away."""
        return self.root / "work.lock"

    @property
    def ports(self) -> Path:
        """The remembered ports."""
        return self.cluster / "ports.json"

    @property
    def certificates(self) -> Path:
        """The certificate authority, the certificates it signed and the service account key."""
        return self.cluster / "certificates"

    @property
    def tokens(self) -> Path:
        """The API server's token file."""
        return self.cluster / "tokens.csv"

    @property
    def volumes(self) -> Path:
        """Where the paths of persistent volumes point to; nothing makes them while all nodes are simulated."""
        return self.cluster / "volumes"

    @property
    def definitions(self) -> Path:
        """Which custom resource definitions the API server has, by the paths of their files."""
        return self.cluster / "definitions"

    @property
    def provisioner_ready(self) -> Path:
        """Holds the provisioner's process id once it has seen every claim and volume."""
        return self.cluster / "provisioner.ready"

    def log(self, name: str) -> Path:
        """The log of a process's present run."""
        return self.cluster / "logs" / f"{name}.log"

    def component_kubeconfig(self, name: str) -> Path:
        """The kubeconfig by which a component reaches the API server."""
        return self.cluster / "kubeconfigs" / name


def locked(layout: Layout, report: Callable[[str], None]) -> AbstractContextManager[None]:
    """Hold the cluster's lock, waiting for another command on it.

    Args:
        layout: Whose lock.
        report: Called if there is somebody to wait for.
    """
    return lock(layout.lock, lambda: report("waiting for another command on this cluster to finish"))


def at_work(layout: Layout) -> AbstractContextManager[None]:
    """Keep the cluster from being taken away for as long as a command works with it; many can at once.

    Args:
        layout: Whose cluster.

    Raises:
        UserError: It is being taken away.
    """
    refusal = "the embedded cluster is being stopped by another command; try again after it"
    return lock(layout.work, _refuse(refusal), shared=True)


def alone(layout: Layout) -> AbstractContextManager[None]:
    """Let a command take the cluster away, if no other works with it.

    Args:
        layout: Whose cluster.

    Raises:
        UserError: A command is at work with it.
    """
    refusal = (
        "another command is at work with the embedded cluster (`make up` or the like); wait for it, or stop it first"
    )
    return lock(layout.work, _refuse(refusal))


def _refuse(sentence: str) -> Callable[[], NoReturn]:
    def refuse() -> NoReturn:
        raise UserError(sentence)

    return refuse
