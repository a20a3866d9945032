"""What a program may ask a cloud: whose it is, and after a cluster by its name."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from tools.embedded.clouds.cloud import Cloud, RefusedError, Thing
from tools.embedded.clouds.layout import Place
from tools.embedded.clouds.names import AWS_ACCOUNT, AZURE_TENANT, CLUSTERS, Account

AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"
"""The application that every AKS cluster's API server is, to Entra (learn.microsoft.com has it with kubelogin)."""

_AKS_CLIENT = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"


def look_up(token: str, args: Mapping[str, Any], cloud: Cloud, account: Account, place: Place) -> Mapping[str, Any]:
    """Answer a lookup.

    Args:
        token: what is asked.
        args: about what.
        cloud: what exists.
        account: who asks.
        place: where the API server is.

    Raises:
        RefusedError: there is no such thing, or nobody has taught the stand-in to answer that.
    """
    answers: dict[str, Callable[[], Mapping[str, Any]]] = {
        "aws:eks/getCluster:getCluster": lambda: _listed(_cluster(cloud, "aws", args["name"])),
        "aws:index/getCallerIdentity:getCallerIdentity": lambda: {
            "accountId": AWS_ACCOUNT,
            "arn": f"arn:aws:iam::{AWS_ACCOUNT}:user/stand-in",
            "id": AWS_ACCOUNT,
            "userId": "stand-in",
        },
        "azure-native:authorization:getClientConfig": lambda: {
            "clientId": AZURE_TENANT,
            "objectId": AZURE_TENANT,
            "subscriptionId": account.subscription,
            "tenantId": AZURE_TENANT,
        },
        "azure-native:containerservice:getManagedCluster": lambda: _cluster(
            cloud, "azure-native", args["resourceName"]
        ),
        "azure-native:containerservice:listManagedClusterUserCredentials": lambda: _user_credentials(
            _cluster(cloud, "azure-native", args["resourceName"]), place
        ),
        "gcp:container/getCluster:getCluster": lambda: _listed(_cluster(cloud, "gcp", args["name"])),
        "gcp:organizations/getProject:getProject": lambda: {
            "id": f"projects/{account.project}",
            "number": "123456789012",
            "projectId": args.get("projectId", account.project),
        },
    }
    if token not in answers:
        raise RefusedError(f"the stand-in has no answer to {token}; it answers {', '.join(sorted(answers))}")
    return answers[token]()


def find_cluster(cloud: Cloud, provider: str, name: str) -> Thing | None:
    """The cluster of a provider that has a name."""
    clusters = (each for each in cloud.things() if each.type == CLUSTERS[provider])
    return next((each for each in clusters if each.properties["name"] == name), None)


def _cluster(cloud: Cloud, provider: str, name: str) -> Mapping[str, Any]:
    found = find_cluster(cloud, provider, name)
    if found is None:
        raise RefusedError(f"there is no cluster {name}")
    return {**found.properties, "id": found.id}


def _listed(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the providers made from Terraform's look up: where a resource has an object, a list with it alone.

    EKS' `vpcConfig` is none, so each one stays under its own name, too.
    """
    return {**found, **_in_lists(found)}


def _in_lists(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_lists(each) for each in value]
    if not isinstance(value, dict):
        return value
    held = {key: each for key, each in value.items() if isinstance(each, dict)}
    rest = {key: _in_lists(each) for key, each in value.items() if key not in held}
    return rest | {_plural(key): [_in_lists(each)] for key, each in held.items()}


def _plural(name: str) -> str:
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _user_credentials(cluster: Mapping[str, Any], place: Place) -> Mapping[str, Any]:
    """The kubeconfig that AKS gives to everybody, where local accounts are off: it has no credential in it."""
    name = cluster["name"]
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "kubelogin",
            "args": [
                *("get-token", "--login", "devicecode", "--environment", "AzurePublicCloud"),
                *("--server-id", AKS_SERVER, "--client-id", _AKS_CLIENT, "--tenant-id", AZURE_TENANT),
            ],
        }
    }
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": name, "cluster": {"server": place.server, "certificate-authority-data": place.authority}}
        ],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    text = base64.b64encode(yaml.safe_dump(content).encode()).decode()
    return {"kubeconfigs": [{"name": "clusterUser", "value": text}]}
