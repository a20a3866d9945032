"""The objects that controllers derive from those that a program requests: nobody applies them.

Only objects with a predictable name that hold something or are an identity; pods, replica sets and endpoints come and
go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from manifests.objects import MISSHAPEN, Manifest, items, part

_INITIAL_ADMIN, _REDIS = "argocd-initial-admin-secret", "argocd-redis"
"""The names of Argo CD's own Secrets, by its docs/operator-manual/user-management and docs/faq."""

_MAKES_PASSWORD = "redis-initial-password"  # noqa: S105 - a subcommand of Argo CD


class Derived(NamedTuple):
    """An object that a controller makes.

    Attributes:
        kind: its kind.
        namespace: its namespace.
        name: its name in the cluster.
        controller: what makes it, such as cert-manager.
    """

    kind: str
    namespace: str
    name: str
    controller: str


Named = Iterator[tuple[str, str, str]]
"""Kinds, names and controllers."""


def derived_objects(manifest: Manifest) -> list[Derived]:
    """Return what controllers derive from an object; nothing if Kubernetes would refuse the object.

    Args:
        manifest: a Kubernetes object.
    """
    try:
        metadata = part(manifest, "metadata")
        namespace = metadata.get("namespace") or metadata.get("name") or ""
        return [Derived(kind, namespace, str(name), controller) for kind, name, controller in _named(manifest)]
    except MISSHAPEN:
        return []


def _named(manifest: Manifest) -> Named:
    if derive := _DERIVE.get(str(manifest.get("kind"))):
        yield from derive(str(part(manifest, "metadata").get("name") or ""), manifest)
    for container in items(part(manifest, "spec", "template", "spec"), "initContainers"):
        if _MAKES_PASSWORD in items(container, "command"):
            yield "Secret", _REDIS, "Argo CD"
            return


def _from_namespace(_: str, __: Manifest) -> Named:
    yield "ConfigMap", "kube-root-ca.crt", "Kubernetes"
    yield "ServiceAccount", "default", "Kubernetes"


def _from_stateful_set(name: str, manifest: Manifest) -> Named:
    spec = part(manifest, "spec")
    first = part(spec, "ordinals").get("start", 0)
    for template in items(spec, "volumeClaimTemplates"):
        for number in range(first, first + spec.get("replicas", 1)):
            yield "PersistentVolumeClaim", f"{template['metadata']['name']}-{name}-{number}", "Kubernetes"


def _from_certificate(_: str, manifest: Manifest) -> Named:
    yield "Secret", manifest["spec"]["secretName"], "cert-manager"


def _from_issuer(_: str, manifest: Manifest) -> Named:
    if account := part(manifest, "spec", "acme", "privateKeySecretRef"):
        yield "Secret", account["name"], "cert-manager"


def _from_external_secret(name: str, manifest: Manifest) -> Named:
    target = part(manifest, "spec", "target")
    if target.get("creationPolicy", "Owner") in ("Owner", "Orphan"):  # others fill an existing Secret, or make none
        yield "Secret", target.get("name", name), "External Secrets"


def _from_config_map(name: str, manifest: Manifest) -> Named:
    if name == "argocd-cm" and part(manifest, "data").get("admin.enabled", "true") != "false":
        yield "Secret", _INITIAL_ADMIN, "Argo CD"


_DERIVE: Mapping[str, Callable[[str, Manifest], Named]] = {
    "Certificate": _from_certificate,
    "ConfigMap": _from_config_map,
    "ExternalSecret": _from_external_secret,
    "Issuer": _from_issuer,
    "Namespace": _from_namespace,
    "StatefulSet": _from_stateful_set,
}
