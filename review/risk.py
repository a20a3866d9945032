"""The rules that decide how risky a change is. docs/preview.md lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from components.settings.identity import PRODUCTION
from manifests import network, rights, switches
from manifests.grants import added
from manifests.immutable import unchangeable
from manifests.objects import MISSHAPEN
from review import syncing
from review.manifest_values import amount, at, mapping
from review.model import Action, Change, Level, Risk
from snapshot.model import Object, Owner, Snapshot

Check = Callable[[Change, Snapshot], str]

# Kinds of Kubernetes, AWS, Google Cloud and Azure; encrypted data is lost with its key.
_HOLDS_DATA = (
    *("PersistentVolume", "PersistentVolumeClaim", "StatefulSet"),
    *("FileSystem", "StorageAccount", "Key", "CryptoKey", "Vault"),
)
_TAKES_OTHERS_ALONG = ("CustomResourceDefinition", "Namespace", "Cluster", "ManagedCluster", "ResourceGroup")
_WORKLOADS = ("Deployment", "StatefulSet")


@dataclass(frozen=True)
class Rule:
    """What makes a change risky.

    Attributes:
        name: for people and for programs.
        level: how risky it is.
        meaning: what the rule looks for.
        check: returns why a change is risky, given everything that the head requests; "" if the rule does not apply.
    """

    name: str
    level: Level
    meaning: str
    check: Check


RULES: list[Rule] = []


def assess(change: Change, head: Snapshot) -> tuple[Risk, ...]:
    """Return why a change is risky, worst risk first.

    Args:
        change: of one object.
        head: everything that its environment requests after the change.
    """
    reasons = ((rule, _reason(rule, change, head)) for rule in RULES)
    risks = (Risk(rule.name, rule.level, reason) for rule, reason in reasons if reason)
    return tuple(sorted(risks, key=lambda risk: -risk.level))


def _reason(rule: Rule, change: Change, head: Snapshot) -> str:
    try:
        return rule.check(change, head)
    except MISSHAPEN:
        return "part of it does not have the shape that Kubernetes expects, so this can't be ruled out"


def _rule(name: str, level: Level, meaning: str) -> Callable[[Check], Check]:
    def add(check: Check) -> Check:
        RULES.append(Rule(name, level, meaning, check))
        return check

    return add


@_rule("replaces-stateful", Level.HIGH, "Something that holds data is deleted and recreated.")
def _replaces_stateful(change: Change, _: Snapshot) -> str:
    return _replacement(change) if change.object.kind in (*_HOLDS_DATA, *_TAKES_OTHERS_ALONG) else ""


@_rule("deletes-stateful", Level.HIGH, "Something that holds data, or that takes others along, is deleted.")
def _deletes_stateful(change: Change, _: Snapshot) -> str:
    if change.action is not Action.DELETE:
        return ""
    match change.object.kind:
        case kind if kind in _HOLDS_DATA:
            reason = "it holds data and is deleted"
        case kind if kind in _TAKES_OTHERS_ALONG:
            reason = f"with a {kind} everything that belongs to it is deleted"
        case "Application" if at(change.before, "metadata", "finalizers"):
            reason = "with an Application everything that it has applied is deleted"
        case _:
            return ""
    return reason + ("; it is protected, so this waits for a person" if change.object.protected else "")


@_rule("replaces-object", Level.MEDIUM, "Anything else is deleted and recreated, and is missing in between.")
def _replaces_object(change: Change, _: Snapshot) -> str:
    return "" if change.object.kind in (*_HOLDS_DATA, *_TAKES_OTHERS_ALONG) else _replacement(change)


@_rule("drops-protection", Level.HIGH, "Something loses its protection against being deleted.")
def _drops_protection(change: Change, _: Snapshot) -> str:
    dropped = change.before and change.after and change.before.protected and not change.after.protected
    return "it is no longer protected against being deleted" if dropped else ""


@_rule("drops-replica-floor", Level.MEDIUM, "The minimum of pods is lower than before.")
def _drops_replica_floor(change: Change, head: Snapshot) -> str:
    before, after, item = change.before, change.after, change.object
    if not before or item.kind not in (*_WORKLOADS, "HorizontalPodAutoscaler", "PodDisruptionBudget"):
        return ""
    if not after:
        return (
            "all of its pods are deleted"
            if item.kind in _WORKLOADS
            else f"the {item.kind} that keeps pods there is deleted"
        )
    if item.kind == "PodDisruptionBudget":
        for field, word in (("minAvailable", "keeps"), ("maxUnavailable", "lets go")):
            old, new = (at(side, "spec", field) for side in (before, after))
            if old is not None and new != old and (new is None or (_number(new) < _number(old)) == (word == "keeps")):
                return f"a disruption budget {word} {'no number' if new is None else new} of its pods instead of {old}"
        return ""
    field = "minReplicas" if item.kind == "HorizontalPodAutoscaler" else "replicas"
    if field == "replicas" and at(after, "spec", field) is None and _is_scaled(after, head):
        return ""
    old, new = (1 if (number := at(side, "spec", field)) is None else number for side in (before, after))
    return f"at least {new} pods instead of {old}" if new < old else ""


@_rule("opens-network", Level.HIGH, "A NetworkPolicy allows more or is deleted, or more can be reached from outside.")
def _opens_network(change: Change, head: Snapshot) -> str:
    before, after = _manifest(change.before), _manifest(change.after)
    if change.object.kind == "NetworkPolicy":
        still = network.directions(after) if change.after else set()
        denied = network.directions(before) if change.before else set()
        if freed := denied - still - _denied_anyway(change.object, head):
            return f"{' and '.join(sorted(freed)).lower()} is no longer denied where no policy allows it"
        if more := added(network.traffic(before), network.traffic(after)):
            return f"allows more: {more}"
        selected = [manifest.get("spec", {}).get("podSelector") for manifest in (before, after)]
        changed = change.before and change.after and selected[0] != selected[1]
        return "applies to other pods than before" if changed else ""
    if more := added(network.hosts(before), network.hosts(after)):
        return f"answers for more hosts: {more}"
    if change.object.kind == "Service" and (more := added(network.exposure(before), network.exposure(after))):
        return f"can be reached from outside of the cluster: {more}"
    return ""


def _denied_anyway(policy: Object, head: Snapshot) -> set[str]:
    """The directions that other policies deny by default in a policy's namespace."""
    others = (
        item.manifest
        for item in head.objects
        if (item.kind, item.namespace) == (policy.kind, policy.namespace) and item.name != policy.name
    )
    return {direction for other in others if network.selects_all_pods(other) for direction in network.directions(other)}


