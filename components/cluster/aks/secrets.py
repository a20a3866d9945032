"""Secrets in Azure Key Vault, read by workload identity."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure
from pulumi_azure_native import managedidentity

from components.cluster.aks.group import Group
from components.cluster.aks.roles import Role, RoleArgs, assign
from components.cluster.connection import SecretAccess
from components.cluster.options import extended
from components.settings.clouds.aks import AksVault

AUDIENCE = "api://AzureADTokenExchange"
"""What a ServiceAccount's token has to be meant for, so that Entra ID takes it (Microsoft Entra Workload ID)."""


@dataclass(frozen=True)
class KeyVaultSecrets:
    """The secrets of one key vault, for the ServiceAccounts of one cluster.

    Args:
        group: the cluster's resource group, in which identities are made.
        vault: the vault.
        issuer: who signs the cluster's ServiceAccount tokens: an address of Azure's.
        provider: the provider of Azure.
    """

    group: Group
    vault: AksVault
    issuer: pulumi.Input[str]
    provider: azure.Provider

    def grant(
        self, name: str, namespace: str, service_account: str, key: str, opts: pulumi.ResourceOptions | None = None
    ) -> SecretAccess:
        """Let a ServiceAccount read one secret and nothing else; see `SecretManager`.

        Makes an identity (`<name>-identity`) that only this ServiceAccount can take (`<name>-federation`), and a role
        for the one secret (`<name>-reads`).

        Args:
            name: prefix of the names of what is made.
            namespace: where the ServiceAccount is.
            service_account: its name.
            key: which secret; a slash becomes a hyphen, because a vault's names have none.
            opts: the usual resource options.
        """
        group, key, inside = self.group, key.replace("/", "-"), extended(opts, provider=self.provider)
        identity = managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_name_=f"{group.cluster}-{name}",
            **group.common,
            opts=inside,
        )
        federation = managedidentity.FederatedIdentityCredential(
            f"{name}-federation",
            federated_identity_credential_resource_name=f"{namespace}-{service_account}"[:120],
            resource_name_=identity.name,
            resource_group_name=group.name,
            issuer=self.issuer,
            subject=f"system:serviceaccount:{namespace}:{service_account}",
            audiences=[AUDIENCE],
            opts=inside,
        )
        vaults = f"/subscriptions/{group.subscription}/resourceGroups/{self.vault.resource_group}/providers"
        secret = f"{vaults}/Microsoft.KeyVault/vaults/{self.vault.name}/secrets/{key}"
        role = RoleArgs(group.subscription, Role.KEY_VAULT_SECRETS_USER, secret, identity.principal_id)
        reads = assign(f"{name}-reads", role, inside)
        return SecretAccess(
            store={
                "azurekv": {
                    "authType": "WorkloadIdentity",
                    "vaultUrl": f"https://{self.vault.name}.vault.azure.net",
                    "serviceAccountRef": {"name": service_account},
                }
            },
            key=key,
            annotations={
                "azure.workload.identity/client-id": identity.client_id,
                "azure.workload.identity/tenant-id": identity.tenant_id,
            },
            granted=(federation, reads),
        )
