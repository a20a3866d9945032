"""Bring the control plane up, take it down, and say how it is."""

import dataclasses
import functools
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from errors import UserError
from files import write_private
from tools.embedded.cluster import credentials, processes
from tools.embedded.cluster.components import NO_PORTS, PORTS, STAGES, Binaries, Component, components
from tools.embedded.cluster.health import Api, is_healthy
from tools.embedded.cluster.ports import Ports, complete_ports, read_ports, write_ports
from tools.embedded.cluster.processes import Process
from tools.embedded.cluster.seal import is_intact
from tools.embedded.cluster.state import Layout, locked

Report = Callable[[str], None]

_MANIFESTS = Path(__file__).with_name("manifests")
_APPLY = ("apply", "--server-side", "--force-conflicts", "--field-manager=embedded-cluster")
_CHECKOUT = Path(__file__).parents[3]

_PUBLISH_TIMEOUT = 30.0
_POLL = 0.05


@dataclasses.dataclass(frozen=True)
class Status:
    """The state of one component.

    Args:
        name: Which one.
        port: Where it answers; None where it does not listen, or was never started.
        process: What runs, if anything does.
        healthy: Whether it does its work.
    """

    name: str
    port: int | None
    process: Process | None
    healthy: bool


def up(layout: Layout, binaries: Binaries, report: Report) -> None:
    """Make the control plane run, starting only what does not.

    Two calls at once are safe, and so is one after a call that was killed at any point.

    Args:
        layout: Where everything lies.
        binaries: What to run.
        report: Called with one line for each step.

    Raises:
        UserError: Something does not start; with the last lines of its log.
    """
    with locked(layout, report):
        run = _Run(layout, _prepare(layout, report), binaries, report)
        etcd, apiserver, *clients = wanted = components(layout, run.ports)
        run.stop_unfit(wanted)
        run.start(etcd)
        run.wait(etcd)
        # The provisioner spends two seconds on importing the client; it waits for the API server by itself.
        run.start(apiserver, clients[-1])
        run.wait(apiserver)
        _apply_manifests(layout, binaries)
        run.start(*clients)
        run.wait(*clients)
        report("all healthy" if run.started else "all healthy, nothing to do")


def down(layout: Layout, report: Report) -> None:
    """Stop every process of the cluster; its data stays.

    Args:
        layout: Whose processes; also those that no command remembers.
        report: Called with one line for each process that is stopped.
    """
    with locked(layout, report):
        if not stop(components(layout), report):
            report("nothing runs")


def reset(layout: Layout, report: Report) -> None:
    """Stop every process, then delete data, keys, logs, remembered ports, kubeconfig and what Pulumi knows of it all.

    Args:
        layout: The cluster's files.
        report: Called with one line for each step.
    """
    with locked(layout, report):
        stop(components(layout), report)
        layout.kubeconfig.unlink(missing_ok=True)
        # Out of the way in one step: half a cluster would be worse than none, were we killed in between.
        gone = layout.cluster.with_name(f"{layout.cluster.name}.deleted")
        shutil.rmtree(gone, ignore_errors=True)
        if layout.cluster.exists():
            layout.cluster.rename(gone)
            shutil.rmtree(gone)
            report(f"deleted {layout.cluster}")
        else:
            report("nothing to delete")


def status(layout: Layout) -> list[Status]:
    """Return the state of each component, changing nothing.

    Args:
        layout: The cluster's files.
    """
    ports = {**NO_PORTS, **read_ports(layout.ports)}
    result = []
    for component in components(layout, ports):
        process = next(iter(processes.find(component.marker)), None)
        healthy = process is not None and is_healthy(component, process, layout, ports)
        result.append(Status(component.name, next(iter(component.ports), 0) or None, process, healthy))
    return result


def runs(layout: Layout) -> bool:
    """Return whether any process of a cluster runs."""
    return any(processes.find(component.marker) for component in components(layout))


def gone(layout: Layout) -> list[str]:
    """Return the components that no client can do without and that do not run.

    Args:
        layout: The cluster's files.
    """
    vital = [each for each in components(layout) if each.name in ("etcd", "kube-apiserver")]
    return [component.name for component in vital if not processes.find(component.marker)]


def _prepare(layout: Layout, report: Report) -> Ports:
    """Make keys, tokens, ports and kubeconfigs, having stopped whatever still uses others."""
    layout.cluster.mkdir(mode=0o700, parents=True, exist_ok=True)
    remembered = read_ports(layout.ports)
    running = [component.name for component in components(layout) if processes.find(component.marker)]
    ports = complete_ports(remembered, PORTS, running)
    for name in ports.keys() & remembered.keys():
        if ports[name] != remembered[name]:
            report(f"port {remembered[name]} ({name}) is used by another program now: moving to {ports[name]}")
    new_keys = not is_intact(layout.certificates) or not credentials.has_tokens(layout.tokens)
    if (layout.certificates.exists() and new_keys) or (layout.ports.exists() and ports.keys() - remembered.keys()):
        report("keys or remembered ports are damaged: making new ones")
    if new_keys or ports != remembered:
        stop(components(layout), report)
        write_ports(layout.ports, ports)
    if new_keys:
        # Imported only when needed: `up` with nothing to do would spend a fifth of its time on it.
        from tools.embedded.cluster import certificates

        certificates.ensure(layout.certificates)
        credentials.ensure_tokens(layout.tokens)
    credentials.write_kubeconfigs(layout, ports["apiserver"])
    return ports


