"""The Kubernetes provider of a cluster, and the kubeconfig that it gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as k8s


def kubernetes_provider(
    name: str, kubeconfig: pulumi.Input[str], opts: pulumi.ResourceOptions, context: str | None = None
) -> k8s.Provider:
    """Make the Kubernetes provider. Child: `<name>-provider`.

    Args:
        name: prefix of its name.
        kubeconfig: a kubeconfig's content, or the path of one.
        opts: its resource options.
        context: the context in the kubeconfig; by default its current one.
    """
    return k8s.Provider(
        f"{name}-provider",
        kubeconfig=kubeconfig,
        context=context,
        # By default a changed config map or Secret is deleted and made anew: pods that start meanwhile would fail.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=opts,
    )


def kubeconfig_content(name: str, cluster: Mapping[str, Any], login: Mapping[str, Any]) -> dict[str, Any]:
    """Return a kubeconfig that holds no credential: a command gets a token of the cloud's for whoever is logged in.

    Args:
        name: the cluster's name, and that of its user and its context.
        cluster: the cluster's address, and the certificate of its authority.
        login: the command that gets a token, as kubeconfigs have it under `exec`, without its API version.
    """
    command = {"apiVersion": "client.authentication.k8s.io/v1beta1", **login}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": {"exec": command}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
