"""Reports what pods and nodes use, so that autoscalers scale and `kubectl top` answers. Nothing is measured.

A container uses a fixed share of its request, unless its pod's annotations say what the pod uses:
`kubectl annotate pod NAME smarthr360.com/cpu-usage=900m smarthr360.com/memory-usage=1Gi`.
"""

import logging
from collections.abc import Callable, Iterable
from decimal import Decimal
from http import HTTPStatus

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.utils.quantity import format_quantity, parse_quantity

from tools.embedded.cluster.watch import CALL, Object, listed

SHARE = Decimal("0.3")
"""How much of its request a container uses: less than any autoscaler aims at."""

ANNOTATIONS = {"cpu": "smarthr360.com/cpu-usage", "memory": "smarthr360.com/memory-usage"}
"""Which annotation replaces that share, by resource."""

RELIST = 15
"""Seconds from one sum of a node's pods to the next, as metrics-server's."""

_LOG = logging.getLogger("fake_metrics")
_API = ("metrics.k8s.io", "v1beta1")
_UNITS = {"cpu": "m", "memory": "Ki"}


def pod_metrics(pod: Object) -> Object | None:
    """Describe what a pod uses; None where it uses nothing, because it is not Ready or a Job's, which ends at once.

    The same pod always gives the same answer, so that nothing is written twice.
    """
    metadata = pod["metadata"]
    if not _is_in_use(pod):
        return None
    return {
        "apiVersion": "/".join(_API),
        "kind": "PodMetrics",
        "metadata": {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            # An autoscaler looks for the labels of its pods.
            "labels": metadata.get("labels", {}),
            # It goes with its pod: Kubernetes collects what has lost its owner.
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": metadata["name"], "uid": metadata["uid"]}],
        },
        # An autoscaler ignores what was measured before the pod became Ready, or less than a window after.
        "timestamp": _ready_since(pod),
        "window": "0s",
        "containers": [{"name": name, "usage": _written(use)} for name, use in _use_by_container(pod).items()],
    }


def node_metrics(node: Object, pods: Iterable[Object]) -> Object | None:
    """Describe what the pods on a node use together; None where the node is not Ready.

    Args:
        node: The node.
        pods: The pods on it.
    """
    ready_since = _ready_since(node)
    if not ready_since:
        return None
    uses = [use for pod in pods if _is_in_use(pod) for use in _use_by_container(pod).values()]
    return {
        "apiVersion": "/".join(_API),
        "kind": "NodeMetrics",
        "metadata": {"name": node["metadata"]["name"]},
        "timestamp": ready_since,
        "window": "0s",
        "usage": _written({resource: sum((use[resource] for use in uses), Decimal()) for resource in _UNITS}),
    }


def misunderstood(pod: Object) -> list[str]:
    """Return a sentence for each annotation of a pod that is ignored because it is not a quantity."""
    return [
        f"{annotation} is {text!r}; allowed is a quantity, such as 900m for cpu and 1Gi for memory"
        for resource, annotation in ANNOTATIONS.items()
        if (text := _annotations(pod).get(annotation)) is not None and _stated(pod, resource) is None
    ]


class FakeMetrics:
    """Writes what is used, through the API.

    Args:
        core: A client of the API that has pods.
        custom: A client of the API that has custom resources.
    """

    def __init__(self, core: client.CoreV1Api, custom: client.CustomObjectsApi) -> None:
        self._core = core
        self._custom = custom

    def serve_pod(self, pod: Object) -> None:
        """Write what a pod uses."""
        metadata = pod["metadata"]
        for problem in misunderstood(pod):
            _LOG.warning("%s/%s: %s", metadata["namespace"], metadata["name"], problem)
        if body := pod_metrics(pod):
            self._write(self._custom.patch_namespaced_custom_object, body, namespace=metadata["namespace"])

    def serve_node(self, node: Object) -> None:
        """Write what a node's pods use together."""
        name = node["metadata"]["name"]
        pods = listed(
            self._core.list_pod_for_all_namespaces, field_selector=f"spec.nodeName={name}", resource_version="0"
        )
        if body := node_metrics(node, pods["items"]):
            self._write(self._custom.patch_cluster_custom_object, body)

    @staticmethod
    def _write(patch: Callable[..., object], body: Object, **where: str) -> None:
        group, version = _API
        try:
            # Server-side apply: it makes what is missing, and writes nothing where nothing changes.
            patch(
                group=group,
                version=version,
                plural="pods" if where else "nodes",
                name=body["metadata"]["name"],
                body=body,
                field_manager="provisioner",
                force=True,
                _content_type="application/apply-patch+yaml",
                _request_timeout=CALL,
                **where,
            )
        except ApiException as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            # Most often its namespace is being deleted, and the pod with it.
            _LOG.info("%s: not written: %s", body["metadata"]["name"], error.reason)


def _is_in_use(pod: Object) -> bool:
    owners = [owner["kind"] for owner in pod["metadata"].get("ownerReferences", [])]
    return bool(_ready_since(pod)) and "Job" not in owners


def _ready_since(item: Object) -> str | None:
    for condition in item.get("status", {}).get("conditions", []):
        if condition["type"] == "Ready" and condition["status"] == "True":
            return str(condition["lastTransitionTime"])
    return None


def _annotations(pod: Object) -> dict[str, str]:
    return dict(pod["metadata"].get("annotations", {}))


def _use_by_container(pod: Object) -> dict[str, dict[str, Decimal]]:
    spec = pod["spec"]
    sidecars = [each for each in spec.get("initContainers", []) if each.get("restartPolicy") == "Always"]
    uses = {each["name"]: _share_of_request(each) for each in [*spec["containers"], *sidecars]}
    for resource in _UNITS:
        stated = _stated(pod, resource)
        if stated is not None:
            # The first container uses all of it.
            for position, use in enumerate(uses.values()):
                use[resource] = Decimal() if position else stated
    return uses


def _share_of_request(container: Object) -> dict[str, Decimal]:
    requests = container.get("resources", {}).get("requests", {})
    return {resource: SHARE * _number(requests.get(resource, "0")) for resource in _UNITS}


def _stated(pod: Object, resource: str) -> Decimal | None:
    text = _annotations(pod).get(ANNOTATIONS[resource])
    if text is None:
        return None
    try:
        value = _number(text)
    except ValueError:
        return None
    return value if value.is_finite() and value >= 0 else None


def _number(quantity: str) -> Decimal:
    return Decimal(parse_quantity(quantity))  # type: ignore[no-untyped-call]


def _written(use: dict[str, Decimal]) -> dict[str, str]:
    return {resource: format_quantity(value, _UNITS[resource], Decimal(1)) for resource, value in use.items()}
