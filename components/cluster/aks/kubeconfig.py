"""How one reaches a cluster on AKS: by the login of who asks, never by one that lasts."""

from __future__ import annotations

import base64
import json
from typing import Any

import pulumi
import yaml
from pulumi_azure_native import containerservice

SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630"
"""What AKS is called in Entra ID, in every tenant (azure.github.io/kubelogin)."""


def kubeconfig(group: str, cluster: str, opts: pulumi.InvokeOutputOptions) -> pulumi.Output[str]:
    """A kubeconfig that asks `kubelogin`, and by it the Azure CLI, for a token each time.

    The cluster's own certificate is in no property of the cluster, so this asks Azure for what `az aks get-credentials`
    writes. Only the address and the certificate of that answer are used.

    Args:
        group: the cluster's resource group.
        cluster: its name.
        opts: of the question.

    Raises:
        pulumi.RunError: the cluster lets nobody in by Entra ID.
    """
    answer = containerservice.list_managed_cluster_user_credentials_output(
        resource_group_name=group, resource_name=cluster, format="exec", opts=opts
    )
    return answer.kubeconfigs.apply(lambda found: _written(group, cluster, found[0]["value"]))


def _written(group: str, name: str, answer: str) -> str:
    found = yaml.safe_load(base64.b64decode(answer))
    if any("exec" not in user["user"] for user in found["users"]):
        raise pulumi.RunError(
            f"the AKS cluster {name} lets nobody in by Entra ID; type `az aks update --name {name} "
            f"--resource-group {group} --enable-aad --enable-azure-rbac --disable-local-accounts`"
        )
    reached = found["clusters"][0]["cluster"]
    content: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [
            {"name": name, "cluster": {key: reached[key] for key in ("server", "certificate-authority-data")}}
        ],
        "users": [{"name": name, "user": {"exec": _login()}}],
    }
    return json.dumps(content)


def _login() -> dict[str, Any]:
    return {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "kubelogin",
        "args": ["get-token", "--login", "azurecli", "--server-id", SERVER_APPLICATION],
        "interactiveMode": "Never",
        "installHint": "kubelogin is missing; type `az aks install-cli`",
    }
