"""How Kubernetes' clients reach a cluster on GKE."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

PLUGIN = "gke-gcloud-auth-plugin"


@dataclass(frozen=True)
class Endpoint:
    """Where a control plane is.

    Attributes:
        address: its DNS name or IP address.
        certificate: of its own authority, in Base64; "" where Google's public one vouches for its DNS name.
    """

    address: str
    certificate: str = ""


def kubeconfig(cluster: str, endpoint: pulumi.Output[Endpoint]) -> pulumi.Output[str]:
    """Write a kubeconfig without a credential: Google's plugin gets a token of an hour for whoever is logged in.

    Args:
        cluster: what the cluster is called.
        endpoint: where it is.
    """

    def content(endpoint: Endpoint) -> dict[str, object]:
        server = {"server": f"https://{endpoint.address}"}
        if endpoint.certificate:
            server["certificate-authority-data"] = endpoint.certificate
        command = {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": PLUGIN,
            "provideClusterInfo": True,
            "installHint": f"gcloud components install {PLUGIN}",
        }
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": server}],
            "users": [{"name": cluster, "user": {"exec": command}}],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
            "current-context": cluster,
        }

    return pulumi.Output.json_dumps(endpoint.apply(content))


def kubernetes(name: str, config: pulumi.Output[str], opts: pulumi.ResourceOptions) -> k8s.Provider:
    """Make the provider of every object in the cluster.

    Child: `<name>-provider`.

    Args:
        name: the prefix of the child's name.
        config: see `kubeconfig`.
        opts: options of the provider.
    """
    return k8s.Provider(
        f"{name}-provider",
        kubeconfig=config,
        # By default a changed config map or Secret is deleted and made anew: pods that start meanwhile would fail.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=opts,
    )
