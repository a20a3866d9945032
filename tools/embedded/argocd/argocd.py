"""Bring Argo CD's processes up beside the embedded cluster, take them down, and say how they are."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from errors import UserError
from files import lock
from tools.embedded.argocd import parts
from tools.embedded.argocd.api import SECRETS, get
from tools.embedded.argocd.health import is_healthy
from tools.embedded.argocd.layout import NAMESPACE, Place, read_ports
from tools.embedded.argocd.run import Report, Run, stop_all
from tools.embedded.cluster import processes
from tools.embedded.cluster.control_plane import Status
from tools.embedded.cluster.state import Layout

_ALWAYS = (parts.REDIS, parts.REPO_SERVER, parts.CONTROLLER, parts.NOTIFICATIONS)


def up(layout: Layout, tools: Mapping[str, Path], report: Report, *, server: bool = False) -> None:
    """Make Argo CD's controllers run, starting only what does not run as it should.

    Two at once are safe, and so is one after another that was killed at any point.

    Args:
        layout: The files of the cluster, which is up, and which Argo CD is installed on.
        tools: Where `argocd`, `argocd-redis` and `kubectl` are, as the engine installer tells.
        report: Told of each step, in one line.
        server: Whether argocd-server, which people talk to, is to run as well. Where it runs already it stays.

    Raises:
        UserError: The cluster or Argo CD's objects are missing, or a process does not start; with the last lines of
            its log.
    """
    place = Place(layout)
    with _locked(place, report):
        run = Run(place, tools, report)
        wanted = [*_ALWAYS, parts.SERVER] if server or run.runs(parts.SERVER) else [*_ALWAYS]
        if parts.SERVER not in wanted and _has_no_keys(layout):
            # At its first start argocd-server makes keys that the controllers do not work without.
            run.start(parts.REDIS, parts.REPO_SERVER, parts.SERVER)
            run.wait(parts.SERVER)
            run.stop(parts.SERVER)
        run.start(*wanted)
        run.wait(*wanted)
        report("Argo CD is healthy" if run.started else "Argo CD is healthy, nothing to do")


def down(layout: Layout, report: Report) -> None:
    """Stop every process of Argo CD, also those that no command remembers.

    Args:
        layout: The cluster's files.
        report: Told of each process that is stopped.
    """
    place = Place(layout)
    with _locked(place, report):
        stop_all(place, report)


def status(layout: Layout) -> list[Status]:
    """Say how each process is, changing nothing; argocd-server only where it runs.

    Args:
        layout: The cluster's files.
    """
    place = Place(layout)
    result = []
    for part in parts.parts(place, read_ports(place.ports)).values():
        process = next(iter(processes.find(part.marker)), None)
        if process or part.name in _ALWAYS:
            healthy = process is not None and is_healthy(place, part)
            result.append(Status(part.name, part.port or None, process, healthy))
    return result


@contextlib.contextmanager
def sync_server(layout: Layout, tools: Mapping[str, Path], report: Report) -> Iterator[int]:
    """Run an argocd-server for one command, which it obeys without a login.

    Args:
        layout: The files of the cluster, which is up.
        tools: Where the programs are.
        report: Told if there is somebody to wait for.

    Yields:
        Its port on the loopback interface.
    """
    place = Place(layout)
    with _locked(place, report):
        run = Run(place, tools, report)
        wanted = (parts.REDIS, parts.REPO_SERVER, parts.SYNC_SERVER)
        try:
            run.start(*wanted)
            run.wait(*wanted)
            yield run.port(parts.SYNC_SERVER)
        finally:
            run.stop(parts.SYNC_SERVER)


def _locked(place: Place, report: Report) -> contextlib.AbstractContextManager[None]:
    return lock(place.lock, lambda: report("waiting for another command on Argo CD to finish"))


def _has_no_keys(layout: Layout) -> bool:
    secret = get(layout, SECRETS, "argocd-secret")
    if secret is None:
        raise UserError(f"Argo CD is not installed on this cluster: namespace {NAMESPACE} has no Secret argocd-secret")
    return "server.secretkey" not in (secret.get("data") or {})
