"""Policies for Microsoft Azure."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from manifests.objects import Manifest, items, part
from policy.ranges import beyond_the_web, for_everybody, ports
from policy.rule import Topic
from snapshot.model import Object

topic = Topic("Microsoft Azure", "What the cluster and its surroundings have to be like on Azure.")

CLUSTER = ("azure-native:containerservice:ManagedCluster",)
GROUP = "azure-native:network:NetworkSecurityGroup"

BROAD_ROLES = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}
"""Azure's own roles that allow nearly everything; their IDs are the same in every tenant."""


_GIVES_RIGHTS = (
    *("microsoft.authorization/roleassignments/write", "microsoft.authorization/roledefinitions/write"),
    "microsoft.authorization/elevateaccess/action",
)


@topic.rule(
    "aks-api-is-not-for-everybody",
    kinds=CLUSTER,
    refuses="An AKS cluster whose API server everybody can reach.",
    why="A stolen token or a flaw in the API server is then enough to get in.",
    mend="set apiServerAccessProfile.enablePrivateCluster to true, or authorizedIPRanges to your own networks",
)
def _public_api(item: Object) -> Iterator[str]:
    access = part(item.manifest, "apiServerAccessProfile")
    ranges = items(access, "authorizedIPRanges")
    if not access.get("enablePrivateCluster") and (not ranges or for_everybody(ranges)):
        yield "its API server can be reached from the whole internet"


@topic.rule(
    "aks-encrypts-disks",
    kinds=CLUSTER,
    refuses="An AKS cluster whose nodes' disks are encrypted neither with a key of yours nor on the nodes' hosts.",
    why="Temporary disks and caches hold images, logs and what pods write.",
    mend="set diskEncryptionSetID, or enableEncryptionAtHost for every pool",
)
def _plain_disks(item: Object) -> Iterator[str]:
    pools = items(item.manifest, "agentPoolProfiles")
    at_host = bool(pools) and all(pool.get("enableEncryptionAtHost") for pool in pools)
    if not at_host and not item.manifest.get("diskEncryptionSetID"):
        yield "the disks of its nodes are not encrypted"


@topic.rule(
    "aks-has-no-local-accounts",
    kinds=CLUSTER,
    refuses="An AKS cluster with local accounts besides those of Entra ID.",
    why="Their certificates can't be revoked, and don't show who uses them.",
    mend="set disableLocalAccounts to true, and aadProfile",
)
def _local_accounts(item: Object) -> Iterator[str]:
    if item.manifest.get("disableLocalAccounts") is not True:
        yield "it has local accounts"


@topic.rule(
    "azure-opens-web-ports-only",
    kinds=(GROUP, "azure-native:network:SecurityRule"),
    refuses="A security rule that lets the whole internet in to ports other than 80 and 443.",
    why="Every open port is probed within minutes.",
    mend="name your own networks in sourceAddressPrefix",
)
def _open_ports(item: Object) -> Iterator[str]:
    for rule in items(item.manifest, "securityRules") if item.type == GROUP else [item.manifest]:
        if (rule.get("access") or "").lower() != "allow" or (rule.get("direction") or "").lower() != "inbound":
            continue
        if for_everybody(_either(rule, "sourceAddressPrefix", "sourceAddressPrefixes")):
            for first, last in ports(_either(rule, "destinationPortRange", "destinationPortRanges")):
                if opened := beyond_the_web(first, last):
                    yield f"it opens {opened} to the whole internet"


def _either(rule: Manifest, one: str, several: str) -> list[str]:
    return [*([rule[one]] if rule.get(one) else ()), *items(rule, several)]


@topic.rule(
    "azure-storage-stays-private",
    kinds=("azure-native:storage:StorageAccount",),
    refuses="A storage account whose blobs could be made public, or that answers plain HTTP.",
    why="Anyone who guesses the name could get backups and uploaded files.",
    mend="set allowBlobPublicAccess to false, and leave enableHttpsTrafficOnly on",
)
def _public_storage(item: Object) -> Iterator[str]:
    if item.manifest.get("allowBlobPublicAccess") is not False:
        yield "allowBlobPublicAccess is not false"
    if item.manifest.get("enableHttpsTrafficOnly") is False:
        yield "enableHttpsTrafficOnly is false"


@topic.rule(
    "azure-roles-name-what-they-allow",
    kinds=("azure-native:authorization:RoleAssignment", "azure-native:authorization:RoleDefinition"),
    refuses=f"The roles {', '.join(BROAD_ROLES.values())}, and roles of your own that allow as much.",
    why="They allow nearly everything in their scope, or let their holder assign the rest.",
    mend="assign a role that allows only what is needed",
)
def _broad_role(item: Object) -> Iterator[str]:
    # Azure ignores the case of an ID.
    role = (item.manifest.get("roleDefinitionId") or "").strip("/ ").rpartition("/")[2].lower()
    if role in BROAD_ROLES:
        yield f"it gives the role {BROAD_ROLES[role]}"
    for permission in items(item.manifest, "permissions"):
        for action in (*items(permission, "actions"), *items(permission, "dataActions")):
            if any(fnmatchcase(right, action.lower()) for right in _GIVES_RIGHTS) or not action.strip("*/"):
                yield f"it allows {action}"
