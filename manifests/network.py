"""What NetworkPolicies let through, by their reference (networking.k8s.io/v1), and what is reachable from outside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from manifests import addresses, selectors
from manifests.addresses import Network
from manifests.grants import Grant
from manifests.objects import Manifest, items, part

DIRECTIONS = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}
"""The key of the rules, and the key of the peers in a rule, by the direction's name in `policyTypes`."""


def directions(policy: Manifest) -> set[str]:
    """The directions in which a policy denies its pods' traffic unless some policy allows it.

    Without `policyTypes` that is always ingress, and egress only if it has egress rules; an empty list of them denies
    nothing.
    """
    spec = part(policy, "spec")
    return set(items(spec, "policyTypes")) or {"Ingress", *(["Egress"] if items(spec, "egress") else [])}


def rules(policy: Manifest, direction: str) -> Iterator[Sequence[Manifest]]:
    """The peers of each rule of one direction; an empty list means everybody."""
    key, peers = DIRECTIONS[direction]
    for rule in items(part(policy, "spec"), key):
        yield items(rule, peers)


def denies_by_default(policy: Manifest, direction: str) -> bool:
    """Whether a policy denies a direction for all pods of its namespace, and has no exception for everybody."""
    return (
        selects_all_pods(policy)
        and direction in directions(policy)
        and not any(map(anybody, rules(policy, direction)))
        and not addresses.everybody(blocks(policy, direction))
    )


def selects_all_pods(policy: Manifest) -> bool:
    """Whether a policy selects every pod of its namespace."""
    return selectors.selects_all(part(policy, "spec", "podSelector"))


def anybody(peers: Sequence[Manifest]) -> bool:
    """Whether a rule is for everybody: it lists no peers, or an empty one."""
    return not peers or any(not any(peer.get(key) is not None for key in peer) for peer in peers)


def blocks(policy: Manifest, direction: str) -> list[Network]:
    """All addresses in the rules of one direction."""
    return [network for peers in rules(policy, direction) for peer in peers for network in block(peer)]


def block(peer: Manifest) -> list[Network]:
    """The addresses of a peer; none if it selects pods."""
    return addresses.block(part(peer, "ipBlock"))


def unnamed(peer: Manifest) -> str:
    """A phrase for the pods of a peer whose selector names no labels; "" if it names some, or addresses."""
    pods, namespaces = peer.get("podSelector"), peer.get("namespaceSelector")
    if namespaces is not None and not selectors.names(namespaces):
        # Labels of pods are not enough: anybody can give them to pods in another namespace.
        return "pods of namespaces that it does not name"
    if namespaces is None and pods is not None and not selectors.names(pods):
        return "pods that it does not name"
    return ""


def traffic(policy: Manifest) -> Iterator[Grant]:
    """What a NetworkPolicy lets in and out."""
    spec = policy.get("spec") or {}
    for rules, peers in DIRECTIONS.values():
        for rule in spec.get(rules) or ():
            for peer, port in product(rule.get(peers) or [None], rule.get("ports") or [None]):
                what = "any port" if port is None else f"port {port.get('port', 'any')}/{port.get('protocol', 'TCP')}"
                pattern = (rules, _text(peer), _text(port))
                yield Grant(pattern, f"{rules} {peers} {_peer(peer)} on {what}")


def hosts(manifest: Manifest) -> Iterator[Grant]:
    """The hosts for which a route, an Ingress or a Gateway answers."""
    spec = manifest.get("spec") or {}
    match manifest.get("kind"):
        case "HTTPRoute" | "GRPCRoute" | "TLSRoute":
            names = spec.get("hostnames") or ["*"]
        case "Ingress":
            names = [rule.get("host", "*") for rule in spec.get("rules") or ()]
        case "Gateway":
            names = [f"{item.get('hostname', '*')}:{item.get('port')}" for item in spec.get("listeners") or ()]
        case _:
            names = []
    return (Grant((name,), "every host" if name == "*" else str(name)) for name in names)


def exposure(service: Manifest) -> Iterator[Grant]:
    """How a Service can be reached from outside of the cluster."""
    spec = service.get("spec") or {}
    if spec.get("type") in ("LoadBalancer", "NodePort"):
        for source in spec.get("loadBalancerSourceRanges") or ["*"]:
            yield Grant((spec["type"], source), f"{spec['type']} from {'anywhere' if source == '*' else source}")
    for address in spec.get("externalIPs") or ():
        yield Grant(("externalIPs", address), f"the external address {address}")


def _text(part: Any) -> str:
    return "*" if part is None else json.dumps(part, sort_keys=True)


def _peer(peer: Any) -> str:
    if peer is None:
        return "anywhere"
    if "ipBlock" in peer:
        left_out = peer["ipBlock"].get("except")
        return f"{peer['ipBlock']['cidr']}{' in part' if left_out else ''}"
    pods, namespaces = peer.get("podSelector"), peer.get("namespaceSelector")
    words = f"pods {_selected(pods)}" if pods else "all pods"
    if namespaces is None:
        return words
    return f"{words} of namespaces {_selected(namespaces)}" if namespaces else f"{words} of all namespaces"


def _selected(selector: Manifest) -> str:
    """The values that a selector matches; the labels' keys are long, and mostly the same."""
    labels = (str(value) for value in (selector.get("matchLabels") or {}).values())
    others = (
        f"{item['operator']} {'/'.join(item.get('values') or [item['key']])}"
        for item in selector.get("matchExpressions") or ()
    )
    return " ".join([*labels, *others])
