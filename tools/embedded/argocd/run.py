"""Start Argo CD's processes as they should be, wait for them, and stop them."""

import functools
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from errors import UserError
from files import write_private
from tools.embedded.argocd import accounts, parts
from tools.embedded.argocd.health import is_healthy
from tools.embedded.argocd.layout import Place, complete_ports, read_ports, write_ports
from tools.embedded.argocd.loopback import confine
from tools.embedded.argocd.parts import Part
from tools.embedded.cluster import processes
from tools.embedded.cluster.components import components
from tools.embedded.cluster.state import Layout, Ports

Report = Callable[[str], None]

# Some seconds are usual on two idle cores; a machine that compiles at the same time needs many times that.
_START_TIMEOUT = 120.0
_POLL = 0.05


class Run:
    """One command's work on the processes; knows which of them it had to start.

    What runs with other arguments, another program or another account than it should, or twice, or since before the
    API server, is stopped at once.

    Args:
        place: Where everything lies; what is missing there is made.
        tools: Where `argocd`, `argocd-redis` and `kubectl` are.
        report: Told of each step, in one line.
    """

    def __init__(self, place: Place, tools: Mapping[str, Path], report: Report) -> None:
        self.started: set[str] = set()
        self._place = place
        self._report = report
        apiserver = _apiserver(place.cluster)
        self._prepare(tools)
        self._parts = parts.parts(place, _choose_ports(place))
        for part in self._parts.values():
            found = processes.find(part.marker)
            # The pauses between a client's attempts grow for as long as the API server is away.
            stale = part.account and any(process.since < apiserver.since for process in found)
            wanted = [process.command for process in found] == [" ".join(part.command)]
            # Its command holds our lock as long as it needs it: this one was killed.
            left = part.name == parts.SYNC_SERVER
            if stale or left or not wanted:
                self._stop_unfit(part)

    def _prepare(self, tools: Mapping[str, Path]) -> None:
        """Make folders, the cache's password, links and accounts.

        Who uses another one now is stopped before: a command that is killed in between would leave it running.
        """
        place, known = self._place, parts.parts(self._place, {}).values()
        for folder in (place.home, place.temporary):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not place.redis_password.is_file():
            self._stop_unfit(*known)
            write_private(place.redis_password, secrets.token_urlsafe(32))
        for part in known:
            target = tools["argocd-redis" if part.name == parts.REDIS else "argocd"]
            if not part.program.is_symlink() or part.program.readlink() != target:
                self._stop_unfit(part)
                _link(part.program, target)
        for account in dict.fromkeys(part.account for part in known if part.account):
            users = [part for part in known if part.account == account]
            accounts.ensure(place, account, tools["kubectl"], before=functools.partial(self._stop_unfit, *users))

    def _stop_unfit(self, *unfit: Part) -> None:
        for part in unfit:
            if found := processes.find(part.marker):
                self._report(f"{part.name} does not run as it should: stopping it")
                processes.stop(found, grace=2)

    def runs(self, name: str) -> bool:
        """Whether a process runs."""
        return bool(processes.find(self._parts[name].marker))

    def port(self, name: str) -> int:
        """Where a process answers."""
        return self._parts[name].port

    def start(self, *names: str) -> None:
        """Start each one that does not run."""
        for name in names:
            if not self.runs(name):
                part = self._parts[name]
                processes.start(
                    part.command,
                    log=self._place.log(name),
                    folder=self._place.temporary,
                    environment=parts.environment(self._place, part),
                )
                self.started.add(name)

    def wait(self, *names: str) -> None:
        """Wait until each one is healthy."""
        deadline = time.monotonic() + _START_TIMEOUT
        waiting = [self._parts[name] for name in names]
        while waiting:
            for part in tuple(waiting):
                found = processes.find(part.marker)
                if not found:
                    raise self._failure(part, "ended by itself")
                if is_healthy(self._place, part):
                    waiting.remove(part)
                    if part.name in self.started:
                        self._report(f"{part.name} is ready")
                    if part.exposed and not confine(found[0].pid, part.port):
                        self._report(f"{part.name} shows its counters to the network, at port {part.port}")
                elif time.monotonic() > deadline:
                    raise self._failure(part, f"is not healthy after {_START_TIMEOUT:.0f} s")
            if waiting:
                time.sleep(_POLL)

    def stop(self, name: str) -> None:
        """Stop a process."""
        processes.stop(processes.find(self._parts[name].marker), grace=2)

    def _failure(self, part: Part, problem: str) -> UserError:
        log = self._place.log(part.name)
        return UserError(f"{part.name} {problem}. Its last lines:\n{processes.tail(log)}\nThe whole log: {log}")


def stop_all(place: Place, report: Report) -> None:
    """Stop every process, also those that no command remembers, and delete what is of no use without them.

    Args:
        place: Whose processes.
        report: Told of each.
    """
    running = {part.name: processes.find(part.marker) for part in parts.parts(place, {}).values()}
    processes.stop([process for found in running.values() for process in found], grace=2)
    for name, found in running.items():
        for process in found:
            report(f"{name} stopped (process {process.pid})")
    if not any(running.values()):
        report("Argo CD does not run")
    delete(place.temporary)


def _apiserver(layout: Layout) -> processes.Process:
    ports = Ports.load(layout.ports)
    if ports:
        apiserver = next(each for each in components(layout, ports) if each.name == "kube-apiserver")
        for process in processes.find(apiserver.marker):
            return process
    raise UserError("the embedded cluster does not run; `make cluster-up` starts it")


def _choose_ports(place: Place) -> dict[str, int]:
    known = parts.parts(place, {}).values()
    running = [part.name for part in known if processes.find(part.marker)]
    remembered = read_ports(place.ports)
    ports = complete_ports(
        remembered,
        busy=[port for name in running for port in parts.PORTS[name]],
        idle=[port for name, listed in parts.PORTS.items() if name not in running for port in listed],
    )
    if ports != remembered:
        write_ports(place.ports, ports)
    return ports


def _link(path: Path, target: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def delete(folder: Path) -> None:
    """Delete a folder. Argo CD takes every right on its clones away from itself, and `rm` could not look into them."""
    for path, _, _ in os.walk(folder):
        for inside in Path(path).iterdir():
            if inside.is_dir() and not inside.is_symlink():
                inside.chmod(0o700)
    if folder.exists():
        shutil.rmtree(folder)
