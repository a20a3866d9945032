"""Which changes are risky, and which that look like them are not; network and rights have files of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from review import risk
from review.model import Level
from snapshot.model import Owner
from tests.support.risks import Spec, made, reasons, rules
from tests.support.stacks import ROOT


def pod(**container: Any) -> dict[str, Any]:
    return {"template": {"spec": {"containers": [{"name": "api", **container}]}}}


@pytest.mark.parametrize(
    ("kind", "before", "after", "drops"),
    [
        ("Deployment", {"replicas": 3}, {"replicas": 2}, True),
        ("Deployment", {"replicas": 2}, {"replicas": 3}, False),
        ("Deployment", {"replicas": 2}, {}, True),
        ("Deployment", {"replicas": 1}, {}, False),
        ("Deployment", {"replicas": 2}, None, True),
        ("HorizontalPodAutoscaler", {"minReplicas": 3}, {"minReplicas": 2}, True),
        ("HorizontalPodAutoscaler", {"minReplicas": 2}, {"minReplicas": 3}, False),
        ("HorizontalPodAutoscaler", {"minReplicas": 2}, None, True),
        ("PodDisruptionBudget", {"minAvailable": 2}, {"minAvailable": 1}, True),
        ("PodDisruptionBudget", {"minAvailable": 1}, {"minAvailable": 2}, False),
        ("PodDisruptionBudget", {"maxUnavailable": 1}, {"maxUnavailable": 2}, True),
        ("PodDisruptionBudget", {"maxUnavailable": "50%"}, {"maxUnavailable": "25%"}, False),
        ("PodDisruptionBudget", {"minAvailable": 1}, None, True),
        ("PodDisruptionBudget", None, {"minAvailable": 1}, False),
    ],
)
def test_fewer_pods_than_before_are_reported(kind: str, before: Spec, after: Spec, drops: bool) -> None:
    assert rules(kind, before, after) == ({"drops-replica-floor"} if drops else set())


def test_replicas_that_an_autoscaler_takes_over_are_no_fewer() -> None:
    scaler = made("HorizontalPodAutoscaler", {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "one"}}}, "hpa")
    other = made("HorizontalPodAutoscaler", {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "two"}}}, "hpa")

    assert rules("Deployment", {"replicas": 2}, {}, scaler) == set()
    assert rules("Deployment", {"replicas": 2}, {}, other) == {"drops-replica-floor"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (pod(image="a:1"), pod(image="a:2"), "changes-image-without-digest"),
        (pod(image="a:1"), pod(image=f"a:2@sha256:{'0' * 64}"), None),
        (pod(image=f"a:1@sha256:{'0' * 64}"), pod(image="a:1"), "changes-image-without-digest"),
        (pod(resources={"limits": {"cpu": "1"}}), pod(resources={"limits": {"cpu": "500m"}}), "lowers-resources"),
        (pod(resources={"limits": {"cpu": "1"}}), pod(resources={"limits": {"cpu": "1500m"}}), None),
        (pod(resources={"limits": {"cpu": "1"}}), pod(), None),
        (pod(resources={"requests": {"memory": "1Gi"}}), pod(), "lowers-resources"),
        (pod(resources={"requests": {"memory": "1Gi"}}), pod(resources={}), "lowers-resources"),
        (
            pod(env=[{"name": "DEBUG", "value": "false"}]),
            pod(env=[{"name": "DEBUG", "value": "True"}]),
            "turns-debug-on",
        ),
        (pod(env=[{"name": "DEBUG", "value": "true"}]), pod(env=[{"name": "DEBUG", "value": "1"}]), None),
        (pod(env=[]), pod(env=[{"name": "LOG_LEVEL", "value": "debug"}]), None),
    ],
)
def test_what_changes_in_a_container_is_reported(before: Spec, after: Spec, expected: str | None) -> None:
    assert rules("Deployment", before, after) == ({expected} if expected else set())


def test_fewer_pods_at_most_are_reported() -> None:
    assert rules("HorizontalPodAutoscaler", {"maxReplicas": 9}, {"maxReplicas": 5}) == {"lowers-resources"}
    assert rules("HorizontalPodAutoscaler", {"maxReplicas": 5}, {"maxReplicas": 9}) == set()


def test_debug_in_a_config_map_is_reported_when_it_is_turned_on() -> None:
    off, on = (made("ConfigMap", {"data": {"DJANGO_DEBUG": value}}) for value in ("false", "true"))

    assert reasons(off, on) == {"turns-debug-on": "debug is turned on"}
    assert reasons(None, on) == {"turns-debug-on": "debug is turned on"}
    assert reasons(on, off) == {}


def test_what_holds_data_is_reported_when_it_is_deleted_or_recreated() -> None:
    claim = made("PersistentVolumeClaim", {"spec": {"storageClassName": "a"}})
    other = made("PersistentVolumeClaim", {"spec": {"storageClassName": "b"}})
    replaced = reasons(claim, other)

    assert replaced.keys() == {"replaces-stateful"}
    assert "spec.storageClassName can't be changed" in replaced["replaces-stateful"]
    assert "its sync fails" in replaced["replaces-stateful"]
    assert (
        "its sync fails"
        not in reasons(replace(claim, owner=Owner.PULUMI), replace(other, owner=Owner.PULUMI))["replaces-stateful"]
    )
    assert reasons(claim, None) == {"deletes-stateful": "it holds data and is deleted"}
    assert "protected" in reasons(replace(claim, protected=True), None)["deletes-stateful"]
    assert reasons(None, claim) == {}
    assert reasons(made("Namespace", {}), None).keys() == {"deletes-stateful"}
    assert reasons(made("ConfigMap", {}), None) == {}


@pytest.mark.parametrize(
    "type_",
    [
        "aws:eks/cluster:Cluster",
        "aws:efs/fileSystem:FileSystem",
        "aws:kms/key:Key",
        "gcp:container/cluster:Cluster",
        "gcp:kms/cryptoKey:CryptoKey",
        "azure-native:containerservice:ManagedCluster",
        "azure-native:resources:ResourceGroup",
        "azure-native:storage:StorageAccount",
    ],
)
def test_of_a_cloud_a_cluster_a_file_system_and_a_key_are_not_deleted_like_other_things(type_: str) -> None:
    kind = type_.rpartition(":")[2]
    stateful = replace(made(kind, {"name": "a"}), type=type_, owner=Owner.PULUMI)
    other = replace(stateful, type="aws:ec2/route:Route", kind="Route")

    assert reasons(stateful, None).keys() == {"deletes-stateful"}
    assert reasons(other, None) == {}
    assert reasons(stateful, replace(stateful, urn="urn:two")).keys() == {"replaces-stateful"}


def test_lost_protection_a_moved_urn_and_another_owner_are_reported() -> None:
    applied = replace(made("ConfigMap", {"data": {}}), owner=Owner.PULUMI, protected=True)

    assert reasons(applied, replace(applied, protected=False)).keys() == {"drops-protection"}
    assert reasons(replace(applied, protected=False), applied) == {}
    assert "an alias would keep it" in reasons(applied, replace(applied, urn="urn:two"))["replaces-object"]
    assert reasons(applied, replace(applied, owner=Owner.ARGO_CD)) == {
        "replaces-object": "Pulumi deletes it, and Argo CD recreates it"
    }


def test_a_secret_is_reported_by_its_key_and_never_by_its_value() -> None:
    old, new = (made("Secret", {"stringData": {"A": f"<secret {digit * 32}>"}}) for digit in "01")

    assert reasons(old, new) == {"changes-secret": "another value for stringData.A"}
    assert reasons(None, new) == {"changes-secret": "a Secret is created"}
    assert reasons(old, None) == {"changes-secret": "a Secret is deleted"}
    assert reasons(old, old) == {}


def test_everything_in_production_is_reported_and_the_worst_reason_comes_first() -> None:
    before, after = (
        replace(made("ConfigMap", {"data": {"DEBUG": value}}, stack="main-eu"), environment="production")
        for value in ("0", "1")
    )

    assert list(reasons(before, after)) == ["turns-debug-on", "touches-production"]
    assert list(reasons(before, None)) == ["touches-production"]
    assert list(reasons(replace(before, environment="staging"), after)) == ["turns-debug-on", "touches-production"]
    assert list(reasons(replace(before, environment="staging", stack="production"), None)) == []


def test_the_page_lists_every_rule_as_the_code_has_it() -> None:
    page = (ROOT / "docs" / "preview.md").read_text()
    listed = re.findall(r"^\| `([a-z-]+)` \| (low|medium|high) \| (.+) \|$", page, re.MULTILINE)

    assert listed == [(rule.name, rule.level.name.lower(), rule.meaning) for rule in risk.RULES]
    assert {rule.level for rule in risk.RULES} <= set(Level)
    assert len({rule.name for rule in risk.RULES}) == len(risk.RULES) >= 10
