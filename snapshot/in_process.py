"""Runs a program in this process against the SDK's own test monitor: no engine, no plugin, no cluster.

Each run has an event loop and an SDK state of its own: mocks that are set once per process leak from run to run, and
fail on Python 3.14.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import pulumi
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]  # no types are published
from pulumi.runtime import mocks, settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import alias_pb2, resource_pb2

from snapshot import fake_cloud
from stack_file import PROJECT

_STACK = "pulumi:pulumi:Stack"
SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
"""The key and the value that mark a map of Pulumi's protocol as a secret."""


@dataclass(frozen=True)
class Registered:
    """One resource that the program has registered.

    Attributes:
        type: its type token.
        name: its Pulumi name.
        urn: its URN as the engine would build it, with the types of all its parents.
        aliases: the other URNs under which the engine would look for it.
        inputs: as the SDK sends them: numbers are floats, and each secret is marked; see `plain`.
        custom: whether it is a provider's resource; False for a component.
        rendered: whether it becomes a file rather than an object in the cluster.
        protected: whether Pulumi refuses to delete it.
    """

    type: str
    name: str
    urn: str
    aliases: tuple[str, ...]
    inputs: Mapping[str, Any]
    custom: bool
    rendered: bool
    protected: bool


class _Monitor(mocks.MockMonitor):
    """The SDK's test monitor, which also records what is registered. A resource's inputs become its outputs."""

    def __init__(self) -> None:
        super().__init__(_Unanswered())
        self.registered: list[Registered] = []
        self._rendering: set[str] = set()
        self._known_as: dict[str, set[str]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        urn = self.make_urn(request.parent, request.type, request.name)
        inputs = MessageToDict(request.object)
        if request.type != _STACK:
            self._known_as[urn] = self._aliases(request) - {urn}
            if inputs.get("renderYamlToDirectory"):
                self._rendering.add(urn)
            resource = Registered(
                request.type,
                request.name,
                urn,
                tuple(sorted(self._known_as[urn])),
                inputs,
                request.custom,
                request.provider.rpartition("::")[0] in self._rendering,
                request.protect,
            )
            self.registered.append(resource)
        answer = resource_pb2.RegisterResourceResponse(urn=urn, id=f"{request.name}-id", object=request.object)
        if request.custom and not request.type.startswith(("kubernetes:", "pulumi:")):
            answer.object.update(fake_cloud.made(request.type, request.name, inputs))
        return answer

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Return the URN that the engine would build; the SDK's mock includes one parent only."""
        above = parent.split("::")[2] if parent else _STACK
        types = type_ if above == _STACK else f"{above}${type_}"
        return f"urn:pulumi:{settings.get_stack()}::{settings.get_project()}::{types}::{name}"

    def _aliases(self, request: Any) -> set[str]:
        """Return the URNs under which the engine would look for a resource; its parents' aliases count, too."""
        urns = {alias.urn for alias in request.aliases if alias.urn}
        parents = (request.parent, *self._known_as.get(request.parent, ()))
        for spec in (alias_pb2.Alias.Spec(), *(alias.spec for alias in request.aliases if alias.HasField("spec"))):
            type_, name = spec.type or request.type, spec.name or request.name
            if spec.noParent or spec.parentUrn:
                urns.add(self.make_urn(spec.parentUrn, type_, name))
            else:
                urns |= {self.make_urn(parent, type_, _renamed(name, request.parent, parent)) for parent in parents}
        return urns


def _renamed(name: str, parent: str, alias: str) -> str:
    """The name that a child, which by convention starts with its parent's, has below an alias of the parent."""
    old, new = parent.rpartition("::")[2], alias.rpartition("::")[2]
    return new + name.removeprefix(old) if old and name.startswith(old) else name


class _Unanswered(pulumi.runtime.Mocks):
    """Answers calls of providers' functions with made-up values, and refuses those that have none."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> NoReturn:
        raise pulumi.RunError(f"the program reads {args.typ} {args.name}, which a preview without a cluster can't do")

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        answer = fake_cloud.looked_up(args.token, args.args)
        if answer is None:
            raise pulumi.RunError(f"the program calls {args.token}, which a preview without a cluster can't answer")
        return answer, []


def run(
    program: Callable[[], object], stack: str, config: Mapping[str, str], encrypted: Collection[str]
) -> list[Registered]:
    """Run a program.

    Args:
        program: what registers resources.
        stack: the stack's name.
        config: the configuration as the engine passes it: strings by full key.
        encrypted: the keys whose values are encrypted, in whole or in part.

    Returns:
        The resources that it registers, in arbitrary order.

    Raises:
        Exception: whatever the program raises; `pulumi.RunError` for a bad configuration.
    """

    def main() -> None:
        program()

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        settings.reset_options()
        monitor = _Monitor()
        engine = mocks.MockEngine(None)
        mock_settings: Any = mocks.MockSettings
        settings.configure(mock_settings(project=PROJECT, stack=stack, dry_run=False, monitor=monitor, engine=engine))
        set_all_config(dict(config), list(encrypted))
        loop.run_until_complete(pulumi.runtime.run_in_stack(main))
    finally:
        loop.close()
        asyncio.set_event_loop(None)
    return monitor.registered


def plain(value: Any, hide: Callable[[Any], Any] = lambda secret: secret) -> Any:
    """Inputs as a manifest has them: whole numbers as integers, secrets without their marks.

    Args:
        value: inputs, or a part of them.
        hide: returns what replaces a secret's plain value; by default, the value itself.
    """
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return hide(plain(value["value"]))
        return {key: plain(inner, hide) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner, hide) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
