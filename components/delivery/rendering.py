"""Rendering: an environment's objects as files that Argo CD applies from Git, not as objects in a cluster."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
from pydantic.alias_generators import to_camel

SYNC_WAVE = "argocd.argoproj.io/sync-wave"
SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
FOR_PROVIDER = "pulumi.com/"
"""Annotations that start like this say how Pulumi's provider applies an object, which it does not do if rendered."""


class Wave(IntEnum):
    """In which order Argo CD applies: a wave begins when all objects of the one before are healthy.

    A claim belongs to the wave of the pods that mount it: with a storage class that waits for the first consumer it
    is not bound, and so not healthy, before they are there. 2 is kept for migrations, between the stores and what
    needs them migrated.
    """

    CONFIG = 0
    STORES = 1
    WORKLOADS = 3


@dataclass(frozen=True, order=True)
class Kind:
    """A kind of object.

    Args:
        group: its API group; "" for the core one.
        kind: its name, such as Deployment.
        namespaced: whether its objects are in a namespace.
    """

    group: str
    kind: str
    namespaced: bool


@dataclass(frozen=True)
class RenderingArgs:
    """Where the files go.

    Args:
        directory: the folder, relative to the project's, so that it is the same on every machine.
    """

    directory: str


class Rendering(pulumi.ComponentResource):
    """Makes a second Kubernetes provider, which writes manifests where the first one talks to a cluster.

    What is made with `options()` becomes a file. On its way each object loses what only Pulumi's provider reads, and
    gets its sync wave; what Pulumi protects, Argo CD deletes only after somebody's confirmation. A Secret, or any value
    that Pulumi knows to be secret, stops the program: the provider would write it in plain text.

    Plain `transformations` rather than the engine's `transforms`: they see secrets as such, a fault in them is a
    sentence instead of a stack trace, and they run without an engine too (docs/decisions/0009-rendering.md).

    Type token `smarthr360:delivery:Rendering`; children: `<name>-provider`.

    Args:
        name: the component's name, and the prefix of its child's.
        args: see `RenderingArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: RenderingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:delivery:Rendering", name, {}, opts)
        self._directory = args.directory
        self._provider = k8s.Provider(
            f"{name}-provider",
            render_yaml_to_directory=args.directory,
            # Otherwise it is taken from KUBECONFIG, which is refused beside a folder.
            kubeconfig="",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.kinds: set[Kind] = set()
        """The kinds that were rendered so far."""
        self.autoscaled: list[dict[str, Any]] = []
        """What autoscalers scale: api_version, kind and name of each."""
        self.register_outputs({})

    def options(self, parent: pulumi.Resource, wave: Wave) -> pulumi.ResourceOptions:
        """Options for a component whose objects are rendered.

        Args:
            parent: the component's parent.
            wave: when Argo CD applies them.

        Raises:
            pulumi.RunError: while the program runs, for a Secret or a secret value among them.
        """

        def render(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
            return self._render(args, wave) if args.type_.startswith("kubernetes:") else None

        return pulumi.ResourceOptions(parent=parent, provider=self._provider, transformations=[render])

    def _render(self, args: pulumi.ResourceTransformationArgs, wave: Wave) -> pulumi.ResourceTransformationResult:
        props: dict[str, Any] = dict(args.props)
        group = props["api_version"].rpartition("/")[0]
        kind, given = props["kind"], props["metadata"]
        if (group, kind) == ("", "Secret"):
            raise pulumi.RunError(
                f"{args.name}: a Secret would be written in plain text into {self._directory}; "
                "make it with the cluster's own provider, and name it in what is rendered"
            )
        self.kinds.add(Kind(group, kind, namespaced=given.namespace is not None))
        if kind == "HorizontalPodAutoscaler":
            self.autoscaled.append(vars(props["spec"].scale_target_ref))
        annotations = {key: value for key, value in given.annotations.items() if not key.startswith(FOR_PROVIDER)}
        annotations[SYNC_WAVE] = str(wave.value)
        if args.opts.protect:
            annotations[SYNC_OPTIONS] = "Prune=confirm,Delete=confirm"
        props["metadata"] = k8s.meta.v1.ObjectMetaArgs(
            name=given.name, namespace=given.namespace, labels=given.labels, annotations=annotations
        )
        checked = {key: _Plain(value, args.name, to_camel(key), self._directory) for key, value in props.items()}
        return pulumi.ResourceTransformationResult(checked, args.opts)


@dataclass(frozen=True)
class _Plain:
    """A value that the SDK waits for, and gets once it is sure that no part of it is secret.

    A plain coroutine would do, but for the warning that Python prints of each one that a stopped program leaves.
    """

    value: Any
    resource: str
    key: str
    directory: str

    def __await__(self) -> Generator[Any, None, Any]:
        return self._checked().__await__()

    async def _checked(self) -> Any:
        for path, output in _outputs(self.value, self.key):
            if await output.is_secret():
                raise pulumi.RunError(
                    f"{self.resource}: {path} is a secret, and would be written in plain text into {self.directory}; "
                    "put it into a Secret, and name that in what is rendered"
                )
        return self.value


def _outputs(value: Any, path: str) -> Iterator[tuple[str, pulumi.Output[Any]]]:
    """Every output in a value, flattened, and where it is."""
    if isinstance(value, pulumi.Output):
        yield path, pulumi.Output.from_input(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _outputs(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _outputs(inner, f"{path}[{index}]")
    elif hasattr(value, "__dict__"):  # the SDK's typed arguments
        for key, inner in vars(value).items():
            yield from _outputs(inner, f"{path}.{to_camel(key)}")
