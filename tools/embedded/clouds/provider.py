"""The stand-in for a cloud's provider; the engine starts `python -m tools.embedded.clouds.provider NAME ENGINE`."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from concurrent import futures
from enum import StrEnum
from typing import Any

import grpc  # type: ignore[import-untyped]  # no types are published
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # no types are published
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

from errors import UserError
from snapshot import fake_cloud
from tools.embedded.clouds import names, protocol, schema
from tools.embedded.clouds.cloud import Cloud, RefusedError, Thing
from tools.embedded.clouds.input_check import faults
from tools.embedded.clouds.layout import CloudLayout
from tools.embedded.clouds.schema import Properties, UnknownTypeError

_PROVIDER = "pulumi:providers:"
_ENGINES_OWN = ("pluginChecksums", "pluginDownloadURL", "version")
"""What the engine keeps among a provider's settings for itself."""


class Failure(StrEnum):
    """How an operation fails. A file of JSON says which do, by the resource's name; it is read anew for each one."""

    BEFORE = "before"
    """The cloud refuses, and nothing has changed."""

    HALF = "half"
    """It is done, but what it made does not get ready: the engine learns that, and what there is."""


_REASONS = {
    Failure.BEFORE: "the stand-in was set to refuse this: nothing has changed",
    Failure.HALF: "the stand-in was set to fail half-way: it is there, and does not get ready",
}


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine, which does without the calls that this does not implement.

    Args:
        name: the provider that it replaces.
        layout: where its things are.
        engine: what has started it.
    """

    def __init__(self, name: str, layout: CloudLayout, engine: protocol.Engine) -> None:
        self._name = name
        self._layout = layout
        self._engine = engine
        self._cloud = Cloud(layout.existing(name))

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:  # noqa: ARG002, N802
        """The version of the provider that it replaces."""
        return plugin_pb2.PluginInfo(version=schema.plugin_version(self._name))

    def CheckConfig(  # noqa: N802 - the protocol's name, as all below
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Check the settings of the provider itself."""
        inputs = protocol.read(request.news)
        given = {key: _from_json(value) for key, value in inputs.items() if key not in _ENGINES_OWN}
        return _checked(given, _known(f"{_PROVIDER}{self._name}", context), inputs)

    def DiffConfig(  # noqa: N802
        self,
        request: provider_pb2.DiffRequest,
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> provider_pb2.DiffResponse:
        """Compare settings of the provider."""
        return protocol.differences(protocol.read(request.olds), protocol.read(request.news))

    def Configure(  # noqa: N802
        self,
        request: provider_pb2.ConfigureRequest,  # noqa: ARG002
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> provider_pb2.ConfigureResponse:
        """Say what this is."""
        self._engine.warn(
            f"SIMULATED: this is no {self._name} provider but this repository's stand-in for it; no cloud is asked, "
            "and nothing is made in one (docs/clouds-without-a-cloud.md)"
        )
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Check the inputs of a resource. As with the real provider, one without a name gets one, and keeps it."""
        given, known = protocol.read(request.news), _known(request.type or _type(request.urn), context)
        inputs, own = dict(given), names.own_key(known)
        if own and own not in inputs and f"{own}Prefix" not in inputs:
            inputs[own] = protocol.read(request.olds).get(own) or names.unique(_name(request.urn))
        return _checked(given, known, inputs)

    def Diff(  # noqa: N802
        self,
        request: provider_pb2.DiffRequest,
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> provider_pb2.DiffResponse:
        """Compare the inputs that a resource was made from with its new ones."""
        return protocol.differences(protocol.read(request.old_inputs), protocol.read(request.news))

    def Create(  # noqa: N802
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        """Make something."""
        type_, inputs = _type(request.urn), protocol.read(request.properties)
        known = _known(type_, context)
        id_ = names.new_id(known, inputs)
        properties = self._answer(type_, known, id_, inputs)
        if request.preview:
            return provider_pb2.CreateResponse(properties=protocol.write(_until_made(properties, inputs)))
        failure = self._failure(request.urn, context)
        try:
            self._cloud.add(Thing(type_, id_, request.urn, properties))
        except RefusedError as error:
            protocol.refuse(context, str(error))
        if failure:
            protocol.half_done(context, id_, properties, _REASONS[failure])
        return provider_pb2.CreateResponse(id=id_, properties=protocol.write(properties))

    def Read(  # noqa: N802
        self,
        request: provider_pb2.ReadRequest,
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> provider_pb2.ReadResponse:
        """Return how something is now; nothing if it does not exist."""
        thing = self._cloud.find(_type(request.urn), request.id)
        if thing is None:
            return provider_pb2.ReadResponse()
        inputs = {key: _seen(value, thing.properties.get(key)) for key, value in protocol.read(request.inputs).items()}
        return provider_pb2.ReadResponse(
            id=request.id, properties=protocol.write(thing.properties), inputs=protocol.write(inputs)
        )

    def Update(  # noqa: N802
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        """Change something."""
        type_ = _type(request.urn)
        properties = self._answer(type_, _known(type_, context), request.id, protocol.read(request.news))
        if not request.preview:
            failure = self._failure(request.urn, context)
            try:
                self._cloud.change(type_, request.id, properties)
            except RefusedError as error:
                protocol.refuse(context, str(error))
            if failure:
                protocol.half_done(context, request.id, properties, _REASONS[failure])
        return provider_pb2.UpdateResponse(properties=protocol.write(properties))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> Empty:  # noqa: N802
        """Delete something."""
        try:
            self._cloud.remove(_type(request.urn), request.id)
        except RefusedError as error:
            protocol.refuse(context, str(error))
        return Empty()

    def Invoke(  # noqa: N802
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        """Look a cluster up."""
        arguments = protocol.read(request.args)
        name = str(arguments.get("resourceName") or arguments.get("name"))
        answer = fake_cloud.looked_up(request.tok, arguments, self._layout.endpoint)
        if answer is None:
            protocol.refuse(context, f"the stand-in has no answer to {request.tok}")
        if not self._cloud.has_cluster(self._name, name):
            protocol.refuse(context, f"there is no cluster {name}")
        # `return` is a word of Python's.
        return provider_pb2.InvokeResponse(**{"return": protocol.write(answer)})

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:  # noqa: ARG002, N802
        """Stop early: nothing takes long here."""
        return Empty()

    def _answer(self, type_: str, known: Properties, id_: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        own = inputs.get(names.own_key(known) or "", id_)
        return fake_cloud.made(type_, own, inputs, self._layout.endpoint)

    def _failure(self, urn: str, context: grpc.ServicerContext) -> Failure | None:
        """How this operation is to fail; one that fails before anything is done does so here."""
        failures = json.loads(self._layout.failures.read_text()) if self._layout.failures.exists() else {}
        failure = Failure(failures[_name(urn)]) if _name(urn) in failures else None
        if failure is Failure.BEFORE:
            protocol.refuse(context, _REASONS[failure])
        return failure


def _known(token: str, context: grpc.ServicerContext) -> Properties:
    try:
        return schema.inputs(token)
    except UnknownTypeError as error:
        protocol.refuse(context, str(error))


def _checked(given: Mapping[str, Any], known: Properties, inputs: Mapping[str, Any]) -> provider_pb2.CheckResponse:
    failures = [provider_pb2.CheckFailure(property=each.path, reason=each.reason) for each in faults(given, known)]
    return provider_pb2.CheckResponse(inputs=protocol.write(inputs), failures=failures)


def _type(urn: str) -> str:
    """The resource's own type, without its parents'."""
    return urn.split("::")[2].rpartition("$")[2]


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _from_json(value: Any) -> Any:
    """A setting of a provider: whatever is no text crosses the wire as JSON."""
    if not isinstance(value, str) or not (value.startswith(("{", "[")) or value in ("true", "false")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _until_made(properties: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a thing before it is made: what it is given."""
    known: dict[str, Any] = {}
    for key, value in properties.items():
        inner = given.get(key)
        if isinstance(value, Mapping) and isinstance(inner, Mapping):
            known[key] = _until_made(value, inner)
        else:
            known[key] = value if key in given else UNKNOWN
    return known


def _seen(given: Any, now: Any) -> Any:
    """The present value of a property that a program has given, without what the cloud has added."""
    if isinstance(given, dict) and isinstance(now, dict):
        return {key: _seen(value, now.get(key)) for key, value in given.items()}
    if isinstance(given, list) and isinstance(now, list) and len(given) == len(now):
        return [_seen(*pair) for pair in zip(given, now, strict=True)]
    if isinstance(given, list) and isinstance(now, dict):  # Azure's identities; see `fake_cloud`
        return [*(each for each in given if each in now), *(each for each in now if each not in given)]
    return now


def main() -> int:
    """Listen on a loopback port, say which on standard output, and serve until the engine is gone."""
    name, *arguments = sys.argv[1:]
    try:
        layout = CloudLayout.named()
    except UserError as error:
        print(f"pulumi-resource-{name}: {error}", file=sys.stderr)
        return 1
    address = next(each for each in arguments if not each.startswith("-"))
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=32))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(name, layout, protocol.Engine(address)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    # While the engine gets ready to ask: the SDK takes a second to import.
    threading.Thread(target=schema.inputs, args=(f"{_PROVIDER}{name}",), daemon=True).start()
    engine = os.getppid()
    while os.getppid() == engine:  # a killed engine sends no word
        time.sleep(0.5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
