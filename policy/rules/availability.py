"""Policies for staying up while nodes are drained, pods are moved and load changes."""

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
    """The fewest pods that a workload has."""
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
    """Whether there may never be two at once, as of a scheduler, which serves nobody, and can be away a while."""
    listens = any(items(container, "ports") for _, container, _ in containers(workload))
    return _ends_before_the_next(workload) and not listens


@topic.stack_rule(
    "production-runs-two-of-each",
    kinds=SERVING,
    where=PRODUCTION,
    charted="there is one Prometheus operator, and Prometheus continues without it.",
    refuses="A Deployment with fewer than two pods, unless it listens nowhere and has to be a single one (Recreate).",
    why="With one pod, every node upgrade and every crash is an outage.",
    mend="raise replicas, or minReplicas of its autoscaler, to 2 or more",
)
def _alone(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    for workload in of_kind(objects, *SERVING):
        floor = _floor(objects, workload)
        if floor < 2 and not _is_single(workload):
            yield workload, f"it has {floor:.0f} pods at least"


@topic.stack_rule(
    "production-has-disruption-budgets",
    kinds=SERVING,
    where=PRODUCTION,
    released=_RELEASED,
    charted="for a single operator, a budget would only block drains.",
    refuses="A Deployment whose pods no PodDisruptionBudget selects.",
    why="An upgrade of the nodes can then take all of its pods at once.",
    mend="set minAvailable of its part of the stack file",
)
def _unbudgeted(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    for workload in of_kind(objects, *SERVING):
        if not _is_single(workload) and not _budgets(objects, workload):
            yield workload, "no PodDisruptionBudget selects its pods"


@topic.stack_rule(
    "budgets-leave-room",
    kinds=("PodDisruptionBudget",),
    refuses="A PodDisruptionBudget under which no pod could ever be moved.",
    why="No node that runs one of the pods could be drained, and a cluster upgrade would hang.",
    mend="lower minAvailable below the fewest pods there are",
)
def _stuck(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    for workload in of_kind(objects, *SCALED):
        floor = _floor(objects, workload)
        for budget in _budgets(objects, workload):
            needed, spare = spec(budget).get("minAvailable", 0), spec(budget).get("maxUnavailable", 1)
            if _pods(needed, floor) >= floor or not _pods(spare, floor):
                yield budget, f"{workload.title} may have {floor:.0f} pods, and it lets none of them go"


def _pods(amount: float | str, floor: float) -> float:
    """How many pods a budget's number or percentage means, rounded as Kubernetes does."""
    if isinstance(amount, str) and amount.endswith("%"):
        return math.ceil(float(amount.removesuffix("%")) * floor / 100)
    return float(amount)


@topic.stack_rule(
    "replicas-have-one-owner",
    kinds=SCALED,
    refuses="A workload that sets spec.replicas beside an autoscaler.",
    why="Each deployment would undo what the autoscaler has decided, and remove pods under load.",
    mend="leave out replicas",
)
def _two_owners(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    for workload in of_kind(objects, *SCALED):
        if "replicas" in spec(workload) and _autoscalers(objects, workload):
            yield workload, "it sets replicas, which its autoscaler owns"


@topic.rule(
    "beat-is-one",
    kinds=SERVING,
    refuses="A Celery beat with any number of pods but one, or with two during a rollout.",
    why="Two of them send every scheduled task twice.",
    mend="set replicas to 1 and strategy.type to Recreate",
)
def _two_beats(item: Object) -> Iterator[str]:
    given = ([*items(container, "command"), *items(container, "args")] for _, container, _ in containers(item))
    commands = [" ".join(words).split() for words in given]
    if not any("beat" in command and any(word.endswith("celery") for word in command) for command in commands):
        return
    if spec(item).get("replicas") != 1:
        yield "it runs Celery beat, and its replicas are not 1"
    if not _ends_before_the_next(item):
        yield "it runs Celery beat, and a rollout would run two"


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
