"""The pods that an object makes, wherever it describes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from manifests.objects import Manifest, is_list, items, kind_of, part

LISTS = ("initContainers", "containers", "ephemeralContainers")
"""Where a pod has containers; sidecars are init containers with restartPolicy Always."""

_TEMPLATE = ("spec", "template")
_WHERE: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): (),
    ("", "PodTemplate"): ("template",),
    ("", "ReplicationController"): _TEMPLATE,
    **{("apps", kind): _TEMPLATE for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")},
    ("batch", "Job"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("argoproj.io", "Rollout"): _TEMPLATE,
}
"""Where the pod template is, by group and kind."""

_OWN_GROUPS = frozenset(
    (
        *("", "apps", "autoscaling", "batch", "policy", "gateway.networking.k8s.io"),
        *(
            f"{name}.k8s.io"
            for name in (
                *("admissionregistration", "apiextensions", "apiregistration", "certificates", "coordination"),
                *("discovery", "events", "networking", "node", "rbac.authorization", "scheduling", "storage"),
            )
        ),
    )
)
"""The groups whose kinds are all known: those that are not above make no pods."""
_MARKS = (*LISTS, "hostNetwork", "hostPID", "hostIPC")
"""Any of these keys marks a part of an object of an unknown kind as a pod's spec."""

_ENVOY = {
    "name": "envoy",
    "image": "docker.io/envoyproxy/envoy:v1.0.0",
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}
"""What Envoy Gateway sets on its Envoys unless the EnvoyProxy overrides it. The image, and what it is allowed to write,
are the release's decision."""


class Pods(NamedTuple):
    """The template of an object's pods.

    Attributes:
        metadata: their metadata.
        spec: their spec.
    """

    metadata: Manifest
    spec: Manifest


def pods(manifest: Manifest) -> Iterator[Pods]:
    """The templates of the pods that an object makes, itself or through a controller.

    Kubernetes' own kinds are read by their reference; others are searched for what looks like a pod's spec.
    """
    group, kind = kind_of(manifest)
    if (group, kind) in _WHERE:
        template = part(manifest, *_WHERE[group, kind])
        yield Pods(part(template, "metadata"), part(template, "spec"))
    elif kind == "EnvoyProxy":
        yield from _envoys(part(manifest, "spec", "provider", "kubernetes"))
    elif group not in _OWN_GROUPS or not manifest.get("apiVersion"):
        yield from _hidden(manifest, {})


def says_all(manifest: Manifest) -> bool:
    """Whether an object describes its pods completely, including labels; other kinds leave that to their controller."""
    return kind_of(manifest) in _WHERE


def containers(spec: Manifest) -> Iterator[Manifest]:
    """Every container of a pod, including init containers, sidecars and ephemeral ones."""
    for key in LISTS:
        yield from items(spec, key)


def _envoys(kubernetes: Manifest) -> Iterator[Pods]:
    for key in ("envoyDeployment", "envoyDaemonSet"):
        if own := part(kubernetes, key):
            pod = part(own, "pod")
            envoy = {**_ENVOY, **part(own, "container")}
            # It has a ServiceAccount of its own, and mounts no token.
            spec = {"automountServiceAccountToken": False, **pod, "containers": [envoy]}
            yield Pods(pod, {**spec, "initContainers": items(own, "initContainers")})


def _hidden(value: Any, metadata: Manifest) -> Iterator[Pods]:
    if isinstance(value, str | bool | int | float | None):
        return
    if isinstance(value, Mapping):
        if any(mark in value for mark in _MARKS):
            yield Pods(metadata, value)
            return
        keys: Iterable[Any] = value
    elif is_list(value):
        keys = range(len(value))
    else:
        return
    beside = value.get("metadata") if isinstance(value, Mapping) else None
    for key in keys:
        try:
            inner = value[key]
        except Exception:  # noqa: BLE001, S112 - the policy pack's way of saying "not known yet"; `up` checks it
            continue
        yield from _hidden(inner, beside if isinstance(beside, Mapping) else {})
