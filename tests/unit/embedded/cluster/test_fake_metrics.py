"""What pods and nodes are said to use."""

import json
import logging
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.utils.quantity import parse_quantity

from tools.embedded.cluster.fake_metrics import (
    ANNOTATIONS,
    SHARE,
    FakeMetrics,
    misunderstood,
    node_metrics,
    pod_metrics,
)

READY = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
UNREADY = {**READY, "status": "False"}


def container(name: str = "web", cpu: str = "200m", memory: str = "100Mi", **more: Any) -> dict[str, Any]:
    return {"name": name, "resources": {"requests": {"cpu": cpu, "memory": memory}}, **more}


def pod(
    *containers: dict[str, Any], ready: dict[str, str] = READY, owner: str = "ReplicaSet", **stated: str
) -> dict[str, Any]:
    return {
        "metadata": {
            "namespace": "demo",
            "name": "web-1",
            "uid": "u-1",
            "labels": {"app": "web"},
            "annotations": {ANNOTATIONS[name]: value for name, value in stated.items()},
            "ownerReferences": [{"kind": owner}],
        },
        "spec": {"containers": list(containers or [container()])},
        "status": {"conditions": [{"type": "Initialized", "status": "True"}, ready]},
    }


def usage(item: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The usage by container."""
    metrics = pod_metrics(item)
    assert metrics is not None
    return {each["name"]: each["usage"] for each in metrics["containers"]}


def test_a_pod_uses_three_tenths_of_what_it_requests() -> None:
    assert Decimal("0.3") == SHARE
    assert usage(pod()) == {"web": {"cpu": "60m", "memory": "30720Ki"}}


def number(quantity: str) -> Decimal:
    return Decimal(parse_quantity(quantity))  # type: ignore[no-untyped-call]


@given(st.sampled_from(["250m", "1", "1.5", "2k", "1e2"]), st.sampled_from(["64Mi", "1Gi", "500M", "131072"]))
def test_the_share_is_of_the_request_however_it_is_written(cpu: str, memory: str) -> None:
    (use,) = usage(pod(container(cpu=cpu, memory=memory))).values()
    for resource, request, unit in (("cpu", cpu, Decimal("0.001")), ("memory", memory, 1024)):
        assert abs(number(use[resource]) - SHARE * number(request)) <= unit / 2


def test_what_requests_nothing_uses_nothing() -> None:
    assert usage(pod({"name": "web"})) == {"web": {"cpu": "0m", "memory": "0Ki"}}


def test_sidecars_count_and_containers_that_end_do_not() -> None:
    item = pod(container("web"), container("log"))
    item["spec"]["initContainers"] = [container("proxy", restartPolicy="Always"), container("setup")]
    assert list(usage(item)) == ["web", "log", "proxy"]


def test_an_annotation_says_what_the_whole_pod_uses_and_leaves_the_other_resource_alone() -> None:
    item = pod(container("web"), container("log"), cpu="900m")
    assert usage(item) == {"web": {"cpu": "900m", "memory": "30720Ki"}, "log": {"cpu": "0m", "memory": "30720Ki"}}
    both = usage(pod(cpu="2", memory="1Gi"))
    assert both == {"web": {"cpu": "2000m", "memory": "1048576Ki"}}


@pytest.mark.parametrize("text", ["lots", "", "-1", "NaN", "Infinity", "1Kii"])
def test_an_annotation_that_is_no_quantity_is_named_and_ignored(text: str) -> None:
    item = pod(cpu=text)
    assert usage(item) == usage(pod())
    assert misunderstood(item) == [
        f"smarthr360.com/cpu-usage is {text!r}; allowed is a quantity, such as 900m for cpu and 1Gi for memory"
    ]


def test_a_right_annotation_and_no_annotation_are_no_problem() -> None:
    assert misunderstood(pod()) == []
    assert misunderstood(pod(cpu="0", memory="1Gi")) == []


@pytest.mark.parametrize("idle", [pod(ready=UNREADY), pod(owner="Job"), {**pod(), "status": {}}])
def test_a_pod_that_does_not_serve_uses_nothing(idle: dict[str, Any]) -> None:
    assert pod_metrics(idle) is None
    assert pod_metrics(pod()) is not None


def test_the_figures_are_found_by_the_pods_labels_and_go_with_the_pod() -> None:
    metrics = pod_metrics(pod())
    assert metrics is not None
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "web-1", "uid": "u-1"}
    metadata = {"name": "web-1", "namespace": "demo", "labels": {"app": "web"}, "ownerReferences": [owner]}
    assert metrics["metadata"] == metadata


def test_figures_are_never_older_than_the_pod_is_ready_or_an_autoscaler_would_ignore_them() -> None:
    metrics = pod_metrics(pod())
    assert metrics is not None
    assert (metrics["timestamp"], metrics["window"]) == (READY["lastTransitionTime"], "0s")


def test_a_node_uses_what_its_pods_use_together() -> None:
    node = {"metadata": {"name": "embedded-a"}, "status": {"conditions": [READY]}}
    metrics = node_metrics(node, [pod(), pod(cpu="900m"), pod(ready=UNREADY, cpu="5"), pod(owner="Job", cpu="5")])
    assert metrics is not None
    assert metrics["usage"] == {"cpu": "960m", "memory": "61440Ki"}
    assert (metrics["metadata"], metrics["timestamp"]) == ({"name": "embedded-a"}, READY["lastTransitionTime"])
    empty = node_metrics(node, [])
    assert empty is not None
    assert empty["usage"] == {"cpu": "0m", "memory": "0Ki"}
    assert node_metrics({**node, "status": {"conditions": [UNREADY]}}, [pod()]) is None


@pytest.fixture
def custom() -> Any:
    """Records what would be asked of the API server."""
    return mock.Mock(spec=client.CustomObjectsApi)


def serving(custom: Any, *pods: dict[str, Any]) -> FakeMetrics:
    page = mock.Mock(status=200, data=json.dumps({"items": pods}))
    return FakeMetrics(mock.Mock(spec=client.CoreV1Api, list_pod_for_all_namespaces=lambda **_: page), custom)


def test_what_a_pod_uses_is_written_beside_it_and_nothing_for_an_idle_one(custom: Any) -> None:
    serving(custom).serve_pod(pod(ready=UNREADY))
    assert custom.method_calls == []
    serving(custom).serve_pod(pod())
    ((name, _, asked),) = custom.method_calls
    assert name == "patch_namespaced_custom_object"
    assert (asked["group"], asked["version"], asked["plural"]) == ("metrics.k8s.io", "v1beta1", "pods")
    assert (asked["namespace"], asked["name"], asked["body"]) == ("demo", "web-1", pod_metrics(pod()))
    assert asked["_content_type"] == "application/apply-patch+yaml"


def test_what_a_node_uses_is_written(custom: Any) -> None:
    node = {"metadata": {"name": "embedded-a"}, "status": {"conditions": [READY]}}
    serving(custom, pod()).serve_node(node)
    ((name, _, asked),) = custom.method_calls
    assert name == "patch_cluster_custom_object"
    assert (asked["plural"], asked["name"], asked["body"]) == ("nodes", "embedded-a", node_metrics(node, [pod()]))
    assert "namespace" not in asked


def test_an_ignored_annotation_is_in_the_log_with_its_pod(custom: Any, caplog: pytest.LogCaptureFixture) -> None:
    serving(custom).serve_pod(pod(cpu="900m"))
    assert caplog.messages == []
    serving(custom).serve_pod(pod(cpu="lots"))
    assert caplog.messages == [f"demo/web-1: {problem}" for problem in misunderstood(pod(cpu="lots"))]


def test_a_namespace_that_is_being_deleted_stops_nobody_and_other_errors_are_not_hidden(
    custom: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    custom.patch_namespaced_custom_object.side_effect = ApiException(status=403, reason="Forbidden")
    serving(custom).serve_pod(pod())
    assert caplog.messages == ["web-1: not written: Forbidden"]
    custom.patch_namespaced_custom_object.side_effect = ApiException(status=404)
    with pytest.raises(ApiException):
        serving(custom).serve_pod(pod())
