"""Pulumi and Argo CD own no field both: read from what the API server notes of who has set which field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from components.environment.metadata import FIELD_MANAGER
from tests.integration.checkout import NAMESPACES
from tests.integration.gitops.delivered import Delivered, log_only

Object = Mapping[str, Any]
Field = tuple[str, ...]
Key = tuple[str, str, str]

# The provider makes up names that begin like the last one for what says no name of its own.
PULUMI = (FIELD_MANAGER, "pulumi-")
ARGOCD = ("argocd-",)
AUTOMATED = ("dev", "staging")
REPLICAS = ("f:spec", "f:replicas")


def leaves(fields: Mapping[str, Any], path: Field = ()) -> Iterator[Field]:
    """The fields in a tree of `fieldsV1`; a dot says only that what holds them is there."""
    for key, inner in fields.items():
        if key == ".":
            continue
        if inner.keys() - {"."}:
            yield from leaves(inner, (*path, key))
        else:
            yield (*path, key)


def owned(item: Object, managers: tuple[str, ...]) -> set[Field]:
    """The fields of an object that belong to managers whose names begin like one of these."""
    entries = item["metadata"].get("managedFields", [])
    return {field for entry in entries if entry["manager"].startswith(managers) for field in leaves(entry["fieldsV1"])}


def shared(item: Object) -> set[Field]:
    """The fields of an object that belong to both; a field that holds another one includes it."""
    pulumi, argocd = owned(item, PULUMI), owned(item, ARGOCD)
    return {
        max(one, other, key=len)
        for one in pulumi
        for other in argocd
        if one[: len(other)] == other or other[: len(one)] == one
    }


def key(item: Object) -> Key:
    """Kind, namespace and name."""
    return item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


@pytest.fixture(scope="module")
def objects(delivered: Delivered) -> dict[Key, Object]:
    """Every object of every kind and namespace, after one more sync: then everything was there already."""
    kinds = '"$(kubectl api-resources --verbs=list --output=name | paste -sd, -)"'
    with delivered.pushed("staging", log_only("ERROR")) as commit:
        delivered.wait_until("staging is synced", lambda: delivered.is_at("staging", commit))
        printed = delivered.checkout.shell(f"kubectl get {kinds} -A --show-managed-fields --output json 2>/dev/null")
    return {key(item): item for item in json.loads(printed)["items"]}


def test_pulumi_and_argocd_own_no_field_both(objects: dict[Key, Object]) -> None:
    both = {found for found, item in objects.items() if owned(item, PULUMI) and owned(item, ARGOCD)}

    assert both >= {("Application", "argocd", f"smarthr360-{stack}") for stack in NAMESPACES}
    assert {found: fields for found, item in objects.items() if (fields := shared(item))} == {}


@pytest.mark.parametrize("stack", AUTOMATED)
def test_argocd_owns_what_is_rendered_and_pulumi_none_of_it(
    delivered: Delivered, objects: dict[Key, Object], stack: str
) -> None:
    files = list((delivered.checkout.root / "rendered" / stack).rglob("*.yaml"))
    rendered = {key(yaml.safe_load(file.read_text())) for file in files}
    assert len(rendered) > 30

    assert {found for found in rendered if not owned(objects[found], ARGOCD)} == set()
    assert {found for found in rendered if owned(objects[found], PULUMI)} == set()


@pytest.mark.parametrize("stack", NAMESPACES)
def test_pulumi_owns_namespace_secrets_and_what_rolls_pods_for_them_and_argocd_none_of_it(
    objects: dict[Key, Object], stack: str
) -> None:
    namespace = NAMESPACES[stack]
    secrets = {found for found in objects if found[:2] == ("Secret", namespace)}
    assert len(secrets) >= 4
    kinds = ("CronJob", "NetworkPolicy", "Role", "RoleBinding", "ServiceAccount")
    rotation = {(kind, namespace, "smarthr360-rotation") for kind in kinds}
    inside = secrets | rotation
    expected = {("Namespace", "", namespace), *inside}

    assert {found for found in expected if not owned(objects[found], PULUMI)} == set()
    assert {found for found, item in objects.items() if found[1] == namespace and owned(item, PULUMI)} == inside
    assert {found for found in expected if owned(objects[found], ARGOCD)} == set()


@pytest.mark.parametrize("stack", AUTOMATED)
def test_neither_owns_the_replicas_of_what_an_autoscaler_scales(objects: dict[Key, Object], stack: str) -> None:
    namespace = NAMESPACES[stack]
    deployments = {name for kind, where, name in objects if (kind, where) == ("Deployment", namespace)}
    autoscalers = [item for found, item in objects.items() if found[:2] == ("HorizontalPodAutoscaler", namespace)]
    scaled = {item["spec"]["scaleTargetRef"]["name"] for item in autoscalers}
    assert {"smarthr360-api"} <= scaled < deployments

    for name in deployments:
        item = objects["Deployment", namespace, name]
        assert item["spec"]["replicas"] >= 1
        assert REPLICAS not in owned(item, PULUMI)
        assert (REPLICAS in owned(item, ARGOCD)) == (name not in scaled), name
