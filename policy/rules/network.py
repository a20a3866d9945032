"""Policies for the network inside the cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ops.model import Object
from policy.manifest import POD_KINDS, Manifest, items, of_kind, part, spec
from policy.rule import Topic

topic = Topic("Network", "Who may talk to whom: nobody, but for what a network policy lists.")

EVERYWHERE = ("0.0.0.0/0", "::/0")


def _directions(policy: Object) -> Sequence[str]:
    """Which directions a network policy is about, where it leaves that to Kubernetes too."""
    return items(spec(policy), "policyTypes") or (["Ingress", "Egress"] if "egress" in spec(policy) else ["Ingress"])


def _peers(policy: Object, direction: str) -> Iterator[Sequence[Manifest]]:
    """The peers of each rule of one direction; none at all means everybody."""
    for rule in items(spec(policy), direction.lower()):
        yield items(rule, {"Ingress": "from", "Egress": "to"}[direction])


def _undefended(objects: Sequence[Object], direction: str) -> Iterator[tuple[Object, str]]:
    """One workload of each namespace in which nothing denies a direction to all pods."""
    denying = {
        policy.namespace
        for policy in of_kind(objects, "NetworkPolicy")
        if not part(spec(policy), "podSelector")
        and direction in _directions(policy)
        and all(peers for peers in _peers(policy, direction))
    }
    first: dict[str | None, Object] = {}
    for workload in of_kind(objects, *POD_KINDS):
        first.setdefault(workload.namespace, workload)
    for namespace, workload in first.items():
        if namespace not in denying:
            yield workload, f"namespace {namespace} has workloads, and no network policy that selects all of its pods"


_DENY = "make a NetworkPolicy there with an empty podSelector, "


@topic.stack_rule(
    "network-denies-ingress",
    kinds=POD_KINDS,
    charted="the API server calls webhooks, and the world calls Envoy, from addresses that no policy can name.",
    refuses="A namespace with workloads, in which pods may be reached by anybody.",
    why="One pod that is broken into then reaches every other, the database first.",
    mend=f"{_DENY}policyTypes [Ingress], and no ingress; then one policy for each path that is needed",
)
def _open_inwards(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    return _undefended(objects, "Ingress")


@topic.stack_rule(
    "network-denies-egress",
    kinds=POD_KINDS,
    released="Argo CD reads Git and the API server, at addresses that only its users know.",
    charted="operators call the API server and clouds, at addresses that no policy can name.",
    refuses="A namespace with workloads, in which pods may call anybody.",
    why="Who breaks into a pod wants to carry data out and tools in.",
    mend=f"{_DENY}policyTypes [Egress], and no egress; then one policy for each path that is needed",
)
def _open_outwards(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    return _undefended(objects, "Egress")


@topic.rule(
    "network-policies-name-who-comes-in",
    kinds=("NetworkPolicy",),
    released="argocd-server is the login page for people, and its edge is not ours to know.",
    refuses="A network policy that lets everybody in.",
    why="It undoes the default deny for the pods that it selects.",
    mend="name the pods or namespaces in `from`",
)
def _lets_everybody_in(found: Object) -> Iterator[str]:
    for peers in _peers(found, "Ingress"):
        if not peers:
            yield "a rule of its ingress names nobody, and so lets everybody in"
        for peer in peers:
            if part(peer, "ipBlock").get("cidr") in EVERYWHERE:
                yield "its ingress lets in the whole internet"


@topic.rule(
    "network-policies-name-who-is-called",
    kinds=("NetworkPolicy",),
    released="its Redis asks whatever name server the cluster has.",
    refuses="A network policy that lets pods call everybody, the cluster's own networks too.",
    why="169.254.169.254, where clouds hand out credentials, is among those.",
    mend="name the pods in `to`; for the internet, name 0.0.0.0/0 `except` the private networks",
)
def _lets_call_everybody(found: Object) -> Iterator[str]:
    for peers in _peers(found, "Egress"):
        if not peers:
            yield "a rule of its egress names nobody, and so lets pods call everybody"
        for peer in peers:
            block = part(peer, "ipBlock")
            if block.get("cidr") in EVERYWHERE and not items(block, "except"):
                yield "its egress lets pods call every address there is"


@topic.rule(
    "services-stay-inside",
    kinds=("Service",),
    refuses="A Service that can be reached from outside of the cluster.",
    why="It passes by the edge, and with it by TLS, limits and security headers.",
    mend="leave out type, nodePort and externalIPs, and make a route for it at the edge",
)
def _exposed(found: Object) -> Iterator[str]:
    kind = spec(found).get("type")
    if kind in ("LoadBalancer", "NodePort"):
        yield f"its type is {kind}"
    if items(spec(found), "externalIPs"):
        yield "it has externalIPs"
