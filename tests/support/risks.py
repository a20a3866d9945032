"""Made-up changes, and why the rules of risk find them risky."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from review import risk
from review.changes import changes_between
from snapshot.model import Object, Owner, Snapshot

Spec = Mapping[str, Any] | None

GROUPS = {
    "AppProject": "argoproj.io/v1alpha1",
    "Application": "argoproj.io/v1alpha1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
    "Deployment": "apps/v1",
    "Gateway": "gateway.networking.k8s.io/v1",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Ingress": "networking.k8s.io/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "StatefulSet": "apps/v1",
}


def made(kind: str, manifest: Mapping[str, Any], name: str = "one", stack: str = "dev") -> Object:
    version = GROUPS.get(kind, "v1")
    return Object(
        stack,
        f"kubernetes:{version if '/' in version else f'core/{version}'}:{kind}",
        kind,
        "somewhere",
        name,
        f"urn:{name}",
        "workloads:Api",
        Owner.ARGO_CD,
        False,
        {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **manifest},
    )


def reasons(before: Object | None, after: Object | None, *others: Object) -> dict[str, str]:
    """Why a change is risky, by rule; the others are there before and after."""
    base, head = (Snapshot("dev", "", tuple(filter(None, (*others, item)))) for item in (before, after))
    found = changes_between(base, head)
    assert len(found) <= 1
    return {reason.rule: reason.reason for change in found for reason in risk.assess(change, head)}


def rules(kind: str, before: Spec, after: Spec, *others: Object) -> set[str]:
    """The rules that apply where a spec changes."""
    was, now = (None if spec is None else made(kind, {"spec": spec}) for spec in (before, after))
    return set(reasons(was, now, *others))
