"""What a NetworkPolicy lets through, by its reference (networking.k8s.io/v1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from manifests import addresses, selectors
from manifests.addresses import Network
from manifests.objects import Manifest, items, part

DIRECTIONS = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}
"""By the name in `policyTypes`, where its rules are, and in each the others that it is about."""


def directions(policy: Manifest) -> set[str]:
    """The directions in which only what some policy allows gets through to the pods, or from them.

    Without `policyTypes` every policy is about ingress, and about egress only if there are rules for that: an empty
    list of them denies nothing.
    """
    spec = part(policy, "spec")
    return set(items(spec, "policyTypes")) or {"Ingress", *(["Egress"] if items(spec, "egress") else [])}


def rules(policy: Manifest, direction: str) -> Iterator[Sequence[Manifest]]:
    """The peers of each rule of one direction; none at all are everybody."""
    key, peers = DIRECTIONS[direction]
    for rule in items(part(policy, "spec"), key):
        yield items(rule, peers)


def denies_by_default(policy: Manifest, direction: str) -> bool:
    """Whether it denies to every pod of its namespace whatever no policy allows, and allows nothing to everybody."""
    selector = part(policy, "spec", "podSelector")
    return (
        selectors.selects_all(selector)
        and direction in directions(policy)
        and not any(map(anybody, rules(policy, direction)))
        and not addresses.everybody(blocks(policy, direction))
    )


def anybody(peers: Sequence[Manifest]) -> bool:
    """Whether a rule names nobody: it lists no peers, or one that says nothing of the others."""
    return not peers or any(not any(peer.get(key) is not None for key in peer) for peer in peers)


def blocks(policy: Manifest, direction: str) -> list[Network]:
    """All addresses that the rules of one direction name, put together."""
    return [found for peers in rules(policy, direction) for peer in peers for found in block(peer)]


def block(peer: Manifest) -> list[Network]:
    """The addresses of one peer, without what it leaves out; none where it is about pods."""
    given = part(peer, "ipBlock")
    left_out = addresses.read(items(given, "except"))
    return [piece for found in addresses.read([given.get("cidr")]) for piece in addresses.without(found, left_out)]


def unnamed(peer: Manifest) -> str:
    """Which pods a peer means by a selector that names none: a phrase; "" where it names some, or addresses."""
    pods, namespaces = peer.get("podSelector"), peer.get("namespaceSelector")
    if namespaces is not None and not selectors.names(namespaces):
        # A namespace is named by its labels; pods of a name may be anybody's in a namespace of their own.
        return "pods of namespaces that it does not name"
    if namespaces is None and pods is not None and not selectors.names(pods):
        return "pods that it does not name"
    return ""
