"""What a comparison with the API server's notes finds, and what it does not take for a difference."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.managed_fields import MANAGER, applied, differences

ASKED: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "api", "namespace": "shop", "labels": {"app": "api"}},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "api"}},
        "template": {
            "spec": {
                "containers": [
                    {
                        "name": "api",
                        "image": "api:1",
                        "ports": [{"containerPort": 8000}],
                        "resources": {"limits": {"cpu": "1000m"}},
                        "env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
                    }
                ],
                "securityContext": {},
            }
        },
    },
}
CONTAINER = {
    "k:" + '{"name":"api"}': {
        ".": {},
        "f:name": {},
        "f:image": {},
        "f:ports": {'k:{"containerPort":8000,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}},
        "f:resources": {"f:limits": {"f:cpu": {}}},
        "f:env": {'k:{"name":"IP"}': {".": {}, "f:name": {}, "f:valueFrom": {"f:fieldRef": {}}}},
    }
}
SENT = {
    "f:metadata": {"f:labels": {"f:app": {}}},
    "f:spec": {
        "f:replicas": {},
        "f:selector": {},
        "f:template": {"f:spec": {"f:containers": CONTAINER, "f:securityContext": {}}},
    },
}


def live() -> dict[str, Any]:
    """The object as the API server keeps it, with what it and controllers have filled in."""
    item = copy.deepcopy(ASKED)
    container = item["spec"]["template"]["spec"]["containers"][0]
    container["imagePullPolicy"] = "IfNotPresent"
    container["ports"][0]["protocol"] = "TCP"
    container["resources"]["limits"]["cpu"] = "1"
    item["spec"]["template"]["spec"]["dnsPolicy"] = "ClusterFirst"
    item["metadata"]["uid"] = "u-1"
    item["status"] = {"replicas": 2}
    return item


def test_what_the_api_server_fills_in_and_how_it_writes_a_quantity_is_no_difference() -> None:
    assert differences(ASKED, live(), SENT) == []


def _image(item: dict[str, Any]) -> None:
    item["spec"]["template"]["spec"]["containers"][0]["image"] = "api:2"


def _fewer(item: dict[str, Any]) -> None:
    del item["spec"]["replicas"]


def _more(item: dict[str, Any]) -> None:
    item["spec"]["paused"] = True


def _port(item: dict[str, Any]) -> None:
    item["spec"]["template"]["spec"]["containers"][0]["ports"].append({"containerPort": 9000})


def _field_ref(item: dict[str, Any]) -> None:
    item["spec"]["template"]["spec"]["containers"][0]["env"][0]["valueFrom"]["fieldRef"]["fieldPath"] = "other"


def _selector(item: dict[str, Any]) -> None:
    item["spec"]["selector"]["matchLabels"]["tier"] = "web"


AT = 'spec.template.spec.containers[k:{"name":"api"}]'


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_image, [f"{AT}.image: another value"]),
        (_fewer, ["spec.replicas: not asked for"]),
        (_more, ["spec.paused: not sent"]),
        (_port, [f"{AT}.ports: 2 asked for, 1 sent"]),
        (_field_ref, [f"{AT}.env[k:" + '{"name":"IP"}].valueFrom.fieldRef: another value']),
        (_selector, ["spec.selector: another value"]),
    ],
)
def test_each_difference_is_found_where_it_is_and_no_other(
    change: Callable[[dict[str, Any]], None], found: list[str]
) -> None:
    item = copy.deepcopy(ASKED)
    change(item)
    assert differences(item, live(), SENT) == found


def test_an_item_that_is_another_one_is_reported() -> None:
    item = copy.deepcopy(ASKED)
    item["spec"]["template"]["spec"]["containers"][0]["name"] = "web"
    assert differences(item, live(), SENT) == [f"{AT}: not asked for"]


def test_a_secret_is_compared_and_never_shown() -> None:
    def secret(value: str) -> dict[str, Any]:
        return {"kind": "Secret", "metadata": metadata, "stringData": {"key": value}}

    metadata = {"name": "keys", "labels": {"app": "api"}}
    item = {"kind": "Secret", "metadata": metadata, "data": {"key": base64.b64encode(b"hunter2").decode()}}
    sent = {"f:metadata": {"f:labels": {"f:app": {}}}, "f:data": {"f:key": {}}}
    assert differences(secret("hunter2"), item, sent) == []
    assert differences(secret("hunter3"), item, sent) == ["data.key: another value"]


def test_only_what_the_manager_itself_has_applied_counts() -> None:
    def entry(**more: str) -> dict[str, Any]:
        return {"manager": MANAGER, "operation": "Apply", "fieldsV1": {"f:spec": {}}, **more}

    def item(*entries: dict[str, Any]) -> dict[str, Any]:
        return {"metadata": {"managedFields": list(entries)}}

    assert applied(item(entry())) == {"f:spec": {}}
    for other in ({"manager": "kubectl"}, {"operation": "Update"}, {"subresource": "status"}):
        assert applied(item(entry(**other))) is None
    assert applied({"metadata": {}}) is None