@_rule("widens-rbac", Level.HIGH, "Somebody is allowed to do more, in Kubernetes or in Argo CD.")
def _widens_rbac(change: Change, _: Snapshot) -> str:
    before, after = _manifest(change.before), _manifest(change.after)
    if more := added(rights.granted_by(before), rights.granted_by(after)):
        return f"more is allowed: {more}"
    kept = change.object.kind == "AppProject" and change.after
    if kept and (less := added(rights.forbidden_by(after), rights.forbidden_by(before))):
        return f"less is forbidden: {less}"
    return ""


@_rule("changes-image-without-digest", Level.MEDIUM, "An image changes to one that a registry can swap.")
def _changes_image(change: Change, _: Snapshot) -> str:
    images = [
        str(field.after)
        for field in change.fields
        if field.path.endswith("].image") and field.after and "@sha256:" not in str(field.after)
    ]
    return f"an image without a digest: {', '.join(dict.fromkeys(images))}" if images else ""


@_rule("loosens-window", Level.HIGH, "Argo CD is allowed to sync at times at which it was not before.")
def _loosens_window(change: Change, _: Snapshot) -> str:
    if not _stays(change, "AppProject"):
        return ""
    return syncing.loosened_windows(*(at(side, "spec", "syncWindows") or () for side in (change.before, change.after)))


@_rule("loosens-sync", Level.HIGH, "Argo CD does more by itself, or checks less.")
def _loosens_sync(change: Change, _: Snapshot) -> str:
    if not _stays(change, "Application"):
        return ""
    return syncing.loosened_sync(*(at(side, "spec") or {} for side in (change.before, change.after)))


