"""A revision can request objects that Kubernetes would refuse; it gets a report all the same."""

from __future__ import annotations

from typing import Any

import pytest

from review import build_report
from review.model import Level, Report
from review.reports import summary
from snapshot.model import Object, Snapshot
from tests.support.reports import FORMATS, thing

ODD: list[Any] = [
    *(None, 3, "text", [], {}),
    {"template": 3, "rules": 3, "sourceRepos": 3, "destinations": [3]},
    {"template": {"spec": {"containers": "x"}}, "ingress": 3, "egress": "x", "podSelector": []},
    {"template": {"spec": {"containers": [3]}}, "syncWindows": [3], "source": "x", "minReplicas": "x"},
]
KINDS = {
    "kubernetes:apps/v1": "Deployment StatefulSet DaemonSet",
    "kubernetes:argoproj.io/v1alpha1": "AppProject Application",
    "kubernetes:batch/v1": "Job CronJob",
    "kubernetes:core/v1": "Pod ConfigMap Secret Service PersistentVolumeClaim Namespace ServiceAccount",
    "kubernetes:cert-manager.io/v1": "Certificate Issuer",
    "kubernetes:external-secrets.io/v1": "ExternalSecret",
    "kubernetes:gateway.networking.k8s.io/v1": "Gateway HTTPRoute",
    "kubernetes:networking.k8s.io/v1": "NetworkPolicy Ingress",
    "kubernetes:policy/v1": "PodDisruptionBudget",
    "kubernetes:rbac.authorization.k8s.io/v1": "Role ClusterRole RoleBinding ClusterRoleBinding",
    "kubernetes:storage.k8s.io/v1": "StorageClass",
    "kubernetes:autoscaling/v2": "HorizontalPodAutoscaler",
}


def odd(group: str, kind: str, value: Any) -> Object:
    parts = dict.fromkeys(("spec", "data", "rules", "subjects", "roleRef", "parameters"), value)
    manifest = {"apiVersion": group.partition(":")[2], "kind": kind, "metadata": {"name": "app"}, **parts}
    return thing(kind, type=f"{group}:{kind}", manifest=manifest)


def compared(before: Object, *after: Object) -> Report:
    heads = [Snapshot("dev", "HEAD", after)]
    return build_report.report("main", "HEAD", [Snapshot("dev", "main", (before,))], heads)


@pytest.mark.parametrize(("group", "kind"), [(group, kind) for group, kinds in KINDS.items() for kind in kinds.split()])
def test_whatever_shape_an_object_has_there_is_a_report(group: str, kind: str) -> None:
    for before in ODD:
        for after in ODD:
            result = compared(odd(group, kind, before), odd(group, kind, after))
            for name in FORMATS.keys() - {"html"}:
                assert "app" in FORMATS[name](result) or before == after
        assert "app" in FORMATS["html"](compared(odd(group, kind, before), odd(group, kind, 3)))


def test_what_can_t_be_judged_is_neither_harmless_nor_allowed_and_hides_nothing_else() -> None:
    good = thing(
        "ConfigMap", "debug", manifest={"kind": "ConfigMap", "metadata": {"name": "debug"}, "data": {"DEBUG": "1"}}
    )
    role = ("kubernetes:rbac.authorization.k8s.io/v1", "Role")
    result = compared(odd(*role, []), odd(*role, 3), good)

    [change] = [change for change in result.changes if change.object.kind == "Role"]
    assert change.level is Level.HIGH
    assert "widens-rbac" in {risk.rule for risk in change.risks}

    settings = ("kubernetes:core/v1", "ConfigMap")
    known = compared(odd(*settings, {}), odd(*settings, 3), good)
    broken = {violation.object for violation in known.violations if summary.stops(violation)}
    assert "ConfigMap app" in broken
    assert "ConfigMap good" not in broken
