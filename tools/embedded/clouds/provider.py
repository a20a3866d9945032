"""The stand-in for a cloud's provider; the engine starts `python -m tools.embedded.clouds.provider NAME ENGINE`."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from concurrent import futures
from typing import Any

import grpc  # type: ignore[import-untyped]  # no types are published
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # no types are published
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

from errors import UserError
from tools.embedded.clouds import names, protocol, schema
from tools.embedded.clouds.changes import differences
from tools.embedded.clouds.cloud import Cloud, RefusedError, Thing
from tools.embedded.clouds.faults import Failure, Trouble
from tools.embedded.clouds.input_check import faults
from tools.embedded.clouds.layout import Place
from tools.embedded.clouds.lookups import look_up
from tools.embedded.clouds.names import Account
from tools.embedded.clouds.outputs import Answer
from tools.embedded.clouds.schema import Resource, UnknownTypeError

_PROVIDER = "pulumi:providers:"
_ENGINES_OWN = ("pluginChecksums", "pluginDownloadURL", "version")
"""What the engine keeps among a provider's settings for itself."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine. What it does not implement, the engine is told, and does without.

    Args:
        name: which provider it stands for.
        place: where its things are.
        engine: who has started it.
    """

    def __init__(self, name: str, place: Place, engine: protocol.Engine) -> None:
        self._name = name
        self._place = place
        self._engine = engine
        self._cloud = Cloud(place.existing(name))
        self._trouble = Trouble(place.trouble)
        self._account = Account()

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:  # noqa: ARG002, N802
        """Which version it stands for."""
        return plugin_pb2.PluginInfo(version=schema.plugin_version(self._name))

    def CheckConfig(  # noqa: N802 - the protocol's name, as all below
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Check the settings of the provider itself."""
        given = {key: value for key, value in _decoded(protocol.read(request.news)).items() if key not in _ENGINES_OWN}
        return self._checked(f"{_PROVIDER}{self._name}", request, given, context)

    def DiffConfig(  # noqa: N802
        self,
        request: provider_pb2.DiffRequest,
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> provider_pb2.DiffResponse:
        """Compare settings of the provider; whatever has changed, nothing has to be replaced for it."""
        return differences("", protocol.read(request.olds), protocol.read(request.news))

    def Configure(  # noqa: N802
        self,
        request: provider_pb2.ConfigureRequest,
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> provider_pb2.ConfigureResponse:
        """Take the settings, and say what this is."""
        given = {key: value for key, value in _decoded(protocol.read(request.args)).items() if value != UNKNOWN}
        defaults = Account()
        self._account = Account(
            region=given.get("region") or given.get("location") or defaults.region,
            project=given.get("project") or defaults.project,
            subscription=given.get("subscriptionId") or defaults.subscription,
            tags=(given.get("defaultTags") or {}).get("tags") or {},
        )
        self._engine.warn(
            f"SIMULATED: this is no {self._name} provider but this repository's stand-in for it; no cloud is asked, "
            "and nothing is made in one (docs/clouds-without-a-cloud.md)"
        )
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Check what a resource is to be made from."""
        return self._checked(request.type or _type(request.urn), request, protocol.read(request.news), context)

    def Diff(  # noqa: N802
        self,
        request: provider_pb2.DiffRequest,
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> provider_pb2.DiffResponse:
        """Compare what a resource was made from with what it is to be made from."""
        return differences(_type(request.urn), protocol.read(request.old_inputs), protocol.read(request.news))

    def Create(  # noqa: N802
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        """Make something."""
        inputs = protocol.read(request.properties)
        resource = self._resource(_type(request.urn), context)
        if request.preview:
            return provider_pb2.CreateResponse(properties=protocol.write(self._answer(resource, "", inputs)))
        failure = self._failure(request.urn, context)
        id_ = names.new_id(resource, request.urn, inputs, self._account, self._cloud.generation(request.urn))
        properties = self._answer(resource, id_, inputs)
        thing = Thing(resource.token, id_, request.urn, names.taken(resource, inputs), properties)
        try:
            self._cloud.add(thing)
        except RefusedError as error:
            protocol.refuse(context, str(error))
        self._fail(failure, thing, context)
        return provider_pb2.CreateResponse(id=id_, properties=protocol.write(properties))

    def Read(  # noqa: N802
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        """Say how something is now; of what is not there, nothing."""
        found = self._cloud.find(_type(request.urn), request.id)
        if found is None:
            return provider_pb2.ReadResponse()
        inputs = protocol.read(request.inputs)
        if request.properties.fields:  # a refresh; otherwise the engine knows nothing but the id
            # What Azure calls by another name in its answers, such as the thing's own, can't have changed.
            told = self._resource(found.type, context).outputs
            seen = {
                key: _seen(value, found.properties.get(key)) if key in told else value for key, value in inputs.items()
            }
        else:
            takes = self._resource(found.type, context).inputs.types
            seen = {key: value for key, value in found.properties.items() if key in takes}
        return provider_pb2.ReadResponse(
            id=request.id, properties=protocol.write(found.properties), inputs=protocol.write(seen)
        )

    def Update(  # noqa: N802
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        """Change something."""
        resource = self._resource(_type(request.urn), context)
        properties = self._answer(resource, request.id, protocol.read(request.news))
        if not request.preview:
            failure = self._failure(request.urn, context)
            try:
                self._cloud.change(resource.token, request.id, properties)
            except RefusedError as error:
                protocol.refuse(context, str(error))
            self._fail(failure, Thing(resource.token, request.id, request.urn, None, properties), context)
        return provider_pb2.UpdateResponse(properties=protocol.write(properties))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> Empty:  # noqa: N802
        """Delete something."""
        failure = self._failure(request.urn, context)
        thing = Thing(_type(request.urn), request.id, request.urn, None, protocol.read(request.properties))
        try:
            self._cloud.remove(thing.type, thing.id)
        except RefusedError as error:
            protocol.refuse(context, str(error))
        self._fail(failure, thing, context)
        return Empty()

    def Invoke(  # noqa: N802
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        """Look something up."""
        try:
            found = look_up(request.tok, protocol.read(request.args), self._cloud, self._account, self._place)
        except RefusedError as error:
            protocol.refuse(context, str(error))
        # `return` is a word of Python's.
        return provider_pb2.InvokeResponse(**{"return": protocol.write(found)})

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:  # noqa: ARG002, N802
        """Stop early: nothing takes long here."""
        return Empty()

    def _checked(
        self,
        token: str,
        request: provider_pb2.CheckRequest,
        given: dict[str, Any],
        context: grpc.ServicerContext,
    ) -> provider_pb2.CheckResponse:
        resource = self._resource(token, context)
        found = list(faults(given, resource.inputs, resource.token))
        inputs = protocol.read(request.news)
        if not token.startswith(_PROVIDER):
            # As the provider does: what has no name gets one that nothing else has, and keeps it.
            own = names.own_key(resource)
            if own and own not in inputs and f"{own}Prefix" not in inputs:
                unique = names.digest(request.urn, self._cloud.generation(request.urn), length=7)
                made_up = f"{request.urn.rpartition('::')[2]}-{unique}"
                inputs[own] = protocol.read(request.olds).get(own, made_up)
        return provider_pb2.CheckResponse(
            inputs=protocol.write(inputs),
            failures=[provider_pb2.CheckFailure(property=each.path, reason=each.reason) for each in found],
        )

    def _resource(self, token: str, context: grpc.ServicerContext) -> Resource:
        try:
            return schema.resource(token)
        except UnknownTypeError as error:
            protocol.refuse(context, str(error))

    def _answer(self, resource: Resource, id_: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return Answer(resource, id_, inputs, self._account, self._place).properties()

    def _failure(self, urn: str, context: grpc.ServicerContext) -> Failure | None:
        """How this operation is to fail, having taken its time; one that fails before does so here."""
        try:
            self._trouble.dawdle(urn)
            failure = self._trouble.failure(urn)
        except UserError as error:
            protocol.refuse(context, str(error))
        if failure is Failure.BEFORE:
            protocol.refuse(context, _SAID[failure])
        return failure

    def _fail(self, failure: Failure | None, thing: Thing, context: grpc.ServicerContext) -> None:
        """Fail after what was to be done is done, if so it is to be."""
        if failure is Failure.HALF:
            protocol.half_done(context, thing.id, thing.properties, _SAID[failure])
        if failure is Failure.LOST:
            protocol.lose(context, _SAID[failure])


_SAID = {
    Failure.BEFORE: "the stand-in was told to refuse this: nothing has changed",
    Failure.HALF: "the stand-in was told to fail half-way: it is there, and does not get ready",
    Failure.LOST: "the stand-in was told to lose the answer: it is done, and the engine does not know",
}


def _type(urn: str) -> str:
    """The resource's own type, without its parents'."""
    return urn.split("::")[2].rpartition("$")[2]


def _decoded(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a provider: whatever is no text crosses the wire as JSON."""
    return {key: _from_json(value) if isinstance(value, str) else value for key, value in given.items()}


def _from_json(text: str) -> Any:
    if not text.startswith(("{", "[")) and text not in ("true", "false"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _seen(said: Any, now: Any) -> Any:
    """What a program said of a property as it is now, without what the cloud has added."""
    if isinstance(said, dict) and isinstance(now, dict):
        return {key: _seen(value, now.get(key)) for key, value in said.items()}
    if isinstance(said, list) and isinstance(now, list) and len(said) == len(now):
        return [_seen(*pair) for pair in zip(said, now, strict=True)]
    if isinstance(said, list) and isinstance(now, dict):  # Azure's identities; see `Answer`
        return [*(each for each in said if each in now), *(each for each in now if each not in said)]
    return now


def main() -> int:
    """Listen on a loopback port, say which on standard output, and serve until the engine is gone."""
    name, *arguments = sys.argv[1:]
    try:
        place = Place.named()
    except UserError as error:
        print(f"pulumi-resource-{name}: {error}", file=sys.stderr)
        return 1
    address = next(each for each in arguments if not each.startswith("-"))
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=32))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(name, place, protocol.Engine(address)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    # While the engine gets ready to ask: the SDK takes a second to import.
    threading.Thread(target=schema.resource, args=(f"{_PROVIDER}{name}",), daemon=True).start()
    engine = os.getppid()
    while os.getppid() == engine:  # an engine that is killed tells nobody
        time.sleep(0.5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
