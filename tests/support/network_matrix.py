"""Who may talk to whom: computed from network policies, and written down.

The computation follows the API's reference of NetworkPolicy (networking.k8s.io/v1), and none of the code that writes
them: a test that read the policies with the eyes of those who wrote them would share their mistakes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from manifests.network import directions
from manifests.objects import Manifest
from manifests.selectors import selects as is_selected


@dataclass(frozen=True)
class Address:
    """Somebody who is no pod of the cluster."""

    ip: str


@dataclass(frozen=True)
class Pod:
    """A pod, as policies see it.

    Attributes:
        namespace: where it is.
        labels: what selectors match.
        ports: its containers' named ports, by name and protocol.
        ip: its address, where it has one: an `ipBlock` may match it, which is up to the network's implementation, so
            that whoever wants to be sure must count it as a match.
    """

    namespace: str
    labels: Mapping[str, str]
    ports: Mapping[tuple[str, str], int] = field(default_factory=dict)
    ip: str | None = None

    @classmethod
    def of(cls, manifest: Manifest) -> Pod:
        """A live pod, or the pods that a workload's template makes."""
        pod = manifest["spec"].get("template", manifest)
        ports = {
            (port["name"], port.get("protocol", "TCP")): int(port["containerPort"])
            for container in pod["spec"]["containers"]
            for port in container.get("ports") or ()
            if "name" in port
        }
        ip = manifest.get("status", {}).get("podIP")
        return cls(manifest["metadata"]["namespace"], pod["metadata"].get("labels", {}), ports, ip)


Party = Pod | Address


class Policies:
    """The network policies of a cluster.

    Traffic passes when both the source's egress and the destination's ingress let it. A pod that no policy selects for
    a direction is open in it; one that is selected gets what the policies' rules add up to.

    Args:
        policies: NetworkPolicy manifests.
        namespaces: Namespace manifests of every pod that is asked about.
    """

    def __init__(self, policies: Iterable[Manifest], namespaces: Iterable[Manifest]) -> None:
        self._policies = list(policies)
        self._namespaces = {
            # The API server itself adds this label to every namespace.
            found["metadata"]["name"]: {
                **found["metadata"].get("labels", {}),
                "kubernetes.io/metadata.name": found["metadata"]["name"],
            }
            for found in namespaces
        }

    def allow(self, source: Party, destination: Party, port: int, protocol: str = "TCP") -> bool:
        """Whether one party reaches a port of another; two pods are never one and the same pod."""
        return self._passes("Egress", source, destination, destination, port, protocol) and self._passes(
            "Ingress", destination, source, destination, port, protocol
        )

    def _passes(
        self, direction: str, subject: Party, other: Party, destination: Party, port: int, protocol: str
    ) -> bool:
        if isinstance(subject, Address):
            return True
        selecting = [
            policy for policy in self._policies if direction in directions(policy) and selects(policy, subject)
        ]
        peers = {"Ingress": "from", "Egress": "to"}[direction]
        return not selecting or any(
            self._is_peer(rule.get(peers), other, policy["metadata"]["namespace"])
            and _is_port(rule.get("ports"), destination, port, protocol)
            for policy in selecting
            for rule in policy["spec"].get(direction.lower()) or ()
        )

    def _is_peer(self, peers: Sequence[Manifest] | None, other: Party, namespace: str) -> bool:
        return not peers or any(
            _in_block(peer["ipBlock"], other) if "ipBlock" in peer else self._is_selected(peer, other, namespace)
            for peer in peers
        )

    def _is_selected(self, peer: Manifest, other: Party, namespace: str) -> bool:
        if isinstance(other, Address):
            return False
        if "namespaceSelector" in peer:
            in_namespace = is_selected(peer["namespaceSelector"], self._namespaces[other.namespace])
        else:
            in_namespace = other.namespace == namespace
        return in_namespace and is_selected(peer.get("podSelector", {}), other.labels)


