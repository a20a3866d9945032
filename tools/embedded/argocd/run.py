"""Start Argo CD's processes as they should be, wait for them, and stop them."""

import functools
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from errors import UserError
from files import link, write_private
from tools.embedded.argocd import accounts, components
from tools.embedded.argocd.components import Component
from tools.embedded.argocd.health import is_healthy
from tools.embedded.argocd.layout import ArgoLayout
from tools.embedded.argocd.loopback import confine
from tools.embedded.cluster import processes
from tools.embedded.cluster.components import components as cluster_components
from tools.embedded.cluster.ports import Ports, complete_ports, read_ports, write_ports
from tools.embedded.cluster.processes import Process
from tools.embedded.cluster.state import Layout

Report = Callable[[str], None]


class Run:
    """One command's work on Argo CD's processes; knows which of them it had to start.

    What runs with other arguments, another program or another account than it should, or twice, or since before the
    API server, is stopped at once.

    Args:
        layout: Where everything lies; what is missing there is made.
        tools: Where `argocd`, `argocd-redis` and `kubectl` are.
        report: Called with one line for each step.
    """

    def __init__(self, layout: ArgoLayout, tools: Mapping[str, Path], report: Report) -> None:
        self.started: set[str] = set()
        self._layout = layout
        self._report = report
        apiserver = _apiserver(layout.cluster)
        self._prepare(tools)
        self._components = components.argocd_components(layout, _choose_ports(layout))
        for component in self._components.values():
            running = processes.find(component.marker)
            # The pauses between a client's attempts grow for as long as the API server is away.
            stale = component.account and any(process.since < apiserver.since for process in running)
            wanted = [process.command for process in running] == [" ".join(component.command)]
            # Its command holds our lock as long as it needs it: this one was killed.
            left = component.name == components.SYNC_SERVER
            if stale or left or not wanted:
                self._stop_unfit(component)

    def _prepare(self, tools: Mapping[str, Path]) -> None:
        """Make folders, the cache's password, links and accounts.

        A process that uses another one is stopped first: a command killed in between would leave it running.
        """
        layout, known = self._layout, components.argocd_components(self._layout, {}).values()
        for folder in (layout.home, layout.temporary):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not layout.redis_password.is_file():
            self._stop_unfit(*known)
            write_private(layout.redis_password, secrets.token_urlsafe(32))
        for component in known:
            target = tools["argocd-redis" if component.name == components.REDIS else "argocd"]
            if not component.program.is_symlink() or component.program.readlink() != target:
                self._stop_unfit(component)
                link(component.program, target)
        for account in dict.fromkeys(component.account for component in known if component.account):
            users = [component for component in known if component.account == account]
            accounts.ensure(layout, account, tools["kubectl"], before=functools.partial(self._stop_unfit, *users))

    def _stop_unfit(self, *unfit: Component) -> None:
        for component in unfit:
            if running := processes.find(component.marker):
                self._report(f"{component.name} does not run as it should: stopping it")
                processes.stop(running, grace=2)

    def runs(self, name: str) -> bool:
        """Whether a process runs."""
        return bool(processes.find(self._components[name].marker))

    def port(self, name: str) -> int:
        """Where a process answers."""
        return self._components[name].port

    def up(self, *names: str) -> None:
        """Start each one that does not run, and wait until all are healthy."""
        for name in names:
            if not self.runs(name):
                component = self._components[name]
                processes.start(
                    component.command,
                    log=self._layout.log(name),
                    folder=self._layout.temporary,
                    environment=components.environment(self._layout, component),
                )
                self.started.add(name)
        wanted = [self._components[name] for name in names]
        processes.wait(
            {each.name: (each.marker, functools.partial(self._is_healthy, each)) for each in wanted},
            log=self._layout.log,
            ready=lambda name: self._report(f"{name} is ready") if name in self.started else None,
        )

    def _is_healthy(self, component: Component, process: Process) -> bool:
        healthy = is_healthy(self._layout, component)
        if healthy and component.exposed and not confine(process.pid, component.port):
            self._report(f"{component.name} shows its counters to the network, at port {component.port}")
        return healthy

    def stop(self, name: str) -> None:
        """Stop a process."""
        processes.stop(processes.find(self._components[name].marker), grace=2)


def stop_all(layout: ArgoLayout, report: Report) -> None:
    """Stop every process, also those that no command remembers, and delete what is of no use without them.

    Args:
        layout: Whose processes.
        report: Called with one line for each.
    """
    known = components.argocd_components(layout, {}).values()
    running = {component.name: processes.find(component.marker) for component in known}
    processes.stop([process for several in running.values() for process in several], grace=2)
    for name, several in running.items():
        for process in several:
            report(f"{name} stopped (process {process.pid})")
    if not any(running.values()):
        report("Argo CD does not run")
    delete(layout.temporary)


def _apiserver(layout: Layout) -> processes.Process:
    apiserver = next(each for each in cluster_components(layout) if each.name == "kube-apiserver")
    for process in processes.find(apiserver.marker):
        return process
    raise UserError("the embedded cluster does not run; `make cluster-up` starts it")


def _choose_ports(layout: ArgoLayout) -> Ports:
    known = components.argocd_components(layout, {}).values()
    running = [component.name for component in known if processes.find(component.marker)]
    remembered = read_ports(layout.ports)
    ports = complete_ports(remembered, components.PORTS, running)
    if ports != remembered:
        write_ports(layout.ports, ports)
    return ports


def delete(folder: Path) -> None:
    """Delete a folder. Argo CD takes away its own rights on its clones, and `rm` could not look into them."""
    for path, _, _ in os.walk(folder):
        for inside in Path(path).iterdir():
            if inside.is_dir() and not inside.is_symlink():
                inside.chmod(0o700)
    if folder.exists():
        shutil.rmtree(folder)
