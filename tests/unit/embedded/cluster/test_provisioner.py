"""Which claims get a volume, which get a reason why not, and which volumes are deleted."""

import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from tools.embedded.cluster.components import PROVISIONER
from tools.embedded.cluster.provisioner import Provisioner, new_volume, refusal

RWO: dict[str, Any] = {
    "metadata": {"name": "smarthr360-rwo"},
    "provisioner": PROVISIONER,
    "parameters": {"accessModes": "ReadWriteOnce"},
    "reclaimPolicy": "Delete",
}
RWX: dict[str, Any] = {
    **RWO,
    "metadata": {"name": "smarthr360-rwx"},
    "parameters": {"accessModes": "ReadWriteOnce,ReadWriteMany"},
}
FOREIGN: dict[str, Any] = {**RWO, "metadata": {"name": "fast"}, "provisioner": "example.com/fast"}
VOLUMES = Path("/somewhere/volumes")


def claim(storage_class: str = "smarthr360-rwo", *modes: str, phase: str = "Pending", **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "demo", "name": "data", "uid": "u-1"},
        "spec": {
            "accessModes": list(modes or ["ReadWriteOnce"]),
            "storageClassName": storage_class,
            "resources": {"requests": {"storage": "10Gi"}},
            **spec,
        },
        "status": {"phase": phase},
    }


def volume(phase: str = "Released", policy: str = "Delete", made_by: str = PROVISIONER) -> dict[str, Any]:
    return {
        "metadata": {"name": "pvc-u-1", "annotations": {"pv.kubernetes.io/provisioned-by": made_by}},
        "spec": {"persistentVolumeReclaimPolicy": policy},
        "status": {"phase": phase},
    }


@pytest.fixture
def core() -> Any:
    """Records what would be asked of the API server."""
    return mock.Mock(spec=client.CoreV1Api)


@pytest.fixture
def served(core: Any) -> Provisioner:
    def list_storage_class(*, field_selector: str, **_: object) -> mock.Mock:
        items = [item for item in (RWO, RWX, FOREIGN) if field_selector == f"metadata.name={item['metadata']['name']}"]
        return mock.Mock(status=200, data=json.dumps({"items": items}))

    storage = mock.Mock(spec=client.StorageV1Api, list_storage_class=list_storage_class)
    return Provisioner(core, storage, VOLUMES)


def test_a_volume_is_bound_to_its_claim_alone() -> None:
    made = new_volume(claim("smarthr360-rwx", "ReadWriteMany"), RWX, VOLUMES)
    assert made["metadata"]["name"] == "pvc-u-1"
    assert made["spec"] == {
        "capacity": {"storage": "10Gi"},
        "accessModes": ["ReadWriteOnce", "ReadWriteMany"],
        "volumeMode": "Filesystem",
        "storageClassName": "smarthr360-rwx",
        "persistentVolumeReclaimPolicy": "Delete",
        "claimRef": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "namespace": "demo",
            "name": "data",
            "uid": "u-1",
        },
        "hostPath": {"path": "/somewhere/volumes/pvc-u-1", "type": "DirectoryOrCreate"},
    }


@pytest.mark.parametrize(
    ("storage_class", "modes", "missing"),
    [
        (RWO, ["ReadWriteOnce"], None),
        (RWO, ["ReadWriteMany"], "ReadWriteMany"),
        (RWO, ["ReadWriteOnce", "ReadWriteMany"], "ReadWriteMany"),
        (RWX, ["ReadWriteOnce"], None),
        (RWX, ["ReadWriteOnce", "ReadWriteMany"], None),
        (RWX, ["ReadOnlyMany", "ReadWriteOncePod"], "ReadOnlyMany, ReadWriteOncePod"),
    ],
)
def test_a_class_refuses_exactly_the_modes_that_it_does_not_offer(
    storage_class: dict[str, Any], modes: list[str], missing: str | None
) -> None:
    reason = refusal(claim("any", *modes), storage_class)
    if missing is None:
        assert reason is None
    else:
        assert reason is not None
        assert f"does not offer {missing}; it offers ReadWriteOnce" in reason


def test_a_waiting_claim_gets_its_volume(served: Provisioner, core: Any) -> None:
    served.serve_claim(claim())
    (body,) = core.create_persistent_volume.call_args.args
    assert body == new_volume(claim(), RWO, VOLUMES)
    core.create_namespaced_event.assert_not_called()


def test_a_refused_claim_gets_an_event_and_no_volume(served: Provisioner, core: Any) -> None:
    served.serve_claim(claim("smarthr360-rwo", "ReadWriteMany"))
    namespace, event = core.create_namespaced_event.call_args.args
    assert (namespace, event["type"], event["reason"]) == ("demo", "Warning", "ProvisioningFailed")
    assert event["message"] == "storage class smarthr360-rwo does not offer ReadWriteMany; it offers ReadWriteOnce"
    assert event["involvedObject"]["name"] == "data"
    core.create_persistent_volume.assert_not_called()


@pytest.mark.parametrize(
    "other",
    [
        claim("fast"),
        claim("no-such-class"),
        claim(""),
        claim(phase="Bound"),
        claim(volumeName="by-hand"),
        {**claim(), "metadata": {**claim()["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}},
    ],
    ids=["another provisioner's", "unknown class", "no class", "bound", "wants one volume", "being deleted"],
)
def test_a_claim_that_is_not_ours_is_left_alone(served: Provisioner, core: Any, other: dict[str, Any]) -> None:
    served.serve_claim(other)
    assert core.method_calls == []


@pytest.mark.parametrize("modes", [["ReadWriteOnce"], ["ReadWriteMany"]])
def test_doing_it_twice_is_no_error(served: Provisioner, core: Any, modes: list[str]) -> None:
    core.create_persistent_volume.side_effect = ApiException(status=409)
    core.create_namespaced_event.side_effect = ApiException(status=409)
    served.serve_claim(claim("smarthr360-rwo", *modes))
    assert len(core.method_calls) == 1


def test_another_error_is_not_hidden(served: Provisioner, core: Any) -> None:
    core.create_persistent_volume.side_effect = ApiException(status=403)
    with pytest.raises(ApiException):
        served.serve_claim(claim())


def test_a_released_volume_is_deleted(served: Provisioner, core: Any) -> None:
    served.serve_volume(volume())
    assert core.delete_persistent_volume.call_args.args == ("pvc-u-1",)


@pytest.mark.parametrize(
    "other",
    [volume(phase="Bound"), volume(phase="Available"), volume(policy="Retain"), volume(made_by="example.com/x")],
)
def test_a_volume_in_use_or_of_somebody_else_is_kept(served: Provisioner, core: Any, other: dict[str, Any]) -> None:
    served.serve_volume(other)
    assert core.method_calls == []