def selects(policy: Manifest, pod: Pod) -> bool:
    """Whether a policy is about a pod."""
    here = policy["metadata"]["namespace"] == pod.namespace
    return here and is_selected(policy["spec"].get("podSelector", {}), pod.labels)


def _in_block(block: Manifest, other: Party) -> bool:
    if other.ip is None:
        return False
    address = ipaddress.ip_address(other.ip)
    inside = [address in ipaddress.ip_network(cidr) for cidr in (block["cidr"], *(block.get("except") or ()))]
    return inside[0] and not any(inside[1:])


def _is_port(ports: Sequence[Manifest] | None, destination: Party, port: int, protocol: str) -> bool:
    return not ports or any(
        entry.get("protocol", "TCP") == protocol and _in_range(entry, destination, port, protocol) for entry in ports
    )


def _in_range(entry: Manifest, destination: Party, port: int, protocol: str) -> bool:
    first = entry.get("port")
    if first is None:
        return True
    if isinstance(first, str):  # a name, whichever the direction the destination's
        return isinstance(destination, Pod) and destination.ports.get((first, protocol)) == port
    return bool(first <= port <= entry.get("endPort", first))


PORTS = {
    "8000": [(8000, "TCP")],
    "8080": [(8080, "TCP")],
    "8089": [(8089, "TCP")],
    "5432": [(5432, "TCP")],
    "6379": [(6379, "TCP")],
    "53": [(53, "UDP"), (53, "TCP")],
    "80": [(80, "TCP")],
    "443": [(443, "TCP")],
}
"""Every port that matters, as the matrix writes it."""

MATRIX = """
from        api   worker beat nginx postgres redis solver dns cache internet metadata private edge monitoring stranger
api         -     -      -    -     5432     6379  -      53  53    443      53       -       -    -          -
worker      -     -      -    -     5432     6379  -      53  53    443      53       -       -    -          -
beat        -     -      -    -     5432     6379  -      53  53    -        53       -       -    -          -
nginx       8000  -      -    -     -        -     -      53  53    -        53       -       -    -          -
postgres    -     -      -    -     -        -     -      53  53    -        53       -       -    -          -
redis       -     -      -    -     -        -     -      53  53    -        53       -       -    -          -
solver      -     -      -    -     -        -     -      53  53    -        53       -       -    -          -
dns         -     -      -    -     -        -     -      .   .     .        .        .       .    .          .
cache       -     -      -    -     -        -     -      .   .     .        .        .       .    .          .
internet    -     -      -    -     -        -     -      .   .     .        .        .       .    .          .
metadata    -     -      -    -     -        -     -      .   .     .        .        .       .    .          .
private     -     -      -    -     -        -     -      .   .     .        .        .       .    .          .
edge        8000  -      -    8080  -        -     8089   .   .     .        .        .       .    .          .
monitoring  8000  -      -    -     -        -     -      .   .     .        .        .       .    .          .
stranger    -     -      -    -     -        -     -      .   .     .        .        .       .    .          .
"""
"""Who may open a connection (rows) to whom (columns), on which ports; `-` on none of them.

`.` is between two parties outside the environment, about whom its policies say nothing. `solver` is cert-manager's pod
that answers Let's Encrypt on the port `http`, 8089; `cache` is a node's own name server; `metadata` is where clouds
hand out credentials on port 80, and where Google's answers questions for names on port 53; `private` has one address of
each network that is not the internet, in either IP version and as NAT64 knows it.
"""

COMPONENT = "app.kubernetes.io/component"
"""The label that says which of the components a pod is."""

Matrix = Mapping[tuple[str, str], str]

