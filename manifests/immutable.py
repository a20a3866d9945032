"""The fields that the API server refuses to change in an existing object, which has to be deleted and recreated.

For a cloud's resources only the providers know them; `make preview` asks those.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from manifests.differences import Field
from manifests.objects import Manifest, kind_of
from units import Quantity


@dataclass(frozen=True)
class _Fixed:
    """The immutable fields of a kind.

    Attributes:
        fields: the fields that can't be changed.
        but: the fields in them that can.
    """

    fields: tuple[str, ...]
    but: tuple[str, ...] = ()


_SELECTOR = _Fixed(("spec.selector",))
_ROLE = _Fixed(("roleRef",))

_FIXED = {
    ("apps", "StatefulSet"): _Fixed(
        ("spec",),
        (
            "spec.minReadySeconds",
            "spec.ordinals",
            "spec.persistentVolumeClaimRetentionPolicy",
            "spec.replicas",
            "spec.revisionHistoryLimit",
            "spec.template",
            "spec.updateStrategy",
        ),
    ),
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "ReplicaSet"): _SELECTOR,
    ("batch", "Job"): _Fixed(("spec.completionMode", "spec.selector", "spec.template")),
    ("", "PersistentVolumeClaim"): _Fixed(("spec",), ("spec.resources", "spec.volumeAttributesClassName")),
    ("", "Secret"): _Fixed(("type",)),
    ("", "Service"): _Fixed(("spec.clusterIP", "spec.clusterIPs")),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _ROLE,
    ("rbac.authorization.k8s.io", "RoleBinding"): _ROLE,
    ("scheduling.k8s.io", "PriorityClass"): _Fixed(("preemptionPolicy", "value")),
    ("storage.k8s.io", "StorageClass"): _Fixed(("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode")),
    ("networking.k8s.io", "IngressClass"): _Fixed(("spec.controller",)),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _Fixed(("spec.group", "spec.names.kind", "spec.scope")),
}

_CONTENT = ("binaryData", "data", "immutable", "stringData")


def unchangeable(before: Manifest, fields: Iterable[Field]) -> list[str]:
    """Return the paths of the fields that differ and can't be changed in place.

    Args:
        before: the existing object; of a cloud's resource, no such field is known.
        fields: how it changes.
    """
    if "kind" not in before:  # a cloud's resource
        return []
    fixed = _FIXED.get(kind_of(before), _Fixed(()))
    if before.get("immutable") is True:
        fixed = _Fixed((*fixed.fields, *_CONTENT), fixed.but)
    return [
        field.path
        for field in fields
        if (_below(field.path, fixed.fields) and not _below(field.path, fixed.but)) or _shrinks(before, field)
    ]


def _below(path: str, places: Iterable[str]) -> bool:
    return any(path == place or path.startswith((f"{place}.", f"{place}[")) for place in places)


def _shrinks(before: Manifest, field: Field) -> bool:
    """Whether a field shrinks a claim; volumes can only grow."""
    if before.get("kind") != "PersistentVolumeClaim" or field.path != "spec.resources.requests.storage":
        return False
    try:
        return Quantity(str(field.after)).value < Quantity(str(field.before)).value
    except ValueError:
        return False
