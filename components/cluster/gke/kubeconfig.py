"""How kubectl and Pulumi reach a cluster on GKE: with a token of an hour for whoever is logged in."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.cluster.provider import kubeconfig_content

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
    """Return a kubeconfig that asks Google's plugin for a token each time, and so holds none.

    Args:
        cluster: the cluster's name.
        endpoint: where its control plane is.
    """
    login = {"command": PLUGIN, "provideClusterInfo": True, "installHint": f"gcloud components install {PLUGIN}"}

    def content(endpoint: Endpoint) -> dict[str, object]:
        server = {"server": f"https://{endpoint.address}"}
        if endpoint.certificate:
            server["certificate-authority-data"] = endpoint.certificate
        return kubeconfig_content(cluster, server, login)

    return pulumi.Output.json_dumps(endpoint.apply(content))
