"""What things are called: the names that a provider makes up, and the ids that a cloud gives."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.embedded.clouds.schema import Resource

CLUSTERS = {
    "aws": "aws:eks/cluster:Cluster",
    "gcp": "gcp:container/cluster:Cluster",
    "azure-native": "azure-native:containerservice:ManagedCluster",
}
"""The type of each provider's Kubernetes clusters."""

AWS_ACCOUNT = "123456789012"
AZURE_SUBSCRIPTION = AZURE_TENANT = "00000000-0000-0000-0000-000000000000"

_AWS_PREFIXES = {
    "AccessPoint": "fsap",
    "Eip": "eipalloc",
    "FileSystem": "fs",
    "FlowLog": "fl",
    "InternetGateway": "igw",
    "LaunchTemplate": "lt",
    "MountTarget": "fsmt",
    "NatGateway": "nat",
    "NetworkAcl": "acl",
    "Route": "r",
    "RouteTable": "rtb",
    "RouteTableAssociation": "rtbassoc",
    "SecurityGroup": "sg",
    "SecurityGroupEgressRule": "sgr",
    "SecurityGroupIngressRule": "sgr",
    "SecurityGroupRule": "sgrule",
    "Subnet": "subnet",
    "Vpc": "vpc",
    "VpcEndpoint": "vpce",
}
_AZURE_NAMESPACES = {
    "authorization": "Microsoft.Authorization",
    "compute": "Microsoft.Compute",
    "containerregistry": "Microsoft.ContainerRegistry",
    "containerservice": "Microsoft.ContainerService",
    "keyvault": "Microsoft.KeyVault",
    "managedidentity": "Microsoft.ManagedIdentity",
    "monitor": "Microsoft.Insights",
    "network": "Microsoft.Network",
    "operationalinsights": "Microsoft.OperationalInsights",
    "resources": "Microsoft.Resources",
    "storage": "Microsoft.Storage",
}
# What the parent of a thing is, where the name of the property that names it says `resource` only.
_AZURE_PARENTS = {"containerservice": "managedClusters", "managedidentity": "userAssignedIdentities"}
_AZURE_OWN = {
    "FileServiceProperties": "fileServicesName",
    "MaintenanceConfiguration": "configName",
    "ManagementLockAtResourceGroupLevel": "lockName",
    "ManagementLockByScope": "lockName",
}
_AZURE_KINDS = {"ManagementLockAtResourceGroupLevel": "locks", "ManagementLockByScope": "locks"}
_SCOPES = ("location", "region", "project", "zone", "cluster", "keyRing", "resourceUri", "scope")


@dataclass(frozen=True)
class Account:
    """Whose cloud it is, as far as the provider is told.

    Attributes:
        region: where things are that do not say so themselves.
        project: Google's project.
        subscription: Azure's.
        tags: what AWS gives to everything.
    """

    region: str = "nowhere-1"
    project: str = "stand-in"
    subscription: str = AZURE_SUBSCRIPTION
    tags: Mapping[str, str] = field(default_factory=dict)


