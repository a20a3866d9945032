"""What two manifests differ in, by what they mean to Kubernetes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from manifests.differences import Field, fields
from review.changes import changes_between
from review.model import Action, Change
from snapshot.model import Object, Owner, Snapshot

Pair = tuple[Any, Any]


def pod(**container: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "api", **container}]}}}}


def env(*names: str, **values: str) -> dict[str, Any]:
    return pod(env=[{"name": name, "value": values.get(name, name)} for name in names])


SAME: dict[str, Pair] = {
    "a quantity of CPU": (
        pod(resources={"limits": {"cpu": "1000m"}}),
        pod(resources={"limits": {"cpu": 1}}),
    ),
    "a quantity of CPU with a point": (
        pod(resources={"requests": {"cpu": "0.5"}}),
        pod(resources={"requests": {"cpu": "500m"}}),
    ),
    "a quantity of memory": (
        pod(resources={"limits": {"memory": "1Gi"}}),
        pod(resources={"limits": {"memory": "1024Mi"}}),
    ),
    "the size of a claim": (
        {"spec": {"resources": {"requests": {"storage": "10Gi"}}}},
        {"spec": {"resources": {"requests": {"storage": "10240Mi"}}}},
    ),
    "the size of a volume in memory": (
        {"volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}]},
        {"volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1024Mi"}}]},
    ),
    "a number": ({"spec": {"replicas": 3.0}}, {"spec": {"replicas": 3}}),
    "a number or a text": (
        {"spec": {"maxUnavailable": 1, "ports": [{"port": 80, "targetPort": 8000.0}]}},
        {"spec": {"maxUnavailable": "1", "ports": [{"port": 80, "targetPort": "8000"}]}},
    ),
    "containers in another order": (
        {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]},
        {"containers": [{"name": "b", "image": "y"}, {"name": "a", "image": "x"}]},
    ),
    "variables in another order": (env("A", "B"), env("B", "A")),
    "mounts in another order": (
        pod(volumeMounts=[{"name": "data", "mountPath": "/a"}, {"name": "data", "mountPath": "/b"}]),
        pod(volumeMounts=[{"name": "data", "mountPath": "/b"}, {"name": "data", "mountPath": "/a"}]),
    ),
    "ports in another order": (
        {"spec": {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}},
        {"spec": {"ports": [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}},
    ),
    "a route's parents in another order": (
        {"parentRefs": [{"name": "g", "sectionName": "http"}, {"name": "g", "sectionName": "https"}]},
        {"parentRefs": [{"name": "g", "sectionName": "https"}, {"name": "g", "sectionName": "http"}]},
    ),
    "access modes and finalizers in another order": (
        {"accessModes": ["A", "B"], "finalizers": ["x", "y"]},
        {"accessModes": ["B", "A"], "finalizers": ["y", "x"]},
    ),
    "a role's rules in another order": (
        {"rules": [{"verbs": ["get", "list"], "resources": ["a"]}, {"verbs": ["get"], "resources": ["b"]}]},
        {"rules": [{"verbs": ["get"], "resources": ["b"]}, {"verbs": ["list", "get"], "resources": ["a"]}]},
    ),
    "a policy's rules in another order": (
        {"spec": {"ingress": [{"from": [{"podSelector": {}}]}, {"ports": [{"port": 1}]}]}},
        {"spec": {"ingress": [{"ports": [{"port": 1}]}, {"from": [{"podSelector": {}}]}]}},
    ),
    "labels that are empty or not there": ({"metadata": {"labels": {}}}, {"metadata": {}}),
    "an empty security context": (pod(securityContext={"capabilities": {"drop": []}}), pod(securityContext=None)),
    "an empty list of rules": ({"spec": {"ingress": []}}, {"spec": {}}),
}

DIFFERENT: dict[str, tuple[Any, Any, list[Field]]] = {
    "a text that looks like a number": (
        {"metadata": {"annotations": {"wave": "1"}}},
        {"metadata": {"annotations": {"wave": "01"}}},
        [Field("metadata.annotations.wave", "1", "01")],
    ),
    "a number and a boolean": ({"enabled": 1}, {"enabled": True}, [Field("enabled", 1, True)]),
    "a quantity": (
        pod(resources={"limits": {"memory": "1Gi"}}),
        pod(resources={"limits": {"memory": "1G"}}),
        [Field("spec.template.spec.containers[api].resources.limits.memory", "1Gi", "1G")],
    ),
    "a key with dots": (
        {"data": {"redis.conf": "a"}},
        {"data": {"redis.conf": "b"}},
        [Field("data[redis.conf]", "a", "b")],
    ),
    "an empty text in a config map": (
        {"data": {"A": "", "B": "b"}},
        {"data": {"B": "b"}},
        [Field("data.A", "", None)],
    ),
    "a variable": (
        env("A", "B"),
        env("B", "A", "C", A="other"),
        [
            Field("spec.template.spec.containers[api].env[A].value", "A", "other"),
            Field("spec.template.spec.containers[api].env[C]", None, {"name": "C", "value": "C"}),
        ],
    ),
    "variables in another order, of which one needs another": (
        env("A", "B", B="$(A)"),
        env("B", "A", B="$(A)"),
        [Field("spec.template.spec.containers[api].env (their order)", ["A", "B"], ["B", "A"])],
    ),
    "steps before the containers in another order": (
        {"initContainers": [{"name": "a"}, {"name": "b"}]},
        {"initContainers": [{"name": "b"}, {"name": "a"}]},
        [Field("initContainers (their order)", ["a", "b"], ["b", "a"])],
    ),
    "arguments in another order": (
        pod(args=["-a", "-b"]),
        pod(args=["-b", "-a"]),
        [Field("spec.template.spec.containers[api].args", ["-a", "-b"], ["-b", "-a"])],
    ),
    "a mode more": (
        {"accessModes": ["ReadWriteOnce"]},
        {"accessModes": ["ReadWriteMany", "ReadWriteOnce"]},
        [Field("accessModes[ReadWriteMany]", None, "ReadWriteMany")],
    ),
    "one rule of a policy": (
        {"egress": [{"to": [{"podSelector": {}}], "ports": [{"port": 1}]}, {"ports": [{"port": 9}]}]},
        {"egress": [{"ports": [{"port": 9}]}, {"to": [{"podSelector": {}}], "ports": [{"port": 2}]}]},
        [Field("egress[1].ports[1]", {"port": 1}, None), Field("egress[1].ports[2]", None, {"port": 2})],
    ),
    "a rule in front of a route's others": (
        {"rules": [{"matches": [{"path": {"value": "/b"}}]}]},
        {"rules": [{"matches": [{"path": {"value": "/a"}}]}, {"matches": [{"path": {"value": "/b"}}]}]},
        [Field("rules[0]", None, {"matches": [{"path": {"value": "/a"}}]})],
    ),
    "a route's rules in another order": (
        {"rules": [{"matches": ["a"]}, {"matches": ["b"]}]},
        {"rules": [{"matches": ["b"]}, {"matches": ["a"]}]},
        [Field("rules[0]", None, {"matches": ["b"]}), Field("rules[1]", {"matches": ["b"]}, None)],
    ),
    "all namespaces instead of this one": (
        {"from": [{"podSelector": {"matchLabels": {"a": "b"}}}]},
        {"from": [{"podSelector": {"matchLabels": {"a": "b"}}, "namespaceSelector": {}}]},
        [Field("from[0].namespaceSelector", None, {})],
    ),
    "syncing by itself": (
        {"syncPolicy": {}},
        {"syncPolicy": {"automated": {}}},
        [Field("syncPolicy.automated", None, {})],
    ),
    "a rule that allows everything": ({"spec": {"ingress": [{}]}}, {"spec": {}}, [Field("spec.ingress", [{}], None)]),
    "an empty storage class": (
        {"storageClassName": ""},
        {},
        [Field("storageClassName", "", None)],
    ),
    "a list that is nothing instead of everything": (
        {"namespaceResourceWhitelist": []},
        {},
        [Field("namespaceResourceWhitelist", [], None)],
    ),
    "a secret": (
        {"stringData": {"A": f"<secret {'0' * 32}>", "B": f"<secret {'2' * 32}>"}},
        {"stringData": {"A": f"<secret {'1' * 32}>", "B": f"<secret {'2' * 32}>"}},
        [Field("stringData.A", f"<secret {'0' * 32}>", f"<secret {'1' * 32}>", secret=True)],
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_means_the_same_is_no_difference(name: str) -> None:
    before, after = SAME[name]

    assert list(fields(before, after)) == []
    assert list(fields(after, before)) == []


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_means_something_else_is_reported_with_its_place(name: str) -> None:
    before, after, expected = DIFFERENT[name]

    assert list(fields(before, after)) == expected
    assert len(list(fields(after, before))) == len(expected)


def item(kind: str = "Deployment", group: str = "apps/v1", owner: Owner = Owner.ARGO_CD, **manifest: Any) -> Object:
    metadata = {"name": "one", "namespace": "somewhere"}
    return Object(
        "dev",
        f"kubernetes:{group}:{kind}",
        kind,
        "somewhere",
        "one",
        "urn:pulumi:dev::smarthr360::one",
        "workloads:Api",
        owner,
        False,
        {"apiVersion": group.removeprefix("core/"), "kind": kind, "metadata": metadata, **manifest},
    )


def change(before: Object | None, after: Object | None) -> list[Change]:
    sides = [Snapshot("dev", "", (side,) if side else ()) for side in (before, after)]
    return changes_between(*sides)


def action(before: Object | None, after: Object | None) -> Action | None:
    changes = change(before, after)
    assert len(changes) <= 1
    return changes[0].action if changes else None


def test_what_is_new_and_what_is_gone_have_no_fields() -> None:
    assert change(None, item()) == [Change(Action.CREATE, None, item())]
    assert change(item(), None) == [Change(Action.DELETE, item(), None)]
    assert change(item(), item()) == []


def test_a_changed_urn_replaces_what_pulumi_applies_unless_it_has_an_alias_and_means_nothing_to_argo_cd() -> None:
    def moved(before: Object, *aliases: str) -> Object:
        return replace(before, urn=f"{before.urn}-moved", component="workloads:Other", aliases=aliases)

    applied, rendered = item(owner=Owner.PULUMI), item()

    assert action(applied, moved(applied)) is Action.REPLACE
    assert action(applied, moved(applied, applied.urn)) is None
    assert action(rendered, moved(rendered)) is None


def test_another_owner_replaces() -> None:
    [result] = change(item(owner=Owner.PULUMI), item(owner=Owner.ARGO_CD))

    assert result.action is Action.REPLACE
    assert result.fields == (Field("owner", "Pulumi", "Argo CD"),)


def test_another_api_version_is_the_same_object() -> None:
    before, after = item(group="apps/v1beta1", apiVersion="apps/v1beta1"), item(group="apps/v1", apiVersion="apps/v1")

    [result] = change(before, after)
    assert (result.action, result.fields) == (Action.UPDATE, (Field("apiVersion", "apps/v1beta1", "apps/v1"),))


def test_the_same_name_in_another_namespace_is_another_object() -> None:
    assert {each.action for each in change(item(), replace(item(), namespace="elsewhere"))} == {
        Action.CREATE,
        Action.DELETE,
    }


def test_lost_protection_is_an_update() -> None:
    [result] = change(replace(item(), protected=True), item())

    assert (result.action, result.fields) == (Action.UPDATE, (Field("protected", True, False),))


@pytest.mark.parametrize(
    ("kind", "group", "before", "after", "expected"),
    [
        ("StatefulSet", "apps/v1", {"serviceName": "a"}, {"serviceName": "b"}, Action.REPLACE),
        ("StatefulSet", "apps/v1", {"podManagementPolicy": "A"}, {}, Action.REPLACE),
        ("StatefulSet", "apps/v1", {"replicas": 1}, {"replicas": 2}, Action.UPDATE),
        ("StatefulSet", "apps/v1", {"template": {"a": 1}}, {"template": {"a": 2}}, Action.UPDATE),
        ("StatefulSet", "apps/v1", {"updateStrategy": {"type": "A"}}, {}, Action.UPDATE),
        ("Deployment", "apps/v1", {"selector": {"a": "b"}}, {"selector": {"a": "c"}}, Action.REPLACE),
        ("Deployment", "apps/v1", {"selectors": 1}, {"selectors": 2}, Action.UPDATE),
        ("Service", "core/v1", {"clusterIP": "None"}, {}, Action.REPLACE),
        ("Service", "core/v1", {"type": "ClusterIP"}, {"type": "LoadBalancer"}, Action.UPDATE),
        ("PersistentVolumeClaim", "core/v1", {"storageClassName": "a"}, {"storageClassName": "b"}, Action.REPLACE),
        ("PersistentVolumeClaim", "core/v1", {"accessModes": ["A"]}, {"accessModes": ["B"]}, Action.REPLACE),
        ("PersistentVolumeClaim", "core/v1", {"volumeName": "a"}, {}, Action.REPLACE),
        ("Job", "batch/v1", {"template": {"a": 1}}, {"template": {"a": 2}}, Action.REPLACE),
        ("Job", "batch/v1", {"suspend": True}, {"suspend": False}, Action.UPDATE),
        ("Deployment", "example.com/v1", {"selector": {"a": "b"}}, {"selector": {"a": "c"}}, Action.UPDATE),
    ],
)
def test_a_field_that_can_t_be_changed_replaces_the_object(
    kind: str, group: str, before: dict[str, Any], after: dict[str, Any], expected: Action
) -> None:
    assert action(item(kind, group, spec=before), item(kind, group, spec=after)) is expected


@pytest.mark.parametrize(("size", "expected"), [("20Gi", Action.UPDATE), ("5Gi", Action.REPLACE), ("10240Mi", None)])
def test_a_claim_grows_in_place_and_does_not_shrink(size: str, expected: Action | None) -> None:
    def claim(storage: str) -> Object:
        return item("PersistentVolumeClaim", "core/v1", spec={"resources": {"requests": {"storage": storage}}})

    assert action(claim("10Gi"), claim(size)) is expected


def test_the_type_of_a_secret_and_what_is_in_an_immutable_one_can_t_be_changed() -> None:
    def secret(**manifest: Any) -> Object:
        return item("Secret", "core/v1", Owner.PULUMI, **manifest)

    assert action(secret(type="a"), secret(type="b")) is Action.REPLACE
    assert action(secret(data={"a": "b"}), secret(data={"a": "c"})) is Action.UPDATE
    assert action(secret(data={"a": "b"}, immutable=True), secret(data={"a": "c"}, immutable=True)) is Action.REPLACE
    assert action(secret(data={"a": "b"}), secret(data={"a": "b"}, immutable=True)) is Action.UPDATE


def test_a_role_of_a_binding_can_t_be_changed_and_its_subjects_can() -> None:
    def binding(role: str, who: str) -> Object:
        group = "rbac.authorization.k8s.io/v1"
        return item("RoleBinding", group, Owner.PULUMI, roleRef={"name": role}, subjects=[{"name": who}])

    assert action(binding("a", "x"), binding("b", "x")) is Action.REPLACE
    assert action(binding("a", "x"), binding("a", "y")) is Action.UPDATE


def test_a_cloud_s_resource_is_found_by_its_type_and_name() -> None:
    before = replace(item(), type="aws:eks/cluster:Cluster", kind="Cluster", namespace=None, owner=Owner.PULUMI)

    assert action(before, replace(before, manifest={"version": "1.35"})) is Action.UPDATE
    assert len(change(before, replace(before, name="two"))) == 2
