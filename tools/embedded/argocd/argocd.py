"""Bring Argo CD's processes up beside the embedded cluster, and take them down."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from errors import UserError
from files import lock
from tools.embedded.argocd import components
from tools.embedded.argocd.api import SECRETS, get
from tools.embedded.argocd.layout import NAMESPACE, ArgoLayout
from tools.embedded.argocd.run import Report, Run, stop_all
from tools.embedded.cluster.state import Layout

_ALWAYS = (components.REDIS, components.REPO_SERVER, components.CONTROLLER, components.NOTIFICATIONS)


def up(layout: Layout, tools: Mapping[str, Path], report: Report, *, server: bool = False) -> None:
    """Make Argo CD's controllers run, starting only what does not run as it should.

    Two calls at once are safe, and so is one after a call that was killed at any point.

    Args:
        layout: The files of the cluster, which is up, and which Argo CD is installed on.
        tools: Where `argocd`, `argocd-redis` and `kubectl` are, as the engine installer reports.
        report: Called with one line for each step.
        server: Whether argocd-server, which people talk to, is to run as well. Where it runs already it stays.

    Raises:
        UserError: The cluster or Argo CD's objects are missing, or a process does not start; with the last lines of
            its log.
    """
    argo = ArgoLayout(layout)
    with _locked(argo, report):
        run = Run(argo, tools, report)
        wanted = [*_ALWAYS, components.SERVER] if server or run.runs(components.SERVER) else [*_ALWAYS]
        if components.SERVER not in wanted and _has_no_keys(layout):
            # At its first start argocd-server makes keys that the controllers do not work without.
            run.up(components.REDIS, components.REPO_SERVER, components.SERVER)
            run.stop(components.SERVER)
        run.up(*wanted)
        report("Argo CD is healthy" if run.started else "Argo CD is healthy, nothing to do")


def down(layout: Layout, report: Report) -> None:
    """Stop every process of Argo CD, also those that no command remembers.

    Args:
        layout: The cluster's files.
        report: Called with one line for each process that is stopped.
    """
    argo = ArgoLayout(layout)
    with _locked(argo, report):
        stop_all(argo, report)


@contextlib.contextmanager
def sync_server(layout: Layout, tools: Mapping[str, Path], report: Report) -> Iterator[int]:
    """Run an argocd-server for one command, which it obeys without a login.

    Args:
        layout: The files of the cluster, which is up.
        tools: Where the programs are.
        report: Called if there is somebody to wait for.

    Yields:
        Its port on the loopback interface.
    """
    argo = ArgoLayout(layout)
    with _locked(argo, report):
        run = Run(argo, tools, report)
        wanted = (components.REDIS, components.REPO_SERVER, components.SYNC_SERVER)
        try:
            run.up(*wanted)
            yield run.port(components.SYNC_SERVER)
        finally:
            run.stop(components.SYNC_SERVER)


def _locked(argo: ArgoLayout, report: Report) -> contextlib.AbstractContextManager[None]:
    return lock(argo.lock, lambda: report("waiting for another command on Argo CD to finish"))


def _has_no_keys(layout: Layout) -> bool:
    secret = get(layout, SECRETS, "argocd-secret")
    if secret is None:
        raise UserError(f"Argo CD is not installed on this cluster: namespace {NAMESPACE} has no Secret argocd-secret")
    return "server.secretkey" not in (secret.get("data") or {})
