"""The namespace of one environment."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import ENVIRONMENT, RESTRICTED, STACK, metadata


@dataclass(frozen=True)
class NamespaceArgs:
    """One namespace.

    Args:
        namespace: its name in the cluster.
        environment: which environment it holds; a label, for people and for policies that select by it.
        stack: the name of the stack that it belongs to; a label, by which another stack is refused.
        protect: whether Pulumi refuses to delete it: everything in it, data too, would go with it.
    """

    namespace: str
    environment: str
    stack: str
    protect: bool


class Namespace(pulumi.ComponentResource):
    """Makes a namespace that refuses every pod below the Pod Security level `restricted`.

    Type token `smarthr360:environment:Namespace`; children: `<name>-namespace`.

    Args:
        name: the component's name, and the prefix of its child's.
        args: see `NamespaceArgs`.
        opts: the usual resource options.
    """

    namespace: pulumi.Output[str]
    """The namespace's name, known once the namespace is there: what is made in it waits for it."""

    def __init__(self, name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:environment:Namespace", name, {}, opts)
        namespace = k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata=metadata(
                args.namespace,
                None,
                None,
                more_labels={ENVIRONMENT: args.environment, STACK: args.stack, **RESTRICTED},
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.namespace = namespace.metadata.name
        self.register_outputs({"namespace": self.namespace})
