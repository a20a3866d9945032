"""Pulumi's provider protocol, as far as every call needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import grpc  # type: ignore[import-untyped]  # no types are published
from google.protobuf.any_pb2 import Any as Packed  # type: ignore[import-untyped]  # no types are published
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]  # no types are published
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]  # no types are published
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, status_pb2
from pulumi.runtime.proto.provider_pb2 import DiffResponse, PropertyDiff

_DETAILS = "grpc-status-details-bin"
_ABORTED = "to abort a call raises"


def read(struct: Struct) -> dict[str, Any]:
    """Properties as Python's own values, all numbers as floats; what is not known yet is `UNKNOWN`.

    Secrets arrive as they are, because the stand-in says that it can't keep them: the engine then remembers which
    properties are secret, and marks them in the answer.
    """
    return {
        name: value
        for name, value in MessageToDict(struct).items()
        if value is not None and not name.startswith("__")  # these are between SDK and engine
    }


def write(properties: Mapping[str, Any]) -> Struct:
    """The reverse of `read`."""
    struct = Struct()
    struct.update(dict(properties))
    return struct


def refuse(context: grpc.ServicerContext, sentence: str) -> NoReturn:
    """End the call: nothing has changed."""
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, sentence)
    raise AssertionError(_ABORTED)


def half_done(context: grpc.ServicerContext, id_: str, properties: Mapping[str, Any], reason: str) -> NoReturn:
    """End the call: there is something, and it does not work; the engine keeps it, and updates it the next time."""
    failed = provider_pb2.ErrorResourceInitFailed(id=id_, properties=write(properties), reasons=[reason])
    detail = Packed()
    detail.Pack(failed)
    code: int = grpc.StatusCode.UNKNOWN.value[0]
    status = status_pb2.Status(code=code, message=reason, details=[detail])
    context.set_trailing_metadata(((_DETAILS, status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, reason)
    raise AssertionError(_ABORTED)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> DiffResponse:
    """What has changed; nothing has to be replaced for it, as no SDK says for what a provider would."""
    changed = {}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            there = PropertyDiff.UPDATE if name in after else PropertyDiff.DELETE
            changed[name] = PropertyDiff(kind=there if name in before else PropertyDiff.ADD, inputDiff=True)
    return DiffResponse(
        changes=DiffResponse.DIFF_SOME if changed else DiffResponse.DIFF_NONE,
        diffs=list(changed),
        detailedDiff=changed,  # without it, the engine shows no values of what a refresh finds
        hasDetailedDiff=True,
    )


class Engine:
    """The engine that has started us.

    Args:
        address: where it listens.
    """

    def __init__(self, address: str) -> None:
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def warn(self, sentence: str) -> None:
        """Show a warning among the engine's own."""
        self._stub.Log(engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=sentence))