_OUTSIDE_NAMESPACES = [
    {"metadata": {"name": name}} for name in ("envoy-gateway-system", "monitoring", "kube-system", "stranger")
]
_OUTSIDE: Mapping[str, Sequence[Party]] = {
    "dns": [Pod("kube-system", {"k8s-app": name}) for name in ("kube-dns", "node-local-dns")],
    "cache": [Address(ip) for ip in ("169.254.20.10", "169.254.10.10", "169.254.10.11")],
    "internet": [Address(ip) for ip in ("1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101")],
    "metadata": [Address("169.254.169.254")],
    "private": [
        Address(ip)
        for ip in (
            *("10.0.0.5", "172.16.0.5", "192.168.0.5", "100.64.0.5", "169.254.0.5", "168.63.129.16"),
            *("fd00:ec2::254", "fd20:ce::254", "fe80::5", "64:ff9b:1::5"),
            *("64:ff9b::a00:5", "64:ff9b::ac10:5", "64:ff9b::c0a8:5", "64:ff9b::6440:5", "64:ff9b::a9fe:a9fe"),
            "64:ff9b::a83f:8110",
        )
    ],
    "edge": [Pod("envoy-gateway-system", {"app.kubernetes.io/name": "envoy"})],
    "monitoring": [Pod("monitoring", {"app.kubernetes.io/name": "prometheus"})],
}


def written() -> Matrix:
    """The matrix as it stands above, by source and destination."""
    heading, *rows = (line.split() for line in MATRIX.strip().splitlines())
    return {(row[0], column): cell for row in rows for column, cell in zip(heading[1:], row[1:], strict=True)}


def computed(policies: Iterable[Manifest], namespace: Manifest, pods: Iterable[Pod], issuer: Manifest) -> Matrix:
    """The matrix of one environment.

    Args:
        policies: its network policies.
        namespace: its namespace.
        pods: its pods; several of one component must all be treated alike, or their cell says both.
        issuer: what says how cert-manager labels its solvers.
    """
    cluster = Policies(policies, [namespace, *_OUTSIDE_NAMESPACES])
    own: dict[str, Sequence[Party]] = {"solver": [_solver(issuer)]}
    for pod in pods:
        own[pod.labels[COMPONENT]] = [*own.get(pod.labels[COMPONENT], ()), pod]
    parties = {**own, **_OUTSIDE, "stranger": _strangers(own)}
    return {
        (source, destination): _cell(cluster, parties[source], parties[destination])
        if source in own or destination in own
        else "."
        for source in parties
        for destination in parties
    }


def _strangers(own: Mapping[str, Sequence[Party]]) -> Sequence[Party]:
    """Pods that only their namespace tells from ours and from cluster DNS, and one that only its labels do."""
    doubles = [Pod("stranger", pod.labels, pod.ports) for pods in own.values() for pod in pods if isinstance(pod, Pod)]
    callers = [Pod("stranger", {"k8s-app": name}) for name in ("kube-dns", "node-local-dns")]
    return [*doubles, *callers, Pod("kube-system", {"k8s-app": "metrics-server"})]


def _solver(issuer: Manifest) -> Pod:
    (solver,) = issuer["spec"]["acme"]["solvers"]
    (answer,) = solver["http01"].values()
    labels = answer["podTemplate"]["metadata"]["labels"]
    # The port is cert-manager's own, see pkg/issuer/acme/http/pod.go there.
    return Pod(issuer["metadata"]["namespace"], labels, {("http", "TCP"): 8089})


def _cell(cluster: Policies, sources: Sequence[Party], destinations: Sequence[Party]) -> str:
    cells = {_open(cluster, source, destination) for source in sources for destination in destinations}
    return " or ".join(sorted(cells))


def _open(cluster: Policies, source: Party, destination: Party) -> str:
    """The ports that are open; with its protocol one that is open by one of several only."""
    cell = []
    for name, ports in PORTS.items():
        found = [protocol for port, protocol in ports if cluster.allow(source, destination, port, protocol)]
        cell += [name] if len(found) == len(ports) else [f"{name}/{protocol}" for protocol in found]
    return ",".join(cell) or "-"
