"""How kubectl and Pulumi reach a cluster on EKS: with credentials that last for minutes."""

from __future__ import annotations

import pulumi

from components.cluster.provider import kubeconfig_content


def kubeconfig(
    cluster: str, region: str, endpoint: pulumi.Input[str], authority: pulumi.Input[str]
) -> pulumi.Output[str]:
    """Return a kubeconfig that asks the AWS CLI for a token each time, and so holds none.

    Args:
        cluster: the cluster's name.
        region: its region.
        endpoint: the API server's address.
        authority: the certificate that the API server's is signed with, in base64.
    """
    login = {
        "command": "aws",
        "args": ["--region", region, "eks", "get-token", "--cluster-name", cluster, "--output", "json"],
        "interactiveMode": "Never",
    }
    server = {"server": endpoint, "certificate-authority-data": authority}
    return pulumi.Output.json_dumps(kubeconfig_content(cluster, server, login))
