"""Policies for namespaces, and for what every object has."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.objects import part
from policy.objects import makes_pods
from policy.rule import PATCH, Topic
from snapshot.model import Object

topic = Topic("Namespaces and labels", "Where objects are, and how one knows whose they are.")

LEVEL = "pod-security.kubernetes.io/enforce"
OF_THE_CLUSTER = ("default", "kube-system", "kube-public", "kube-node-lease")
SWITCHES = (("ConfigMap", "amazon-vpc-cni"),)
"""What a cloud reads in kube-system and nowhere else: without this one, EKS Auto Mode enforces no NetworkPolicy."""
LABELS = ("app.kubernetes.io/part-of", "app.kubernetes.io/managed-by")


@topic.rule(
    "namespaces-refuse-unsafe-pods",
    kinds=("Namespace",),
    refuses="A namespace below the Pod Security level `restricted`, of any version but the cluster's own.",
    why="It is the API server's own word against a pod that nobody has reviewed.",
    mend=f'set the label {LEVEL} to "restricted", and that of its version to "latest" or leave it out',
)
def _lenient(found: Object) -> Iterator[str]:
    labels = part(found.manifest, "metadata", "labels")
    level, version = labels.get(LEVEL), labels.get(f"{LEVEL}-version") or "latest"
    if level != "restricted":
        yield f"it enforces {level or 'no level'}"
    elif version != "latest":
        yield f"it enforces what restricted was in {version}"


@topic.rule(
    "objects-stay-out-of-the-clusters-namespaces",
    kinds=("*",),
    charted="the right to ask the API server's own config map is given in kube-system.",
    refuses=f"An object in {', '.join(OF_THE_CLUSTER)}; a workload that says no namespace lands in the first.",
    why="What is there belongs to the cluster: nobody cleans it up, and no policy of ours holds.",
    mend="give it a namespace of its own",
)
def _lost(found: Object) -> Iterator[str]:
    if (found.kind, found.name) in SWITCHES and found.namespace == "kube-system":
        return
    if found.namespace in OF_THE_CLUSTER or (not found.namespace and makes_pods(found)):
        yield f"its namespace is {found.namespace or OF_THE_CLUSTER[0]}"


@topic.rule(
    "objects-say-whose-they-are",
    kinds=("*",),
    mandatory=False,
    charted="charts have labels of their own, by which Helm's users look for them.",
    refuses=f"An object without the labels {' and '.join(LABELS)}.",
    why="Nobody could tell whether it may be deleted, and by whom it would come back.",
    mend="make its metadata by components.environment.metadata.metadata",
)
def _unlabelled(found: Object) -> Iterator[str]:
    labels = part(found.manifest, "metadata", "labels")
    missing = [label for label in LABELS if label not in labels]
    if missing:
        yield f"it has no label {' and '.join(missing)}"


@topic.rule(
    "objects-are-whole",
    kinds=(PATCH, "Release"),
    refuses="What changes a part of another's object, and a Helm release of which nobody sees what it brings.",
    why="It is applied past every policy here, and past the review, which both read whole objects.",
    mend="change what makes the object; for a chart, use `helm.sh/v4:Chart`, whose objects are seen one by one",
)
def _hidden(found: Object) -> Iterator[str]:
    yield "it is a Helm release" if found.kind == "Release" else "it changes a part of an object"