class _Run:
    """Starts components and waits for them; knows which of them it had to start."""

    def __init__(self, layout: Layout, ports: Ports, binaries: Binaries, report: Report) -> None:
        self.ports = ports
        self.started: set[str] = set()
        self._layout = layout
        self._binaries = binaries
        self._report = report

    def stop_unfit(self, wanted: Sequence[Component]) -> None:
        """Stop what runs with other arguments than it should, or twice, and what lost a process it depends on.

        The pauses between a client's attempts grow while the API server is away, and so do the API server's without
        etcd: left running over a minute's outage, they took another minute and a half to work again.
        """
        for position, component in enumerate(wanted):
            command = " ".join(component.command(self._binaries))
            if [process.command for process in processes.find(component.marker)] == [command]:
                continue
            dependents = wanted[position + 1 :] if component.name in ("etcd", "kube-apiserver") else []
            if any(processes.find(each.marker) for each in (component, *dependents)):
                self._report(f"{component.name} does not run as it should: restarting it and what depends on it")
                stop([component, *dependents], self._report)

    def start(self, *wanted: Component) -> None:
        """Start each one that does not run."""
        for component in wanted:
            if processes.find(component.marker):
                continue
            if component.name == "kwok":
                self._prepare_kwok(Api(self._layout, self.ports))
            processes.start(
                component.command(self._binaries),
                log=self._layout.log(component.name),
                folder=self._layout.cluster,
                environment=_environment(self._layout),
            )
            self.started.add(component.name)

    def wait(self, *wanted: Component) -> None:
        """Wait until each one is healthy."""
        healthy = functools.partial(is_healthy, layout=self._layout, ports=self.ports)
        processes.wait(
            {component.name: (component.marker, functools.partial(healthy, component)) for component in wanted},
            log=self._layout.log,
            ready=lambda name: self._report(f"{name} is ready") if name in self.started else None,
            restart="; type `python -m tools.embedded.cluster down`, then `up` again",
        )

    def _prepare_kwok(self, api: Api) -> None:
        """Wait for the kinds of its stages, which it looks up at its start: where one is missing, it ends.

        The API server publishes the schemas of new kinds about a second after it serves them.
        """
        stages = [stage for path in STAGES for stage in yaml.safe_load_all(path.read_text())]
        wanted = {stage["spec"]["resourceRef"]["apiGroup"] for stage in stages} - {"v1"}
        deadline = time.monotonic() + _PUBLISH_TIMEOUT
        while missing := wanted - api.published():
            if time.monotonic() > deadline:
                self._layout.definitions.unlink(missing_ok=True)
                raise UserError(
                    f"the API server has no {', '.join(sorted(missing))}; "
                    "type `make cluster-up` again, which makes the custom resource definitions anew"
                )
            time.sleep(_POLL)
        api.release_node_leases()


def stop(known: Sequence[Component], report: Report) -> bool:
    """Stop what runs, in the reverse of the order in which it starts, and say whether anything ran.

    Args:
        known: Whose processes.
        report: Called with one line for each.
    """
    stopped = False
    for component in reversed(known):
        running = processes.find(component.marker)
        # Only etcd has something to finish; the API server without etcd would use up any time that it gets.
        processes.stop(running, grace=10 if component.name == "etcd" else 2)
        for process in running:
            report(f"{component.name} stopped (process {process.pid})")
            stopped = True
    return stopped


def _apply_manifests(layout: Layout, binaries: Binaries) -> None:
    _kubectl(layout, binaries, *_APPLY, f"--filename={_MANIFESTS}")
    # A megabyte of definitions is applied only when it is another than last time.
    wanted = "\n".join(map(str, binaries.definitions))
    known = layout.definitions.read_bytes() if layout.definitions.is_file() else b""
    if binaries.definitions and known != wanted.encode():
        _kubectl(layout, binaries, *_APPLY, *(f"--filename={path}" for path in binaries.definitions))
        _kubectl(layout, binaries, "wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
        write_private(layout.definitions, wanted)


def _kubectl(layout: Layout, binaries: Binaries, *arguments: str) -> None:
    command = [str(binaries.kubectl), f"--kubeconfig={layout.kubeconfig}", *arguments]
    result = subprocess.run(command, env=_environment(layout), capture_output=True, text=True, check=False)
    if result.returncode:
        raise UserError(f"`kubectl {' '.join(arguments)}` failed: {result.stderr.strip()}")


def _environment(layout: Layout) -> dict[str, str]:
    """The whole environment of what we run: nothing of the person's own, no KUBECONFIG, no proxy, no secret."""
    return {
        "PATH": os.defpath,
        # kubectl and kwok keep their own files in a home folder.
        "HOME": str(layout.cluster),
        "PYTHONPATH": str(_CHECKOUT),
    }
