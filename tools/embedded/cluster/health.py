"""Ask each process of the control plane whether it does its work, over verified TLS."""

import datetime
import http.client
import json
import ssl
from typing import Any

from tools.embedded.cluster.components import NODE_LEASE_SECONDS, SIMULATED, Component
from tools.embedded.cluster.credentials import ADMINISTRATOR, token
from tools.embedded.cluster.ports import LOOPBACK, Ports
from tools.embedded.cluster.processes import Process
from tools.embedded.cluster.state import Layout

_TIMEOUT = 5.0  # seconds; an answer takes milliseconds on an idle machine
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


class Api:
    """The little of the Kubernetes API that is needed here; the official client takes a second to import.

    Args:
        layout: Whose certificate authority and administrator's token to use.
        ports: Where the API server listens.
    """

    def __init__(self, layout: Layout, ports: Ports) -> None:
        self._port = ports["apiserver"]
        self._context = ssl.create_default_context(cafile=layout.certificates / "ca.crt")
        self._headers = {"Authorization": f"Bearer {token(layout.tokens, ADMINISTRATOR)}"}

    def call(self, method: str, path: str) -> tuple[int, bytes]:
        """Send a request without a body and return status and body; raises OSError and HTTPException."""
        return _call(self._port, self._context, method, path, self._headers)

    def items(self, path: str) -> list[dict[str, Any]]:
        """Return the items of a collection, none where the API server does not answer with them."""
        status, body = self.call("GET", path)
        return list(json.loads(body)["items"]) if status == http.HTTPStatus.OK else []

    def simulated_nodes(self) -> list[dict[str, Any]]:
        """Return the nodes that kwok manages."""
        key, value = SIMULATED.split("=")
        nodes = self.items("/api/v1/nodes")
        return [node for node in nodes if node["metadata"].get("annotations", {}).get(key) == value]

    def published(self) -> set[str]:
        """Return the versions of API groups whose schemas can be looked up, such as apps/v1."""
        status, body = self.call("GET", "/openapi/v3")
        paths = json.loads(body)["paths"] if status == http.HTTPStatus.OK else {}
        return {path.removeprefix("apis/") for path in paths}

    def release_node_leases(self) -> None:
        """Delete the simulated nodes' leases.

        A kwok takes a node over only when the lease of the kwok before it has run out (40 s), and can leave the
        node's pods alone until then.
        """
        for node in self.simulated_nodes():
            self.call("DELETE", f"{_LEASES}/{node['metadata']['name']}")


def is_healthy(component: Component, process: Process, layout: Layout, ports: Ports) -> bool:
    """Ask a component whether it does its work.

    Args:
        component: The one to ask.
        process: The process that it is.
        layout: Where its keys lie.
        ports: Where all of them listen.
    """
    try:
        match component.name:
            case "provisioner":
                return layout.provisioner_ready.read_text() == str(process.pid)
            case "kwok":
                return _nodes_are_alive(Api(layout, ports), process.since)
            case "kube-apiserver":
                return Api(layout, ports).call("GET", "/readyz")[0] == http.HTTPStatus.OK
            case "etcd":
                return _answers(ports["etcd"], _etcd_context(layout), "/health")
            case _:
                context = ssl.create_default_context(cafile=layout.certificates / "ca.crt")
                return _answers(component.ports[0], context, "/healthz")
    except (OSError, http.client.HTTPException):
        return False


def _nodes_are_alive(api: Api, since: datetime.datetime) -> bool:
    """Say whether every simulated node is Ready, and was kept alive by the kwok that started at that time."""
    nodes = api.simulated_nodes()
    renewed = {lease["metadata"]["name"]: lease["spec"].get("renewTime") for lease in api.items(_LEASES)}
    now, second = datetime.datetime.now(datetime.UTC), datetime.timedelta(seconds=1)
    # The start of a process is known to about a second.
    oldest = max(now - NODE_LEASE_SECONDS * second, since - second)
    for node in nodes:
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"].get("conditions", []))
        lease = renewed.get(node["metadata"]["name"])
        if not ready or lease is None or datetime.datetime.fromisoformat(lease) < oldest:
            return False
    return bool(nodes)


def _etcd_context(layout: Layout) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=layout.certificates / "ca.crt")
    context.load_cert_chain(layout.certificates / "etcd-client.crt", layout.certificates / "etcd-client.key")
    return context


def _answers(port: int, context: ssl.SSLContext, path: str) -> bool:
    return _call(port, context, "GET", path, {})[0] == http.HTTPStatus.OK


def _call(port: int, context: ssl.SSLContext, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPSConnection(LOOPBACK, port, timeout=_TIMEOUT, context=context)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
