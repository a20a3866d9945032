"""How kubectl and Pulumi reach a cluster on AKS: by the login of whoever asks."""

from __future__ import annotations

import base64
import json

import pulumi
import yaml
from pulumi_azure_native import containerservice

from components.cluster.provider import kubeconfig_content

SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630"
"""The id of AKS in Entra ID, in every tenant (azure.github.io/kubelogin)."""

_KEYS = ("apiVersion", "kind", "current-context", "contexts", "clusters", "users")
"""In the order that the states of existing stacks hold: another text would be a change of the provider."""


def kubeconfig(group: str, cluster: str, opts: pulumi.InvokeOutputOptions) -> pulumi.Output[str]:
    """Return a kubeconfig that asks `kubelogin`, and by it the Azure CLI, for a token each time.

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
    return answer.kubeconfigs.apply(lambda configs: _without_credentials(group, cluster, configs[0]["value"]))


def _without_credentials(group: str, name: str, answer: str) -> str:
    config = yaml.safe_load(base64.b64decode(answer))
    if any("exec" not in user["user"] for user in config["users"]):
        raise pulumi.RunError(
            f"the AKS cluster {name} lets nobody in by Entra ID; type `az aks update --name {name} "
            f"--resource-group {group} --enable-aad --enable-azure-rbac --disable-local-accounts`"
        )
    server = {key: config["clusters"][0]["cluster"][key] for key in ("server", "certificate-authority-data")}
    login = {
        "command": "kubelogin",
        "args": ["get-token", "--login", "azurecli", "--server-id", SERVER_APPLICATION],
        "interactiveMode": "Never",
        "installHint": "kubelogin is missing; type `az aks install-cli`",
    }
    content = kubeconfig_content(name, server, login)
    return json.dumps({key: content[key] for key in _KEYS})
