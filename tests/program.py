"""Runs the whole program against the SDK's mocks: no engine, no cluster, a fraction of a second.

Each run has an event loop and an SDK state of its own; mocks that are set once for a whole module leak from test to
test, and fail on Python 3.14.
"""

from __future__ import annotations

import asyncio
import runpy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import pulumi
import yaml
from pulumi.runtime import mocks, settings
from pulumi.runtime.config import set_all_config

from tests.stacks import ROOT, as_pulumi

SPECIAL = "4dabf18193072939515e22adb298388d"
"""Marks a value in Pulumi's property maps as more than plain, a secret for one."""


@dataclass(frozen=True)
class Registered:
    """One resource that the program asked for.

    Attributes:
        type: the type token.
        name: Pulumi's name.
        urn: its URN, from which its parents can be read.
        inputs: its inputs, secrets unwrapped.
        rendered: whether it becomes a file rather than an object in the cluster.
        protected: whether Pulumi refuses to delete it.
    """

    type: str
    name: str
    urn: str
    inputs: Mapping[str, Any]
    rendered: bool
    protected: bool


class _Monitor(mocks.MockMonitor):
    """The SDK's own, remembering what it was asked."""

    def __init__(self) -> None:
        super().__init__(_Echo())
        self.registered: list[Registered] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != "pulumi:pulumi:Stack":
            inputs = self.resources[answer.urn].state
            rendered = "::rendered-provider::" in request.provider
            found = Registered(request.type, request.name, answer.urn, inputs, rendered, request.protect)
            self.registered.append(found)
        return answer


class _Echo(pulumi.runtime.Mocks):
    """Every resource is made at once, with its inputs as its outputs."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> NoReturn:
        raise AssertionError(f"the program calls {args.token}, which a preview without a cluster can't answer")


class Program:
    """What the program made of one configuration."""

    def __init__(self, resources: list[Registered]) -> None:
        self.resources = resources

    def of(self, type_: str) -> Iterator[Registered]:
        """The resources whose type token ends like this, e.g. ":Deployment"."""
        return (resource for resource in self.resources if resource.type.endswith(type_))

    def objects(self) -> Iterator[Registered]:
        """The Kubernetes objects."""
        return (resource for resource in self.resources if "kind" in resource.inputs)

    def manifests(self) -> list[dict[str, Any]]:
        """The Kubernetes objects as manifests."""
        return [_plain(entry.inputs) for entry in self.objects()]

    def files(self) -> list[dict[str, Any]]:
        """The manifests that become files."""
        return [_plain(entry.inputs) for entry in self.objects() if entry.rendered]

    def applied(self) -> list[dict[str, Any]]:
        """The manifests that Pulumi applies."""
        return [_plain(entry.inputs) for entry in self.objects() if not entry.rendered]

    def object(self, kind: str, name: str) -> Mapping[str, Any]:
        """The one Kubernetes object of this kind and name, as a manifest."""
        found = [
            entry.inputs
            for entry in self.objects()
            if (entry.inputs["kind"], entry.inputs["metadata"]["name"]) == (kind, name)
        ]
        assert len(found) == 1, f"{len(found)} objects are {kind} {name}"
        return found[0]


def _plain(value: Any) -> Any:
    """Inputs as a manifest has them: the mocks' monitor turns every number into a float, and wraps secrets."""
    if isinstance(value, Mapping):
        return _plain(value["value"]) if SPECIAL in value else {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def run_program(config: Mapping[str, object], folder: Path, stack: str = "dev") -> Program:
    """Run __main__.py on a configuration.

    Args:
        config: top-level keys without the namespace, as `tests.stacks` writes them.
        folder: where the kubeconfig of a cluster that does not exist is written.
        stack: the stack's name.

    Raises:
        pulumi.RunError: what the program says of a bad configuration.
    """
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump({"contexts": [{"name": "nowhere"}]}))
    cluster = config.get("cluster")
    if isinstance(cluster, dict) and cluster.get("kubeconfig") == "/nowhere/kubeconfig":
        config = {**config, "cluster": {**cluster, "kubeconfig": str(kubeconfig)}}
    return run(lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"), config, stack)


def run(
    program: Callable[[], object], config: Mapping[str, object] = MappingProxyType({}), stack: str = "dev"
) -> Program:
    """Run any program against the mocks.

    Args:
        program: what registers resources.
        config: its configuration, as in `run_program`.
        stack: the stack's name.
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
        settings.configure(
            mock_settings(project="smarthr360", stack=stack, dry_run=False, monitor=monitor, engine=engine)
        )
        raw, secret_keys = as_pulumi(config)
        set_all_config(raw, list(secret_keys))
        loop.run_until_complete(pulumi.runtime.run_in_stack(main))
    finally:
        loop.close()
        asyncio.set_event_loop(None)
    return Program(monitor.registered)
