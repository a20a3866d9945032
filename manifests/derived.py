"""What controllers make of the objects that are asked for: nobody applies it, and it is in the cluster all the same.

Only what has a name that is known beforehand, and holds something or gives somebody an identity. Pods, their replica
sets and endpoints come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from snapshot.errors import MISSHAPEN
from snapshot.model import Object, Snapshot

_INITIAL_ADMIN, _REDIS = "argocd-initial-admin-secret", "argocd-redis"
"""Names that Argo CD gives its own Secrets: docs/operator-manual/user-management and docs/faq of Argo CD."""

_MAKES_PASSWORD = "redis-initial-password"  # noqa: S105 - a command of Argo CD's program


@dataclass(frozen=True)
class Made:
    """An object that a controller makes.

    Attributes:
        kind: its kind.
        namespace: where it is.
        name: its name in the cluster.
        controller: what makes it, such as cert-manager.
        source: the object that it makes it of.
    """

    kind: str
    namespace: str
    name: str
    controller: str
    source: Object

    @property
    def owner(self) -> str:
        """Who looks after it, for people."""
        return f"controller ({self.controller})"


Found = Iterator[tuple[str, str, str]]
"""Kind, name, and the controller."""


def made(snapshot: Snapshot) -> list[Made]:
    """What controllers make in an environment, by kind, namespace and name; not what is asked for anyway.

    Args:
        snapshot: the environment.
    """
    known = {(item.kind, item.namespace, item.name) for item in snapshot.objects}
    found = [
        Made(kind, namespace, name, controller, item)
        for item in snapshot.objects
        if item.type.startswith("kubernetes:")
        for kind, name, controller in _readable(item)
        if (kind, namespace := item.namespace or item.name, name) not in known
    ]
    return sorted(found, key=lambda item: (item.kind, item.namespace, item.name))


def _readable(item: Object) -> list[tuple[str, str, str]]:
    """What is made of an object; nothing of one that Kubernetes would not take."""
    try:
        return [(kind, str(name), controller) for kind, name, controller in _of(item)]
    except MISSHAPEN:
        return []


def _of(item: Object) -> Found:
    spec: Mapping[str, Any] = item.manifest.get("spec") or {}
    if makes := _MAKERS.get(item.kind):
        yield from makes(item, spec)
    containers = ((spec.get("template") or {}).get("spec") or {}).get("initContainers") or ()
    if any(_MAKES_PASSWORD in (container.get("command") or ()) for container in containers):
        yield "Secret", _REDIS, "Argo CD"


def _of_namespace(_: Object, __: Mapping[str, Any]) -> Found:
    yield "ConfigMap", "kube-root-ca.crt", "Kubernetes"
    yield "ServiceAccount", "default", "Kubernetes"


def _of_stateful_set(item: Object, spec: Mapping[str, Any]) -> Found:
    first = (spec.get("ordinals") or {}).get("start", 0)
    for template in spec.get("volumeClaimTemplates") or ():
        for number in range(first, first + spec.get("replicas", 1)):
            yield "PersistentVolumeClaim", f"{template['metadata']['name']}-{item.name}-{number}", "Kubernetes"


def _of_certificate(_: Object, spec: Mapping[str, Any]) -> Found:
    yield "Secret", spec["secretName"], "cert-manager"


def _of_issuer(_: Object, spec: Mapping[str, Any]) -> Found:
    if account := (spec.get("acme") or {}).get("privateKeySecretRef"):
        yield "Secret", account["name"], "cert-manager"


def _of_external_secret(item: Object, spec: Mapping[str, Any]) -> Found:
    target = spec.get("target") or {}
    if target.get("creationPolicy", "Owner") in ("Owner", "Orphan"):  # the others fill one that is there, or none
        yield "Secret", target.get("name", item.name), "External Secrets"


def _of_config_map(item: Object, _: Mapping[str, Any]) -> Found:
    if item.name == "argocd-cm" and (item.manifest.get("data") or {}).get("admin.enabled", "true") != "false":
        yield "Secret", _INITIAL_ADMIN, "Argo CD"


_MAKERS: Mapping[str, Callable[[Object, Mapping[str, Any]], Found]] = {
    "Certificate": _of_certificate,
    "ConfigMap": _of_config_map,
    "ExternalSecret": _of_external_secret,
    "Issuer": _of_issuer,
    "Namespace": _of_namespace,
    "StatefulSet": _of_stateful_set,
}
