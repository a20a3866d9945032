"""Where everything of one embedded cluster lies, and which ports it listens on: the one description of both.

What runs is not written down anywhere: the process table says it (see `processes`), so it cannot be out of date.
"""

import contextlib
import dataclasses
import fcntl
import json
import os
import random
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from errors import UserError

LOOPBACK = "127.0.0.1"

# Below every system's range of outgoing ports (Linux starts at 32768, macOS at 49152): a remembered port is not
# handed to a passing connection while the cluster is down.
_PORT_RANGE = range(20000, 32000)


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


@dataclasses.dataclass(frozen=True)
class Ports:
    """The loopback ports, one field for each listening socket."""

    etcd: int
    etcd_peer: int
    apiserver: int
    controller_manager: int
    scheduler: int

    @classmethod
    def load(cls, path: Path) -> "Ports | None":
        """Read the remembered ports.

        Args:
            path: The file written by `save`.

        Returns:
            The ports; None where there is no file yet, or one that does not hold five different ports: then new ones
            are as good as the old ones were.
        """
        try:
            ports = cls(**json.loads(path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        numbers = list(dataclasses.asdict(ports).values())
        is_good = all(type(number) is int and 0 < number < 65536 for number in numbers)
        return ports if is_good and len(set(numbers)) == len(numbers) else None

    def save(self, path: Path) -> None:
        """Remember the ports."""
        write_private(path, json.dumps(dataclasses.asdict(self), indent=2) + "\n")

    @classmethod
    def choose(cls) -> "Ports":
        """Choose a free port for every field."""
        chosen: set[int] = set()
        for _ in dataclasses.fields(cls):
            chosen.add(free_port(chosen))
        return cls(*chosen)


def is_free(port: int) -> bool:
    """Say whether nothing listens on a loopback port."""
    with socket.socket() as probe:
        # As the servers do it: the rest of a closed connection (TIME_WAIT) does not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(taken: set[int]) -> int:
    """Choose a free loopback port.

    Args:
        taken: Ports that are promised to somebody already.

    Raises:
        UserError: There is none.
    """
    for port in random.sample(_PORT_RANGE, len(_PORT_RANGE)):
        if port not in taken and is_free(port):
            return port
    raise UserError(f"no free port on {LOOPBACK} from {_PORT_RANGE.start} to {_PORT_RANGE.stop - 1}")


def write_private(path: Path, text: str | bytes) -> None:
    """Write a file that only its owner can read, wholly or not at all.

    Args:
        path: The file; its folder is made (0700) where it is missing.
        text: The content.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes the file 0600; the rename puts it in place in one step.
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def locked(layout: Layout, report: Callable[[str], None]) -> Iterator[None]:
    """Hold the cluster's lock, waiting for it as long as another command holds it.

    The kernel releases it when the holder dies, so it is never left behind. Processes that are started meanwhile do
    not inherit it.

    Args:
        layout: Whose lock.
        report: Told that there is somebody to wait for.
    """
    layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with layout.lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("waiting for another command on this cluster to finish")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def at_work(layout: Layout) -> Iterator[None]:
    """Keep the cluster from being taken away, for as long as a command works with it; many may at once.

    Args:
        layout: Whose cluster.

    Raises:
        UserError: It is being taken away.
    """
    with _work(layout, fcntl.LOCK_SH, "the embedded cluster is being stopped by another command; try again after it"):
        yield


@contextlib.contextmanager
def alone(layout: Layout) -> Iterator[None]:
    """Take the cluster away from under nobody.

    Args:
        layout: Whose cluster.

    Raises:
        UserError: A command is at work with it.
    """
    busy = "another command is at work with the embedded cluster (`make up` or the like); wait for it, or stop it first"
    with _work(layout, fcntl.LOCK_EX, busy):
        yield


@contextlib.contextmanager
def _work(layout: Layout, kind: int, refusal: str) -> Iterator[None]:
    layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with layout.work.open("w") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(refusal) from None
        yield
