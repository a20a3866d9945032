"""Runs the whole program as a preview does, in a fraction of a second, and finds what a test asks for in it."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from snapshot import in_process
from snapshot.in_process import Registered, plain
from tests.support.stacks import ROOT, as_pulumi


class Program:
    """What the program made of one configuration."""

    def __init__(self, resources: list[Registered]) -> None:
        self.resources = resources

    def of(self, type_: str) -> Iterator[Registered]:
        """The resources whose type token ends like this, e.g. ":Deployment"."""
        return (resource for resource in self.resources if resource.type.endswith(type_))

    def named(self, name: str) -> Registered:
        """The one resource of this name that is no component."""
        [only] = [resource for resource in self.resources if resource.custom and resource.name == name]
        return only

    def inputs(self, name: str) -> dict[str, Any]:
        """The inputs of the one resource of this name, as its provider gets them."""
        inputs: dict[str, Any] = plain(self.named(name).inputs)
        return inputs

    def objects(self) -> Iterator[Registered]:
        """The Kubernetes objects."""
        return (resource for resource in self.resources if "kind" in resource.inputs)

    def manifests(self) -> list[dict[str, Any]]:
        """The Kubernetes objects as manifests."""
        return [plain(entry.inputs) for entry in self.objects()]

    def files(self) -> list[dict[str, Any]]:
        """The manifests that become files."""
        return [plain(entry.inputs) for entry in self.objects() if entry.rendered]

    def applied(self) -> list[dict[str, Any]]:
        """The manifests that Pulumi applies."""
        return [plain(entry.inputs) for entry in self.objects() if not entry.rendered]

    def object(self, kind: str, name: str) -> Mapping[str, Any]:
        """The one Kubernetes object of this kind and name, as a manifest."""
        found = [
            entry.inputs
            for entry in self.objects()
            if (entry.inputs["kind"], entry.inputs["metadata"]["name"]) == (kind, name)
        ]
        assert len(found) == 1, f"{len(found)} objects are {kind} {name}"
        return found[0]


def run_program(config: Mapping[str, object], folder: Path, stack: str = "dev") -> Program:
    """Run __main__.py on a configuration.

    Args:
        config: top-level keys without the namespace, as `tests.support.stacks` writes them.
        folder: where the kubeconfig of a cluster that does not exist is written.
        stack: the stack's name.

    Raises:
        pulumi.RunError: what the program says of a bad configuration.
    """
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump({"contexts": [{"name": "nowhere"}]}))
    cluster = config.get("cluster")
    existing = cluster.get("existing") if isinstance(cluster, dict) else None
    if existing and existing.get("kubeconfig") == "/nowhere/kubeconfig":
        config = {**config, "cluster": {"existing": {**existing, "kubeconfig": str(kubeconfig)}}}
    return run(lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"), config, stack)


def run(
    program: Callable[[], object], config: Mapping[str, object] = MappingProxyType({}), stack: str = "dev"
) -> Program:
    """Run any program.

    Args:
        program: what registers resources.
        config: its configuration, as in `run_program`.
        stack: the stack's name.
    """
    raw, encrypted = as_pulumi(config)
    return Program(in_process.run(program, stack, raw, encrypted))
