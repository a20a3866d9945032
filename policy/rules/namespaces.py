"""Policies for namespaces, and for what every object has to have."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.objects import part
from policy.objects import makes_pods
from policy.rule import PATCH, Topic
from snapshot.model import Object

topic = Topic("Namespaces and labels", "Where objects are, and whose they are.")

LEVEL = "pod-security.kubernetes.io/enforce"
OF_THE_CLUSTER = ("default", "kube-system", "kube-public", "kube-node-lease")
SWITCHES = (("ConfigMap", "amazon-vpc-cni"),)
"""What clouds read only in kube-system: without this one, EKS Auto Mode enforces no NetworkPolicy."""
LABELS = ("app.kubernetes.io/part-of", "app.kubernetes.io/managed-by")


@topic.rule(
    "namespaces-refuse-unsafe-pods",
    kinds=("Namespace",),
    refuses="A namespace below the Pod Security level `restricted`, or at that of another version than the cluster's.",
    why="The level is the API server's own defence against pods that nobody has reviewed.",
    mend=f'set the label {LEVEL} to "restricted", and {LEVEL}-version to "latest", or leave out the latter',
)
def _lenient(item: Object) -> Iterator[str]:
    labels = part(item.manifest, "metadata", "labels")
    level, version = labels.get(LEVEL), labels.get(f"{LEVEL}-version") or "latest"
    if level != "restricted":
        yield f"it enforces {level or 'no level'}"
    elif version != "latest":
        yield f"it enforces restricted of {version}"


@topic.rule(
    "objects-stay-out-of-the-clusters-namespaces",
    kinds=("*",),
    charted="they grant the right to read the API server's own ConfigMap in kube-system.",
    refuses=f"An object in {', '.join(OF_THE_CLUSTER)}; a workload without a namespace lands in the first.",
    why="Those namespaces belong to the cluster: nobody cleans them up, and no network policy of ours applies there.",
    mend="give it a namespace of its own",
)
def _lost(item: Object) -> Iterator[str]:
    if (item.kind, item.name) in SWITCHES and item.namespace == "kube-system":
        return
    if item.namespace in OF_THE_CLUSTER or (not item.namespace and makes_pods(item)):
        yield f"its namespace is {item.namespace or OF_THE_CLUSTER[0]}"


@topic.rule(
    "objects-say-whose-they-are",
    kinds=("*",),
    mandatory=False,
    charted="charts set labels of their own, which Helm's users look for.",
    refuses=f"An object without the labels {' and '.join(LABELS)}.",
    why="Nobody would know whether it can be deleted, or what would create it again.",
    mend="create its metadata with components.environment.metadata.metadata",
)
def _unlabelled(item: Object) -> Iterator[str]:
    labels = part(item.manifest, "metadata", "labels")
    missing = [label for label in LABELS if label not in labels]
    if missing:
        yield f"it has no label {' and '.join(missing)}"


@topic.rule(
    "objects-are-whole",
    kinds=(PATCH, "Release"),
    refuses="A resource that changes a part of an existing object, and a Helm release, whose objects are not shown.",
    why="It bypasses every policy here and the review, which both read whole objects.",
    mend="change what makes the object; for a chart, use `helm.sh/v4:Chart`, whose objects are shown one by one",
)
def _hidden(item: Object) -> Iterator[str]:
    yield "it is a Helm release" if item.kind == "Release" else "it changes a part of an object"
