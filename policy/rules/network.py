"""Policies for the network inside the cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components.settings.network import CREDENTIALS
from manifests import addresses, network
from manifests.objects import Manifest, items, kind_of, part
from policy.objects import MAKES_PODS, makes_pods, of_kind, spec
from policy.rule import Topic
from snapshot.model import Object

topic = Topic("Network", "Who is allowed to connect to whom: nobody, except as a NetworkPolicy allows.")

_API_SERVER = (443, 6443)
"""The ports of API servers, whose addresses are not known beforehand."""
_NAMES = (53,)
_METADATA = addresses.read(CREDENTIALS)
"""The addresses where clouds hand out credentials."""
_OTHERS = (
    *("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy", "GlobalNetworkPolicy"),
    *("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "AntreaNetworkPolicy", "AntreaClusterNetworkPolicy"),
)


def _undefended(objects: Sequence[Object], direction: str) -> Iterator[tuple[Object, str]]:
    """The first workload of each namespace in which no policy denies a direction for all pods."""
    denying = {
        policy.namespace
        for policy in of_kind(objects, "NetworkPolicy")
        if network.denies_by_default(policy.manifest, direction)
    }
    first: dict[str | None, Object] = {}
    for workload in filter(makes_pods, objects):
        # The edge's Envoys are for everybody.
        if workload.kind == "EnvoyProxy":
            continue
        first.setdefault(workload.namespace, workload)
    for namespace, workload in first.items():
        if namespace not in denying:
            yield workload, f"namespace {namespace} has workloads, and no network policy that selects all of its pods"


_DENY = "make a NetworkPolicy there with an empty podSelector, "


@topic.stack_rule(
    "network-denies-ingress",
    kinds=(MAKES_PODS,),
    charted="the API server calls webhooks, and everybody calls Envoy, from addresses that no policy can name.",
    refuses="A namespace with workloads whose pods everybody can reach.",
    why="A single compromised pod then reaches all others, the database first.",
    mend=f"{_DENY}policyTypes [Ingress], and no ingress; then one policy for each path that is needed",
)
def _open_inwards(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    return _undefended(objects, "Ingress")


@topic.stack_rule(
    "network-denies-egress",
    kinds=(MAKES_PODS,),
    released="Argo CD reads Git and the API server, at addresses that only its users know.",
    charted="operators call the API server and clouds, at addresses that no policy can name.",
    refuses="A namespace with workloads whose pods can call everybody.",
    why="Whoever breaks into a pod wants to get data out and tools in.",
    mend=f"{_DENY}policyTypes [Egress], and no egress; then one policy for each path that is needed",
)
def _open_outwards(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    return _undefended(objects, "Egress")


@topic.rule(
    "network-policies-name-who-comes-in",
    kinds=("NetworkPolicy",),
    released="argocd-server is where people log in, and the edge in front of it is not known here.",
    refuses="A network policy that lets everybody in.",
    why="It undoes the default deny for the pods that it selects.",
    mend="name the pods or namespaces in `from`",
)
def _lets_everybody_in(item: Object) -> Iterator[str]:
    for peers in network.rules(item.manifest, "Ingress"):
        if network.anybody(peers):
            yield "a rule of its ingress names nobody, so it lets everybody in"
        for peer in peers:
            if pods := network.unnamed(peer):
                yield f"its ingress lets in {pods}"
    if addresses.everybody(network.blocks(item.manifest, "Ingress")):
        yield "its ingress lets in the whole internet"


@topic.rule(
    "network-policies-name-who-is-called",
    kinds=("NetworkPolicy",),
    released="its Redis uses whichever name server the cluster has.",
    refuses="A network policy that lets pods call everybody, including the cluster's own networks.",
    why="Those include 169.254.169.254, where clouds hand out credentials.",
    mend="name the pods in `to`; for the internet, name 0.0.0.0/0 `except` the private networks",
)
def _lets_call_everybody(item: Object) -> Iterator[str]:
    for peers in network.rules(item.manifest, "Egress"):
        if network.anybody(peers):
            yield "a rule of its egress names nobody, so it lets pods call everybody"
        for peer in peers:
            if pods := network.unnamed(peer):
                yield f"its egress lets pods call {pods}"
    blocks = network.blocks(item.manifest, "Egress")
    if any(map(_reaches_credentials, items(spec(item), "egress"))):
        yield "its egress lets pods call the address where clouds hand out credentials"
    elif (
        addresses.everybody(blocks)
        and any(addresses.overlap(blocks, private) for private in addresses.PRIVATE)
        and not _for_the_api_server(item)
    ):
        yield "its egress lets pods call every address"


def _reaches_credentials(rule: Manifest) -> bool:
    """Whether a rule lets pods get a cloud's credentials; GKE's name server is at the same address."""
    blocks = [block for peer in items(rule, "to") for block in network.block(peer)]
    ports = items(rule, "ports")
    only_names = bool(ports) and all(_is_one_of(port, _NAMES) for port in ports)
    return not only_names and any(addresses.overlap(blocks, hands_out) for hands_out in _METADATA)


def _for_the_api_server(item: Object) -> bool:
    """Whether a policy selects only some pods, and names only ports of API servers."""
    rules = [rule for rule in items(spec(item), "egress") if any(map(network.block, items(rule, "to")))]
    ports = [port for rule in rules for port in items(rule, "ports") or [{}]]
    return bool(part(spec(item), "podSelector")) and all(_is_one_of(port, _API_SERVER) for port in ports)


def _is_one_of(port: Manifest, known: Sequence[int]) -> bool:
    return port.get("port") in known and port.get("endPort") in (None, port.get("port"))


@topic.rule(
    "network-policies-are-kubernetes-own",
    kinds=_OTHERS,
    refuses="A network plugin's or a cluster administrator's policy that allows more than single hosts.",
    why="It can allow what the default deny refuses, and no policy here reads it.",
    mend="write a NetworkPolicy",
)
def _somebody_elses(item: Object) -> Iterator[str]:
    if not _accepts_hosts_only(item):
        yield f"it is a {item.kind} of {kind_of(item.manifest)[0]}"


def _accepts_hosts_only(item: Object) -> bool:
    """Whether a policy allows calls to single addresses only, as ours on EKS does for the name server."""
    rules = [*items(spec(item), "ingress"), *items(spec(item), "egress")]
    accepts = [rule for rule in rules if rule.get("action") != "Deny"]
    networks = [peer.get("networks") for rule in accepts for peer in items(rule, "to") or [{}]]
    hosts = [host for listed in networks for host in addresses.read(listed or ["*"])]
    return (
        item.kind == "ClusterNetworkPolicy"
        and not any(rule.get("from") for rule in accepts)
        and all(host.num_addresses == 1 and host not in _METADATA for host in hosts)
    )


@topic.rule(
    "services-lead-to-pods",
    kinds=("Service", "Endpoints", "EndpointSlice"),
    refuses="A Service that leads to a DNS name, or to addresses that are set by hand.",
    why="Whoever calls it, including the edge, could then call a cloud's metadata service or any other host.",
    mend="give the Service a selector, and leave out externalName, Endpoints and EndpointSlices",
)
def _leads_elsewhere(item: Object) -> Iterator[str]:
    if item.kind != "Service":
        yield "its addresses are set by hand"
    elif kind_of(item.manifest)[0] == "":
        if spec(item).get("type") == "ExternalName" or spec(item).get("externalName"):
            yield "it leads to a DNS name"
        elif not part(spec(item), "selector"):
            yield "it has no selector"


@topic.rule(
    "services-stay-inside",
    kinds=("Service",),
    refuses="A Service that can be reached from outside of the cluster.",
    why="It bypasses the edge, and with it TLS, limits and security headers.",
    mend="leave out type, nodePort and externalIPs, and add a route for it at the edge",
)
def _exposed(item: Object) -> Iterator[str]:
    kind = spec(item).get("type")
    if kind in ("LoadBalancer", "NodePort"):
        yield f"its type is {kind}"
    if items(spec(item), "externalIPs"):
        yield "it has externalIPs"
