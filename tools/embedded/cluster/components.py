"""The processes of the control plane: in which order they start, with which flags, and how each is recognised."""

import dataclasses
import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tools.embedded.cluster.ports import LOOPBACK, Ports
from tools.embedded.cluster.state import Layout

PROVISIONER = "smarthr360.com/embedded"

# Nodes with this annotation are kwok's; it leaves every other node alone, so that a real one can join.
SIMULATED = "kwok.x-k8s.io/node=fake"

# As the kubelet's. Without leases the controller manager declares the nodes dead after a minute.
NODE_LEASE_SECONDS = 40

PORTS = {
    "etcd": ("etcd", "etcd_peer"),
    "kube-apiserver": ("apiserver",),
    "kube-controller-manager": ("controller_manager",),
    "kube-scheduler": ("scheduler",),
}
"""The names of each component's ports, first of the one that answers questions about its health."""

NO_PORTS = {name: 0 for names in PORTS.values() for name in names}

# What kwok does to objects, by their kind.
STAGES = sorted(Path(__file__).with_name("stages").glob("*.yaml"))


@dataclasses.dataclass(frozen=True)
class Binaries:
    """The programs of the control plane, and files of custom resource definitions, as absolute paths."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kube_scheduler: Path
    kwok: Path
    kubectl: Path
    definitions: tuple[Path, ...] = ()

    @classmethod
    def of(cls, tools: Mapping[str, Path]) -> Self:
        """Pick the programs, and the files of custom resource definitions, out of what the engine has installed."""
        programs = {name.replace("-", "_"): path for name, path in tools.items()}
        definitions = tuple(path for path in tools.values() if path.suffix == ".yaml")
        own = [field.name for field in dataclasses.fields(cls) if field.name != "definitions"]
        return cls(**{name: programs[name] for name in own}, definitions=definitions)


@dataclasses.dataclass(frozen=True)
class Component:
    """One process of the control plane.

    Args:
        name: Names its log, too.
        marker: The argument (or successive arguments) that only this process of this cluster has.
        ports: Where it listens, first the one that answers questions about its health.
        flags: Its other arguments.
    """

    name: str
    marker: tuple[str, ...]
    ports: tuple[int, ...]
    flags: tuple[str, ...]

    def command(self, binaries: Binaries) -> list[str]:
        """The whole command line."""
        if self.name == "provisioner":
            program = [sys.executable, "-m"]
        else:
            program = [str(getattr(binaries, self.name.replace("-", "_")))]
        return [*program, *self.marker, *self.flags]


def components(layout: Layout, ports: Ports = NO_PORTS) -> list[Component]:
    """The control plane's processes, in the order in which they start.

    No flag carries a secret: tokens and keys are read from files.

    Args:
        layout: Where everything lies.
        ports: Every port by its name; left out where the processes are only to be recognised, by their markers.
    """
    certificates = layout.certificates
    return [
        _etcd(layout, ports),
        _apiserver(layout, ports),
        _client(
            layout,
            "kube-controller-manager",
            ports["controller_manager"],
            f"--root-ca-file={certificates}/ca.crt",
            f"--service-account-private-key-file={certificates}/service-account.key",
            "--use-service-account-credentials",
            # The defaults (20 requests a second, a few workers) protect a shared API server; here they are what
            # bringing up and deleting whole environments would wait for.
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
            # An autoscaler raises a new Deployment to its fewest replicas at its next look; the default is 15 s.
            "--horizontal-pod-autoscaler-sync-period=1s",
            # How long one waits before it scales down, unless it says so itself; the default is 5 minutes.
            "--horizontal-pod-autoscaler-downscale-stabilization=10s",
            "--concurrent-deployment-syncs=20",
            "--concurrent-replicaset-syncs=20",
            "--concurrent-statefulset-syncs=20",
            "--concurrent-service-endpoint-syncs=20",
            "--concurrent-namespace-syncs=20",
            "--concurrent-gc-syncs=40",
        ),
        _client(layout, "kube-scheduler", ports["scheduler"], "--kube-api-qps=500", "--kube-api-burst=1000"),
        # Without --server-address it listens nowhere.
        Component(
            name="kwok",
            marker=(f"--kubeconfig={layout.component_kubeconfig('kwok')}",),
            ports=(),
            flags=(
                *(f"--config={path}" for path in STAGES),
                "--manage-all-nodes=false",
                f"--manage-nodes-with-annotation-selector={SIMULATED}",
                f"--node-lease-duration-seconds={NODE_LEASE_SECONDS}",
            ),
        ),
        Component(
            name="provisioner",
            marker=("tools.embedded.cluster.provisioner", str(layout.root)),
            ports=(),
            # By this argument `up` sees that one runs older code, and restarts it.
            flags=(f"--code={_own_code()}",),
        ),
    ]


def _own_code() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _etcd(layout: Layout, ports: Ports) -> Component:
    client, peer = f"https://{LOOPBACK}:{ports['etcd']}", f"https://{LOOPBACK}:{ports['etcd_peer']}"
    certificates = layout.certificates
    return Component(
        name="etcd",
        marker=(f"--data-dir={layout.cluster}/etcd",),
        ports=(ports["etcd"], ports["etcd_peer"]),
        flags=(
            "--name=embedded",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            # One member needs no peers, but etcd always opens this port: nobody without our certificate gets in.
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=embedded={peer}",
            *(
                f"--{prefix}{flag}"
                for prefix in ("", "peer-")
                for flag in (
                    "client-cert-auth",
                    f"trusted-ca-file={certificates}/ca.crt",
                    f"cert-file={certificates}/etcd.crt",
                    f"key-file={certificates}/etcd.key",
                )
            ),
            # Every write still reaches the kernel before it is acknowledged, so a killed process loses nothing
            # (tests/integration proves it). Only a crash of the whole machine can; the data is a developer's.
            "--unsafe-no-fsync",
            "--log-level=warn",
        ),
    )


def _apiserver(layout: Layout, ports: Ports) -> Component:
    certificates = layout.certificates
    return Component(
        name="kube-apiserver",
        marker=(f"--token-auth-file={layout.tokens}",),
        ports=(ports["apiserver"],),
        flags=(
            *_serving(layout, ports["apiserver"]),
            # Named, because it is otherwise looked up from the default route, which not every machine has; it is
            # not valid in an Endpoints object either, so nothing writes that.
            f"--advertise-address={LOOPBACK}",
            "--endpoint-reconciler-type=none",
            f"--etcd-servers=https://{LOOPBACK}:{ports['etcd']}",
            f"--etcd-cafile={certificates}/ca.crt",
            f"--etcd-certfile={certificates}/etcd-client.crt",
            f"--etcd-keyfile={certificates}/etcd-client.key",
            "--anonymous-auth=false",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={certificates}/service-account.key",
            f"--service-account-signing-key-file={certificates}/service-account.key",
            "--service-cluster-ip-range=10.96.0.0/16",
        ),
    )


def _client(layout: Layout, name: str, port: int, *flags: str) -> Component:
    # No --authentication-kubeconfig and --authorization-kubeconfig: the port then answers nothing but /healthz.
    return Component(
        name=name,
        marker=(f"--kubeconfig={layout.component_kubeconfig(name)}",),
        ports=(port,),
        flags=(*_serving(layout, port), "--leader-elect=false", *flags),
    )


def _serving(layout: Layout, port: int) -> tuple[str, ...]:
    return (
        f"--bind-address={LOOPBACK}",
        f"--secure-port={port}",
        f"--tls-cert-file={layout.certificates}/server.crt",
        f"--tls-private-key-file={layout.certificates}/server.key",
        "--profiling=false",
    )
