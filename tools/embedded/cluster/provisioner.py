"""Makes the persistent volumes of the embedded storage classes, so that claims bind. They hold no data.

Its process also reports what pods use (see `fake_metrics`): `python -m tools.embedded.cluster.provisioner ROOT`.
"""

import datetime
import logging
import os
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from files import write_private
from tools.embedded.cluster import fake_metrics
from tools.embedded.cluster.components import PROVISIONER
from tools.embedded.cluster.state import Layout
from tools.embedded.cluster.watch import CALL, Object, connect, listed, watch

_LOG = logging.getLogger("provisioner")
_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"


def new_volume(claim: Object, storage_class: Object, volumes: Path) -> Object:
    """Describe the volume for a claim; it is that claim's alone.

    Args:
        claim: A claim of one of our classes.
        storage_class: Its class, whose parameter `accessModes` says what the volume offers.
        volumes: The folder that its path lies in.
    """
    metadata = claim["metadata"]
    name = f"pvc-{metadata['uid']}"
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {_PROVISIONED_BY: PROVISIONER}},
        "spec": {
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "accessModes": offered_modes(storage_class),
            "volumeMode": claim["spec"].get("volumeMode", "Filesystem"),
            "storageClassName": storage_class["metadata"]["name"],
            "persistentVolumeReclaimPolicy": storage_class["reclaimPolicy"],
            "claimRef": _reference(claim),
            "hostPath": {"path": str(volumes / name), "type": "DirectoryOrCreate"},
        },
    }


def refusal(claim: Object, storage_class: Object) -> str | None:
    """Say why a class cannot serve a claim, None where it can."""
    offered = offered_modes(storage_class)
    missing = [mode for mode in claim["spec"]["accessModes"] if mode not in offered]
    if not missing:
        return None
    name = storage_class["metadata"]["name"]
    return f"storage class {name} does not offer {', '.join(missing)}; it offers {', '.join(offered)}"


def offered_modes(storage_class: Object) -> list[str]:
    """Return the access modes that a class of ours offers."""
    return list(storage_class["parameters"]["accessModes"].split(","))


def _reference(claim: Object) -> Object:
    metadata = claim["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "uid": metadata["uid"],
    }


class Provisioner:
    """Does what a claim or a volume needs, through the API.

    Args:
        core: A client of the API that has claims, volumes and events.
        storage: A client of the API that has storage classes.
        volumes: The folder that the volumes' paths lie in.
    """

    def __init__(self, core: client.CoreV1Api, storage: client.StorageV1Api, volumes: Path) -> None:
        self._core = core
        self._storage = storage
        self._volumes = volumes

    def serve_claim(self, claim: Object) -> None:
        """Make the volume that a claim waits for, or say in an event of the claim why there will be none."""
        spec, metadata = claim["spec"], claim["metadata"]
        pending = claim.get("status", {}).get("phase") == "Pending" and "deletionTimestamp" not in metadata
        if not pending or spec.get("volumeName") or not spec.get("storageClassName"):
            return
        storage_class = self._storage_class(spec["storageClassName"])
        if storage_class is None:
            return
        namespace, name = metadata["namespace"], metadata["name"]
        if reason := refusal(claim, storage_class):
            if self._create(self._core.create_namespaced_event, namespace, body=_event(claim, reason)):
                _LOG.info("%s/%s: %s", namespace, name, reason)
            return
        if self._create(self._core.create_persistent_volume, body=new_volume(claim, storage_class, self._volumes)):
            _LOG.info("%s/%s: made its volume", namespace, name)

    def serve_volume(self, volume: Object) -> None:
        """Delete a volume of ours whose claim is gone, where its reclaim policy says so."""
        metadata = volume["metadata"]
        ours = metadata.get("annotations", {}).get(_PROVISIONED_BY) == PROVISIONER
        released = volume.get("status", {}).get("phase") == "Released" and "deletionTimestamp" not in metadata
        if ours and released and volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete":
            self._core.delete_persistent_volume(metadata["name"], _request_timeout=CALL)
            _LOG.info("%s: deleted", metadata["name"])

    def _storage_class(self, name: str) -> Object | None:
        for item in listed(self._storage.list_storage_class, field_selector=f"metadata.name={name}")["items"]:
            if item["provisioner"] == PROVISIONER:
                return dict(item)
        return None

    @staticmethod
    def _create(create: Callable[..., Any], *where: str, body: Object) -> bool:
        try:
            create(*where, body, _request_timeout=CALL)
        except ApiException as error:
            if error.status == HTTPStatus.CONFLICT:
                return False  # made before; its name is derived from the claim
            raise
        return True


def _event(claim: Object, reason: str) -> Object:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    metadata = claim["metadata"]
    return {
        "metadata": {"name": f"{metadata['name']}.{metadata['uid']}", "namespace": metadata["namespace"]},
        "type": "Warning",
        "reason": "ProvisioningFailed",
        "message": reason,
        "source": {"component": PROVISIONER},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
        "involvedObject": _reference(claim),
    }


def _start(collection: Callable[..., Any], serve: Callable[[Object], None], **options: int) -> threading.Event:
    seen = threading.Event()
    threading.Thread(target=watch, args=(collection, serve, seen), kwargs=options).start()
    return seen


def _end_process(arguments: threading.ExceptHookArgs) -> None:
    """A mistake in one thread ends the process: then `status` shows it, and `up` starts it again."""
    threading.__excepthook__(arguments)
    os._exit(1)


def main(layout: Layout) -> None:
    """Watch claims, volumes, pods and nodes until the process is stopped.

    Args:
        layout: The cluster's files.
    """
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    threading.excepthook = _end_process
    api = connect(layout, "provisioner")
    core = client.CoreV1Api(api)
    volumes = Provisioner(core, client.StorageV1Api(api), layout.volumes)
    metrics = fake_metrics.FakeMetrics(core, client.CustomObjectsApi(api))
    seen = [
        _start(core.list_persistent_volume_claim_for_all_namespaces, volumes.serve_claim),
        _start(core.list_persistent_volume, volumes.serve_volume),
        _start(core.list_pod_for_all_namespaces, metrics.serve_pod),
        _start(core.list_node, metrics.serve_node, relist=fake_metrics.RELIST),
    ]
    for each in seen:
        each.wait()
    write_private(layout.provisioner_ready, str(os.getpid()))


if __name__ == "__main__":
    main(Layout(Path(sys.argv[1])))
