"""What can be reached, and who may do what: what a manifest allows, and what it allows more than another one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import product
from typing import Any, NamedTuple

from manifests import addresses, network, selectors
from manifests.objects import Manifest
from snapshot.model import Object, Snapshot

_SWITCHES = ("admin.enabled", "exec.enabled", "users.anonymous.enabled")
_SHOWN = 3


class Grant(NamedTuple):
    """Something that is allowed.

    Attributes:
        pattern: what, step by step; `*` in it stands for anything.
        phrase: the same for people.
    """

    pattern: tuple[str, ...]
    phrase: str


def more(before: Iterable[Grant], after: Iterable[Grant]) -> str:
    """Say what is allowed only after a change; "" where nothing is."""
    had = [grant.pattern for grant in before]
    new = dict.fromkeys(grant.phrase for grant in after if not any(_covers(old, grant.pattern) for old in had))
    shown = list(new)[:_SHOWN]
    return ", ".join(shown) + (f" and {len(new) - _SHOWN} more" if len(new) > _SHOWN else "")


def traffic(policy: Manifest) -> Iterator[Grant]:
    """What a NetworkPolicy lets in and out."""
    spec = policy.get("spec") or {}
    for rules, peers in network.DIRECTIONS.values():
        for rule in spec.get(rules) or ():
            for peer, port in product(rule.get(peers) or [None], rule.get("ports") or [None]):
                what = "any port" if port is None else f"port {port.get('port', 'any')}/{port.get('protocol', 'TCP')}"
                pattern = (rules, _text(peer), _text(port))
                yield Grant(pattern, f"{rules} {peers} {_peer(peer)} on {what}")


def denied_by_default(policy: Object, head: Snapshot) -> set[str]:
    """The directions in which another policy denies, to all pods of a policy's namespace, what none allows."""
    found: set[str] = set()
    for item in head.objects:
        other = item.kind == "NetworkPolicy" and item.namespace == policy.namespace and item.name != policy.name
        if other and selectors.selects_all((item.manifest.get("spec") or {}).get("podSelector")):
            found |= network.directions(item.manifest)
    return found


def hosts(manifest: Manifest) -> Iterator[Grant]:
    """The names under which a route, an Ingress or a Gateway answers to the world."""
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
    """How a Service is reached from outside of the cluster."""
    spec = service.get("spec") or {}
    if spec.get("type") in ("LoadBalancer", "NodePort"):
        for source in spec.get("loadBalancerSourceRanges") or ["*"]:
            yield Grant((spec["type"], source), f"{spec['type']} from {'anywhere' if source == '*' else source}")
    for address in spec.get("externalIPs") or ():
        yield Grant(("externalIPs", address), f"the external address {address}")


def rights(manifest: Manifest) -> Iterator[Grant]:
    """What an object lets somebody do, in Kubernetes or in Argo CD."""
    match manifest.get("kind"):
        case "Role" | "ClusterRole":
            yield from _role(manifest)
        case "RoleBinding" | "ClusterRoleBinding":
            role = manifest.get("roleRef") or {}
            for item in manifest.get("subjects") or ():
                who = (str(item.get("kind")), str(item.get("namespace", "")), str(item.get("name")))
                pattern = (*who, str(role.get("kind")), str(role.get("name")))
                yield Grant(pattern, f"{item.get('kind')} {item.get('name')} as {role.get('kind')} {role.get('name')}")
        case "AppProject":
            yield from _project(manifest.get("spec") or {})
        case "ConfigMap":
            yield from _argocd(manifest)


def _role(manifest: Manifest) -> Iterator[Grant]:
    for rule in manifest.get("rules") or ():
        verbs, names = rule.get("verbs") or (), rule.get("resourceNames") or ["*"]
        for group, resource, verb, name in product(
            rule.get("apiGroups") or [""], rule.get("resources") or (), verbs, names
        ):
            of = "" if name == "*" else f" {name}"
            yield Grant((group, resource, verb, name), f"{verb} {resource}{f'.{group}' if group else ''}{of}")
        for url, verb in product(rule.get("nonResourceURLs") or (), verbs):
            yield Grant(("url", url, verb), f"{verb} {url}")


def _project(spec: Manifest) -> Iterator[Grant]:
    for repository in spec.get("sourceRepos") or ():
        yield Grant(("from", repository), f"manifests from {repository}")
    for item in spec.get("destinations") or ():
        where, namespace = str(item.get("server") or item.get("name")), str(item.get("namespace"))
        yield Grant(("to", where, namespace), f"namespace {namespace} of {where}")
    for key, word in (("clusterResource", "cluster"), ("namespaceResource", "namespace")):
        # Without a list of what a namespace may hold, it may hold everything.
        unset = [{"group": "*", "kind": "*"}] if word == "namespace" and spec.get(f"{key}Whitelist") is None else ()
        for item in spec.get(f"{key}Whitelist") or unset:
            yield Grant((key, *_kind(item)), f"{word} objects {'/'.join(_kind(item))}")
    for role in spec.get("roles") or ():
        for group in role.get("groups") or ():
            yield Grant(("group", group, role["name"]), f"group {group} as {role['name']}")
        for line in role.get("policies") or ():
            *parts, effect = (part.strip() for part in line.split(","))
            if effect != "deny":
                yield Grant((role["name"], *parts), f"{role['name']}: {' '.join(parts[2:])}")


def forbidden(project: Manifest) -> Iterator[Grant]:
    """What an AppProject refuses, whatever it allows."""
    spec = project.get("spec") or {}
    for key in ("clusterResourceBlacklist", "namespaceResourceBlacklist"):
        for item in spec.get(key) or ():
            yield Grant((key, *_kind(item)), "/".join(_kind(item)))


def _kind(item: Manifest) -> tuple[str, str]:
    return str(item.get("group", "")), str(item.get("kind"))


def _argocd(manifest: Manifest) -> Iterator[Grant]:
    data = manifest.get("data") or {}
    for line in str(data.get("policy.csv", "")).splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield Grant(("policy", line.strip()), f"`{line.strip()}`")
    if data.get("policy.default"):
        yield Grant(("default", data["policy.default"]), f"everybody as {data['policy.default']}")
    for key in _SWITCHES:
        if data.get(key) == "true":
            yield Grant((key,), key)


def _covers(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    return len(old) == len(new) and all(_covers_step(*steps) for steps in zip(old, new, strict=True))


def _covers_step(old: str, new: str) -> bool:
    if old == new or old == "*":
        return True
    if old.startswith("{") and new.startswith("{"):
        wide, narrow = (network.block(json.loads(peer)) for peer in (old, new))
        return bool(narrow) and all(addresses.covers(wide, piece) for piece in narrow)
    return "{" not in old and fnmatchcase(new, old)


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
    """The values that a selector looks for; their labels are long, and mostly the same."""
    labels = (str(value) for value in (selector.get("matchLabels") or {}).values())
    others = (
        f"{item['operator']} {'/'.join(item.get('values') or [item['key']])}"
        for item in selector.get("matchExpressions") or ()
    )
    return " ".join([*labels, *others])
