"""List and watch collections of the API for ever, whatever happens to the API server meanwhile."""

import contextlib
import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tools.embedded.cluster.state import Layout

# Objects as the API sends them.
Object = dict[str, Any]

CALL = 10
"""Seconds that one request is allowed to take."""

_LOG = logging.getLogger("watch")
_RELIST = 300  # seconds from one full listing to the next, which makes good for whatever was missed
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0  # seconds between two attempts while the API server is away


def connect(layout: Layout, name: str) -> client.ApiClient:
    """Make a client of the API.

    Args:
        layout: Of which cluster.
        name: The component whose kubeconfig says who we are.
    """
    # The client unpacks the certificate authority into a new file at each start.
    unpacked = layout.cluster / name
    shutil.rmtree(unpacked, ignore_errors=True)
    configuration = client.Configuration()
    config.load_kube_config(  # type: ignore[no-untyped-call]
        str(layout.component_kubeconfig(name)),
        client_configuration=configuration,
        temp_file_path=str(unpacked),
    )
    return client.ApiClient(configuration)


def watch(
    collection: Callable[..., Any], serve: Callable[[Object], None], seen: threading.Event, relist: int = _RELIST
) -> None:
    """Serve every object of a collection, now and whenever it changes, for ever.

    Args:
        collection: The client's function that lists it.
        serve: Called with each object; twice does no harm.
        seen: Set when every object that was there has been served.
        relist: Seconds after which every object is served again.
    """
    pause = _SHORTEST_PAUSE
    while True:
        try:
            page = listed(collection)
            for item in page["items"]:
                serve(item)
            seen.set()
            pause = _SHORTEST_PAUSE
            for item in _changes(collection, page["metadata"]["resourceVersion"], relist):
                serve(item)
        except (ApiException, HTTPError, OSError, ValueError) as error:
            # The API server restarts, or a connection breaks: list and watch anew.
            _LOG.warning("trying again in %.1f s: %s", pause, _brief(error))
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


def listed(collection: Callable[..., Any], **selection: str) -> Object:
    """List a collection once.

    Args:
        collection: The client's function that lists it.
        selection: Its arguments.
    """
    return dict(json.loads(_request(collection, _request_timeout=CALL, **selection).data))


def _changes(collection: Callable[..., Any], version: str, seconds: int) -> Iterator[Object]:
    """Yield each object that is added or changed after a version; ends when it is time to list anew."""
    response = _request(
        collection,
        watch=True,
        resource_version=version,
        timeout_seconds=seconds,
        _request_timeout=(CALL, seconds + CALL),
    )
    with contextlib.closing(response):
        for line in response:
            event = json.loads(line)
            if event["type"] == "ERROR":  # most often: the version is too old by now
                return
            if event["type"] != "DELETED":
                yield event["object"]


def _request(collection: Callable[..., Any], **arguments: Any) -> Any:
    """Call a function of the client for the answer as it came; the client leaves the status to us then."""
    response = collection(_preload_content=False, **arguments)
    if response.status != HTTPStatus.OK:
        raise ApiException(status=response.status, reason=response.reason)
    return response


def _brief(error: Exception) -> str:
    if isinstance(error, ApiException):
        return f"the API server answers {error.status} {error.reason}"
    return f"{type(error).__name__}: {error}"
