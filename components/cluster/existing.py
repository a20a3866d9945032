"""A cluster that is there already, reached through a kubeconfig."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s
import yaml

from components.cluster.connection import ClusterConnection


@dataclass(frozen=True)
class ExistingClusterArgs:
    """What it takes to reach the cluster.

    Args:
        kubeconfig: path of the kubeconfig file; `~` is expanded. Never taken from KUBECONFIG or ~/.kube.
        context: name of the context in it; never its current one, which somebody may switch.
    """

    kubeconfig: str
    context: str


class ExistingCluster(pulumi.ComponentResource):
    """Makes the Kubernetes provider for a cluster that is there already.

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
        provider = k8s.Provider(
            f"{name}-provider",
            kubeconfig=str(path),
            context=args.context,
            # By default a changed config map or Secret is deleted and made anew: pods that start meanwhile would fail.
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.connection = ClusterConnection(provider, str(path))
        self.register_outputs({})


def check_context(path: Path, context: str) -> None:
    """Refuse a kubeconfig that can't work here, in words, before the provider does so in its own.

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
