"""How kubectl and Pulumi reach a cluster on EKS: with credentials that last for minutes."""

from __future__ import annotations

import pulumi


def kubeconfig(
    cluster: str, region: str, endpoint: pulumi.Input[str], authority: pulumi.Input[str]
) -> pulumi.Output[str]:
    """A kubeconfig that asks the AWS CLI for a token each time, and so holds none.

    Args:
        cluster: the cluster's name.
        region: where it is.
        endpoint: the API server's address.
        authority: the certificate that the API server's is signed with, in base64.
    """
    command = ["--region", region, "eks", "get-token", "--cluster-name", cluster, "--output", "json"]
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",  # the one that `aws eks update-kubeconfig` writes
            "command": "aws",
            "args": command,
            "interactiveMode": "Never",
        }
    }
    return pulumi.Output.json_dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
            "users": [{"name": cluster, "user": user}],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
            "current-context": cluster,
        }
    )
