"""Policies for availability while nodes are drained, pods are moved and load changes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from manifests.objects import Manifest, items, part
from manifests.selectors import selects
from policy.objects import containers, of_kind, pod_labels, pods, spec
from policy.rule import PRODUCTION, Topic
from snapshot.model import Object

topic = Topic("Availability", "What keeps answering while a node is drained, and what decides the number of pods.")

SCALED = ("Deployment", "Rollout", "StatefulSet")
SERVING = ("Deployment", "Rollout")
_RELEASED = "the release decides how its parts stay up; `argocd.highAvailability` chooses which release."


def _autoscalers(objects: Sequence[Object], workload: Object) -> list[Object]:
    return [
        item
        for item in of_kind(objects, "HorizontalPodAutoscaler")
        if item.namespace == workload.namespace
        and (target := part(spec(item), "scaleTargetRef")).get("kind") == workload.kind
        and target.get("name") == workload.name
    ]


def _floor(objects: Sequence[Object], workload: Object) -> float:
    """The minimum number of a workload's pods."""
    for autoscaler in _autoscalers(objects, workload):
        return float(spec(autoscaler).get("minReplicas", 1))
    return float(spec(workload).get("replicas", 1))


def _budgets(objects: Sequence[Object], workload: Object) -> list[Object]:
    return [
        item
        for item in of_kind(objects, "PodDisruptionBudget")
        if item.namespace == workload.namespace and selects(part(spec(item), "selector"), pod_labels(workload))
    ]


def _ends_before_the_next(workload: Object) -> bool:
    return bool(part(spec(workload), "strategy").get("type") == "Recreate")


def _is_single(workload: Object) -> bool:
    """Whether a workload must never have two pods, as a scheduler, which serves nobody and can be down for a while."""
    listens = any(items(container, "ports") for _, container, _ in containers(workload))
    return _ends_before_the_next(workload) and not listens


@topic.stack_rule(
    "production-runs-two-of-each",
    kinds=SERVING,
    where=PRODUCTION,
    charted="the Prometheus operator has one pod, and Prometheus continues without it.",
    refuses="A Deployment with fewer than two pods, unless it listens on no port and its strategy is Recreate.",
    why="With one pod, every node upgrade and every crash is an outage.",
    mend="raise replicas, or minReplicas of its autoscaler, to 2 or more",
)
def _alone(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    for workload in of_kind(objects, *SERVING):
        floor = _floor(objects, workload)
        if floor < 2 and not _is_single(workload):
            yield workload, f"its minimum of pods is {floor:.0f}"


@topic.stack_rule(
    "production-has-disruption-budgets",
    kinds=SERVING,
    where=PRODUCTION,
    released=_RELEASED,
    charted="for a single operator, a budget would only block drains.",
    refuses="A Deployment whose pods no PodDisruptionBudget selects.",
    why="An upgrade of the nodes can then evict all of its pods at once.",
    mend="set its minAvailable in the stack file",
)
def _unbudgeted(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    for workload in of_kind(objects, *SERVING):
        if not _is_single(workload) and not _budgets(objects, workload):
            yield workload, "no PodDisruptionBudget selects its pods"


@topic.stack_rule(
    "budgets-leave-room",
    kinds=("PodDisruptionBudget",),
    refuses="A PodDisruptionBudget that allows no pod to be evicted.",
    why="No node that runs one of the pods could be drained, and a cluster upgrade would hang.",
    mend="lower minAvailable below the minimum number of pods",
)
def _stuck(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    for workload in of_kind(objects, *SCALED):
        floor = _floor(objects, workload)
        for budget in _budgets(objects, workload):
            needed, spare = spec(budget).get("minAvailable", 0), spec(budget).get("maxUnavailable", 1)
            if _pods(needed, floor) >= floor or not _pods(spare, floor):
                yield budget, f"the minimum of pods of {workload.title} is {floor:.0f}, and it allows no eviction"


def _pods(amount: float | str, floor: float) -> float:
    """A budget's number or percentage as a number of pods, rounded as Kubernetes does."""
    if isinstance(amount, str) and amount.endswith("%"):
        return math.ceil(float(amount.removesuffix("%")) * floor / 100)
    return float(amount)


@topic.stack_rule(
    "replicas-have-one-owner",
    kinds=SCALED,
    refuses="A workload that sets spec.replicas and has an autoscaler.",
    why="Each deployment would undo the autoscaler's decision, and remove pods under load.",
    mend="leave out replicas",
)
def _two_owners(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    for workload in of_kind(objects, *SCALED):
        if "replicas" in spec(workload) and _autoscalers(objects, workload):
            yield workload, "it sets replicas, which its autoscaler decides"


@topic.rule(
    "beat-is-one",
    kinds=SERVING,
    refuses="A Celery beat that does not have exactly one pod, or has two during a rollout.",
    why="Two of them send every scheduled task twice.",
    mend="set replicas to 1 and strategy.type to Recreate",
)
def _two_beats(item: Object) -> Iterator[str]:
    given = ([*items(container, "command"), *items(container, "args")] for _, container, _ in containers(item))
    commands = [" ".join(words).split() for words in given]
    if not any("beat" in command and any(word.endswith("celery") for word in command) for command in commands):
        return
    if spec(item).get("replicas") != 1:
        yield "it runs Celery beat, and replicas is not 1"
    if not _ends_before_the_next(item):
        yield "it runs Celery beat, and has two pods during a rollout"


@topic.rule(
    "production-spreads-its-pods",
    kinds=SERVING,
    where=PRODUCTION,
    mandatory=False,
    released=_RELEASED,
    refuses="A Deployment whose pods can all land on one node.",
    why="When that node fails, all of them fail.",
    mend="give it topologySpreadConstraints over kubernetes.io/hostname, or an anti-affinity",
)
def _together(item: Object) -> Iterator[str]:
    own: Manifest = next((pod.spec for pod in pods(item)), {})
    keys = {constraint.get("topologyKey") for constraint in items(own, "topologySpreadConstraints")}
    if "kubernetes.io/hostname" not in keys and not part(own, "affinity", "podAntiAffinity"):
        yield "nothing spreads its pods over nodes"
