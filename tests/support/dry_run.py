"""Gives manifests to a real API server without making anything, and compares what it would keep with what was sent."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from components.environment.metadata import FIELD_MANAGER
from tools.embedded.cluster.credentials import ADMINISTRATOR, token
from tools.embedded.cluster.ports import LOOPBACK, Ports
from tools.embedded.cluster.state import Layout

Manifest = Mapping[str, Any]

_THREADS = 4


class DryRun:
    """An API server that is asked what it would make of an object.

    Args:
        layout: the embedded cluster's.
        ports: where it listens.
        namespace: a namespace that is there, in whose place every object's own is put.
    """

    def __init__(self, layout: Layout, ports: Ports, namespace: str) -> None:
        self._port = ports["apiserver"]
        self._context = ssl.create_default_context(cafile=layout.certificates / "ca.crt")
        self._headers = {"Authorization": f"Bearer {token(layout.tokens, ADMINISTRATOR)}"}
        self._namespace = namespace
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(_THREADS)
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}
        self._known: set[str] = set()
        self.sent = 0

    def faults(self, manifests: Iterable[Manifest]) -> list[str]:
        """What is wrong with objects, each of which is sent once however often it is asked for."""
        new = {text: manifest for manifest in manifests if (text := self._text(manifest)) not in self._known}
        self._known |= new.keys()
        self.sent += len(new)
        return [fault for found in self._pool.map(self._faults, map(json.loads, new)) for fault in found]

    def _text(self, manifest: Manifest) -> str:
        """An object in a namespace that is there, and not as the provider is told to apply it."""
        own = {key: value for key, value in manifest["metadata"].items() if key != "namespace"}
        if "namespace" in manifest["metadata"]:
            own["namespace"] = self._namespace
        return json.dumps({**manifest, "metadata": own}, sort_keys=True)

    def _faults(self, manifest: Manifest) -> list[str]:
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        status, answer = self._apply(manifest)
        if status == http.HTTPStatus.OK:
            return [f"{kind} {name}: is there already, and somebody else's"]
        if status != http.HTTPStatus.CREATED:
            return [f"{kind} {name}: {answer.get('message')}"]
        return [f"{kind} {name}: {found}" for found in changed(coded(manifest), answer)]

    def _apply(self, manifest: Manifest) -> tuple[int, dict[str, Any]]:
        version, name = manifest["apiVersion"], manifest["metadata"]["name"]
        plural, namespaced = self._kind(version, manifest["kind"])
        place = f"namespaces/{self._namespace}/{plural}" if namespaced else plural
        query = f"dryRun=All&fieldManager={FIELD_MANAGER}&force=true&fieldValidation=Strict"
        return self._call(
            "PATCH", f"{_root(version)}/{place}/{name}?{query}", json.dumps(manifest, ensure_ascii=False).encode()
        )

    def _kind(self, version: str, kind: str) -> tuple[str, bool]:
        """How a kind is called in addresses, and whether its objects are in a namespace."""
        if version not in self._kinds:
            status, found = self._call("GET", _root(version))
            assert status == http.HTTPStatus.OK, f"{version}: {found}"
            self._kinds[version] = {
                item["kind"]: (item["name"], item["namespaced"])
                for item in found["resources"]
                if "/" not in item["name"]
            }
        return self._kinds[version][kind]

    def _call(self, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPSConnection(LOOPBACK, self._port, context=self._context)
            self._local.connection = connection
        kind = {"Content-Type": "application/apply-patch+yaml"} if body else {}
        connection.request(method, path, body, {**self._headers, **kind})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def coded(manifest: Manifest) -> Manifest:
    """A manifest as the API server keeps it: a Secret's plain texts are coded."""
    if manifest["kind"] != "Secret" or "stringData" not in manifest:
        return manifest
    data = {key: base64.b64encode(text.encode()).decode() for key, text in manifest["stringData"].items()}
    return {**{key: value for key, value in manifest.items() if key != "stringData"}, "data": data}


def changed(asked: Any, kept: Any, path: str = "") -> Iterator[str]:
    """Where what is kept is not what was asked for, word by word; what is filled in besides does not count.

    A refresh writes into the state what is kept, and the next run finds that it is not what the program asks for.
    """
    if isinstance(asked, Mapping) and isinstance(kept, Mapping):
        for key, value in asked.items():
            if key not in kept:
                yield f"{path}.{key} is dropped"
            else:
                yield from changed(value, kept[key], f"{path}.{key}")
    elif isinstance(asked, list) and isinstance(kept, list) and len(asked) == len(kept):
        for index, pair in enumerate(zip(asked, kept, strict=True)):
            yield from changed(*pair, f"{path}[{index}]")
    elif type(asked) is not type(kept) or asked != kept:
        yield f"{path} becomes {kept!r} instead of {asked!r}"
