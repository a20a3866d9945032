"""Policies for namespaces, and for what every object has."""

from __future__ import annotations

from collections.abc import Iterator

from ops.model import Object
from policy.manifest import POD_KINDS, part
from policy.rule import Topic

topic = Topic("Namespaces and labels", "Where objects are, and how one knows whose they are.")

LEVEL = "pod-security.kubernetes.io/enforce"
OF_THE_CLUSTER = ("default", "kube-system", "kube-public", "kube-node-lease")
SWITCHES = (("ConfigMap", "amazon-vpc-cni"),)
"""What a cloud reads in kube-system and nowhere else: without this one, EKS Auto Mode enforces no NetworkPolicy."""
LABELS = ("app.kubernetes.io/part-of", "app.kubernetes.io/managed-by")


@topic.rule(
    "namespaces-refuse-unsafe-pods",
    kinds=("Namespace",),
    refuses="A namespace below the Pod Security level `restricted`.",
    why="It is the API server's own word against a pod that nobody has reviewed.",
    mend=f'set the label {LEVEL} to "restricted"',
)
def _lenient(found: Object) -> Iterator[str]:
    level = part(found.manifest, "metadata", "labels").get(LEVEL)
    if level != "restricted":
        yield f"it enforces {level or 'no level'}"


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
    if found.namespace in OF_THE_CLUSTER or (found.kind in POD_KINDS and not found.namespace):
        yield f"its namespace is {found.namespace or OF_THE_CLUSTER[0]}"


@topic.rule(
    "objects-say-whose-they-are",
    kinds=("*",),
    mandatory=False,
    charted="charts have labels of their own, by which Helm's users look for them.",
    refuses=f"An object without the labels {' and '.join(LABELS)}.",
    why="Nobody could tell whether it may be deleted, and by whom it would come back.",
    mend="make its metadata by components.metadata.metadata",
)
def _unlabelled(found: Object) -> Iterator[str]:
    labels = part(found.manifest, "metadata", "labels")
    missing = [label for label in LABELS if label not in labels]
    if missing:
        yield f"it has no label {' and '.join(missing)}"