def digest(*parts: object, length: int = 17) -> str:
    """A number that looks made up, in hexadecimal, and always is the same for the same parts."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:length]


def made_up_uuid(*parts: object) -> str:
    """A UUID that always is the same for the same parts."""
    return str(uuid.UUID(digest(*parts, length=32)))


def own_key(resource: Resource) -> str | None:
    """The input that names a thing itself, not its parent; None where the cloud gives it nothing but an id."""
    name = resource.name
    if name in _AZURE_OWN:
        return _AZURE_OWN[name]
    wanted = [f"{name}Name", f"{name}ResourceName", "resourceName", "accountName", "name", "accountId"]
    by_lower = {key.lower(): key for key in resource.inputs.types}
    return next((by_lower[key.lower()] for key in wanted if key.lower() in by_lower), None)


def taken(resource: Resource, inputs: Mapping[str, Any]) -> str | None:
    """What no second thing of its type can have: its name and what that is in; None where it has no name."""
    own = own_key(resource)
    if own is None or not isinstance(inputs.get(own), str):
        return None
    scopes = sorted(
        key
        for key, value in inputs.items()
        if key != own and isinstance(value, str) and (key.endswith(("Name", "Id")) or key in _SCOPES)
    )
    return ", ".join(f"{key} {inputs[key]}" for key in (own, *scopes))


def new_id(resource: Resource, urn: str, inputs: Mapping[str, Any], account: Account, generation: int) -> str:
    """The id of a new thing, as its cloud would write it.

    Args:
        resource: what it is.
        urn: what the engine calls it.
        inputs: what it is made from.
        account: whose it is.
        generation: how many there have been of this URN.
    """
    provider = resource.token.split(":")[0]
    own = inputs.get(own_key(resource) or "")
    unique = digest(urn, generation)
    if provider == "azure-native":
        return _azure_id(resource, inputs, account, unique)
    if provider == "gcp":
        return _google_id(resource, inputs, account, own or unique)
    if resource.name in _AWS_PREFIXES:
        return f"{_AWS_PREFIXES[resource.name]}-0{unique[1:]}"
    if resource.token.startswith("aws:kms/key:"):
        return made_up_uuid(unique)
    if own is None:
        return f"{inputs.get('namePrefix', f'{kebab(resource.name)}-')}{unique}"
    if resource.name in ("Policy", "OpenIdConnectProvider"):
        return f"arn:aws:iam::{AWS_ACCOUNT}:{kebab(resource.name)}/{own}"
    # Add-ons and node groups carry their cluster's name.
    return ":".join([inputs[key] for key in ("clusterName",) if isinstance(inputs.get(key), str)] + [str(own)])


def kebab(name: str) -> str:
    """`NodeGroup` as `node-group`."""
    return "".join(f"-{each.lower()}" if each.isupper() else each for each in name).lstrip("-")


def camel_plural(name: str) -> str:
    """`NodePool` as `nodePools`."""
    word = name[:1].lower() + name[1:]
    return f"{word.removesuffix('y')}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{word}s"


def _google_id(resource: Resource, inputs: Mapping[str, Any], account: Account, last: str) -> str:
    project = inputs.get("project", account.project)
    if resource.token.startswith("gcp:serviceaccount/account:"):
        return f"projects/{project}/serviceAccounts/{last}@{project}.iam.gserviceaccount.com"
    if "keyRing" in inputs:
        return f"{inputs['keyRing']}/{camel_plural(resource.name)}/{last}"
    place = next((f"{key}s/{inputs[key]}" for key in ("location", "region", "zone") if key in inputs), "global")
    cluster = f"/clusters/{inputs['cluster'].rpartition('/')[2]}" if isinstance(inputs.get("cluster"), str) else ""
    return f"projects/{project}/{place}{cluster}/{camel_plural(resource.name)}/{last}"


def _azure_id(resource: Resource, inputs: Mapping[str, Any], account: Account, unique: str) -> str:
    module, own = resource.token.split(":")[1].split("/")[0], own_key(resource)
    group = inputs.get("resourceGroupName")
    start = str(inputs.get("scope") or inputs.get("resourceUri") or f"/subscriptions/{account.subscription}")
    if group:
        start += f"/resourceGroups/{group}"
    if resource.name == "ResourceGroup":
        return start
    parents = ""
    for key in resource.inputs.types:
        if key.endswith("Name") and key not in ("resourceGroupName", own) and isinstance(inputs.get(key), str):
            kind = _AZURE_PARENTS.get(module, "resources") if key == "resourceName" else f"{key.removesuffix('Name')}s"
            parents += f"/{kind}/{inputs[key]}"
    namespace = _AZURE_NAMESPACES.get(module, f"Microsoft.{module.title()}")
    kind = _AZURE_KINDS.get(resource.name, camel_plural(resource.name))
    return f"{start}/providers/{namespace}{parents}/{kind}/{inputs.get(own or '', unique)}"
