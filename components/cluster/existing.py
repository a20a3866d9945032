"""A cluster that exists, reached through a kubeconfig."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi
import yaml

from components.cluster.connection import ClusterConnection
from components.cluster.provider import kubernetes_provider


@dataclass(frozen=True)
class ExistingClusterArgs:
    """What it takes to reach the cluster.

    Args:
        kubeconfig: path of the kubeconfig file; `~` is expanded. Never taken from KUBECONFIG or ~/.kube.
        context: name of the context in it; never its current one, which somebody can switch.
    """

    kubeconfig: str
    context: str


class ExistingCluster(pulumi.ComponentResource):
    """Makes the Kubernetes provider of a cluster that exists.

    Type token `smarthr360:cluster:ExistingCluster`; children: `<name>-provider`. The state holds the path of the
    kubeconfig, not its content, so that no credential of it is ever stored.

    Args:
        name: the component's name, and the prefix of its child's.
        args: see `ExistingClusterArgs`.
        opts: the usual resource options.

    Raises:
        pulumi.RunError: the file does not exist, is not a kubeconfig, or has no such context.
    """

    connection: ClusterConnection

    def __init__(self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        path = Path(args.kubeconfig).expanduser()
        check_context(path, args.context)  # before anything is registered, so that a bad one leaves nothing behind
        super().__init__("smarthr360:cluster:ExistingCluster", name, {}, opts)
        provider = kubernetes_provider(name, str(path), pulumi.ResourceOptions(parent=self), args.context)
        self.connection = ClusterConnection(provider, str(path))
        self.register_outputs({"kubeconfig": str(path)})


def check_context(path: Path, context: str) -> None:
    """Refuse a kubeconfig that can't work, with what to do about it, which the provider's own error does not say.

    Raises:
        pulumi.RunError: the file does not exist, is not a kubeconfig, or has no such context.
    """
    try:
        content = yaml.safe_load(path.read_text())
        known = [entry["name"] for entry in content["contexts"]]
    except OSError as error:
        raise pulumi.RunError(
            f"the kubeconfig {path} can't be read ({error.strerror}); for the embedded cluster run `make cluster-up`, "
            "for another one set smarthr360:cluster.existing.kubeconfig to a file that exists"
        ) from error
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise pulumi.RunError(
            f"{path} is not a kubeconfig (no list of contexts); set smarthr360:cluster.existing.kubeconfig to one"
        ) from error
    if context not in known:
        raise pulumi.RunError(
            f"{path} has no context '{context}'; set smarthr360:cluster.existing.context to one of: {', '.join(known)}"
        )