@_rule("changes-source", Level.HIGH, "Argo CD takes manifests from elsewhere, or applies them elsewhere.")
def _changes_source(change: Change, _: Snapshot) -> str:
    if not _stays(change, "Application"):
        return ""
    places = ("spec.project", "spec.source.", "spec.sources", "spec.destination.")
    moved = [field for field in change.fields if field.path.startswith(places)]
    return ", ".join(f"{field.path}: {field.after} instead of {field.before}" for field in moved)


@_rule(
    "turns-debug-on", Level.HIGH, "Debug is turned on, which shows settings to people who are not allowed to see them."
)
def _turns_debug_on(change: Change, _: Snapshot) -> str:
    before, after = (set(_debug(_manifest(side))) for side in (change.before, change.after))
    return "debug is turned on" if after - before else ""


@_rule("lowers-resources", Level.MEDIUM, "CPU, memory, storage or the maximum of pods is lower than before.")
def _lowers_resources(change: Change, _: Snapshot) -> str:
    lowered = {
        f"{path.rpartition('.')[2]} is {'nothing' if new is None else new} instead of {old}"
        for field in change.fields
        for path, old, new in _leaves(field.path, field.before, field.after)
        if (path.rpartition(".")[0].endswith((".requests", ".limits")) or path.endswith((".maxReplicas", ".sizeLimit")))
        and old is not None
        # Without a request less is reserved; without a limit more can be used.
        and (".requests." in path if new is None else _number(new) < _number(old))
    }
    return ", ".join(sorted(lowered))


@_rule("changes-secret", Level.MEDIUM, "A secret is new, changed or gone, and what uses it has to follow.")
def _changes_secret(change: Change, _: Snapshot) -> str:
    if change.object.kind == "Secret" and not (change.before and change.after):
        return f"a Secret is {'created' if change.after else 'deleted'}"
    changed = [field.path for field in change.fields if field.secret]
    return f"another value for {', '.join(changed)}" if changed else ""


@_rule("touches-production", Level.MEDIUM, "The stack is production: its file says `environment: production`.")
def _touches_production(change: Change, _: Snapshot) -> str:
    sides = (change.before, change.after)
    return "production changes" if any(side and side.environment == PRODUCTION for side in sides) else ""


def _replacement(change: Change) -> str:
    """Why an object is deleted and recreated, and whether that works; "" if it is not."""
    if change.action is not Action.REPLACE or not change.before or not change.after:
        return ""
    if change.before.owner != change.after.owner:
        return f"{change.before.owner} deletes it, and {change.after.owner} recreates it"
    if paths := change.forced_by or unchangeable(change.before.manifest, change.fields):
        fails = "; Argo CD can't do that: its sync fails" if change.after.owner is Owner.ARGO_CD else ""
        return f"has to be deleted and recreated, because {', '.join(paths)} can't be changed{fails}"
    return "is deleted and recreated, because its URN changes; an alias would keep it"


def _is_scaled(workload: Object, head: Snapshot) -> bool:
    """Whether an autoscaler decides a workload's number of pods."""
    target = (workload.namespace, workload.kind, workload.name)
    return any(
        (item.namespace, scaled.get("kind"), scaled.get("name")) == target
        for item in head.objects
        if item.kind == "HorizontalPodAutoscaler"
        for scaled in [mapping(item, "spec", "scaleTargetRef")]
    )


def _debug(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Where debug is on: keys of a ConfigMap, and variables of containers."""
    for container, name, value in switches.given(manifest):
        if switches.is_debug(name) and switches.may_be_on(value):
            yield f"{container} {name}"


def _leaves(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """The path, and the values before and after, of each leaf of a field that differs."""
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old, new = (side if isinstance(side, Mapping) else {} for side in (before, after))
        for key in dict.fromkeys([*old, *new]):
            yield from _leaves(f"{path}.{key}", old.get(key), new.get(key))
    else:
        yield path, before, after


def _manifest(item: Object | None) -> Mapping[str, Any]:
    return item.manifest if item else {}


def _stays(change: Change, kind: str) -> bool:
    """Whether an object is of a kind, and exists before and after the change."""
    return change.object.kind == kind and bool(change.before and change.after)


def _number(value: Any) -> Fraction:
    """A quantity, a percentage or a number, comparable with others of the same kind."""
    return amount(str(value).removesuffix("%"))
