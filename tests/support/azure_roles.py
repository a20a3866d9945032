"""Azure's own roles as far as this project uses them: what each one is called, and what it allows.

Facts of learn.microsoft.com/azure/role-based-access-control/built-in-roles, as of August 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class BuiltIn:
    """One role.

    Attributes:
        id: of its definition.
        actions: patterns of what it allows of resources.
        not_actions: patterns of what it does not, all the same.
        data_actions: what it allows of what is in a resource.
    """

    id: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Whether who has it may do something."""
        if action in self.data_actions:
            return True
        return action not in _DATA and _among(action, self.actions) and not _among(action, self.not_actions)


def _among(action: str, patterns: tuple[str, ...]) -> bool:
    return any(re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.IGNORECASE) for pattern in patterns)


_KEYS = "Microsoft.KeyVault/vaults/keys/"
BUILT_IN: Mapping[str, BuiltIn] = {
    "Azure Kubernetes Service Cluster User Role": BuiltIn(
        "4abbcc35-e782-43d8-92c5-2d3f1bd2253f",
        (
            "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
            "Microsoft.ContainerService/managedClusters/read",
        ),
    ),
    "Contributor": BuiltIn(
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        ("*",),
        (
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ),
    ),
    "Key Vault Contributor": BuiltIn(
        "f25e0fa2-a7c8-4377-a976-54943a77a395",
        ("Microsoft.KeyVault/*",),
        (
            "Microsoft.KeyVault/locations/deletedVaults/purge/action",
            "Microsoft.KeyVault/hsmPools/*",
            "Microsoft.KeyVault/managedHsms/*",
        ),
    ),
    "Key Vault Crypto Service Encryption User": BuiltIn(
        "e147488a-f6f5-4113-8e2d-b22465e65bf6",
        data_actions=(f"{_KEYS}read", f"{_KEYS}wrap/action", f"{_KEYS}unwrap/action"),
    ),
    "Key Vault Crypto User": BuiltIn(
        "12338af0-0e69-4776-bea7-57ae8d297424",
        data_actions=(
            f"{_KEYS}read",
            *(
                f"{_KEYS}{what}/action"
                for what in ("update", "backup", "encrypt", "decrypt", "wrap", "unwrap", "sign", "verify")
            ),
        ),
    ),
    "Key Vault Secrets User": BuiltIn(
        "4633458b-17de-408a-b874-0445c86b69e6",
        data_actions=(
            "Microsoft.KeyVault/vaults/secrets/getSecret/action",
            "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
        ),
    ),
    "Network Contributor": BuiltIn("4d97b98b-1d4f-4787-a291-c67834d212e7", ("Microsoft.Network/*",)),
    "Private DNS Zone Contributor": BuiltIn(
        "b12aa53e-6015-4669-85d0-8515ebb3ae7f",
        (
            "Microsoft.Network/privateDnsZones/*",
            "Microsoft.Network/virtualNetworks/read",
            "Microsoft.Network/virtualNetworks/join/action",
        ),
    ),
    "Reader": BuiltIn("acdd72a7-3385-48ef-bd42-f606fba81ae7", ("*/read",)),
    "Role Based Access Control Administrator": BuiltIn(
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        ("Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete", "*/read"),
    ),
    "Storage Account Contributor": BuiltIn(
        "17d1049b-9a84-46fb-8f53-869881c3d3ab", ("Microsoft.Storage/storageAccounts/*",)
    ),
    "User Access Administrator": BuiltIn(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", ("*/read", "Microsoft.Authorization/*")
    ),
}

_DATA = {action for role in BUILT_IN.values() for action in role.data_actions} - {f"{_KEYS}read"}
"""What no pattern of `actions` means, however wide it is. To read a key is an action of both kinds."""
