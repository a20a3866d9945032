"""Secrets in Azure Key Vault, read by workload identity."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import managedidentity

from components.cluster.aks.context import Place
from components.cluster.aks.roles import Role, assign
from components.cluster.connection import SecretAccess
from components.settings.clouds.aks import AksVault

AUDIENCE = "api://AzureADTokenExchange"
"""What a ServiceAccount's token has to be meant for, so that Entra ID takes it (Microsoft Entra Workload ID)."""


@dataclass(frozen=True)
class KeyVaultSecrets:
    """The secrets of one key vault, for the ServiceAccounts of one cluster.

    Args:
        place: where identities are made.
        vault: the vault.
        issuer: who signs the cluster's ServiceAccount tokens: an address of Azure's.
    """

    place: Place
    vault: AksVault
    issuer: pulumi.Input[str]

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
        place = self._beside(name, opts)
        key = key.replace("/", "-")
        identity = managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_name_=f"{place.cluster}-{name}",
            resource_group_name=place.group,
            location=place.region,
            tags=place.tags,
            opts=place.options,
        )
        federation = managedidentity.FederatedIdentityCredential(
            f"{name}-federation",
            federated_identity_credential_resource_name=f"{namespace}-{service_account}"[:120],
            resource_name_=identity.name,
            resource_group_name=place.group,
            issuer=self.issuer,
            subject=f"system:serviceaccount:{namespace}:{service_account}",
            audiences=[AUDIENCE],
            opts=place.options,
        )
        vaults = f"/subscriptions/{place.subscription}/resourceGroups/{self.vault.resource_group}/providers"
        secret = f"{vaults}/Microsoft.KeyVault/vaults/{self.vault.name}/secrets/{key}"
        reads = assign(place, "reads", Role.KEY_VAULT_SECRETS_USER, secret, identity.principal_id)
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

    def _beside(self, name: str, opts: pulumi.ResourceOptions | None) -> Place:
        """The place of what is made for somebody else: with Azure's provider, whatever else theirs is."""
        provider = pulumi.ResourceOptions(provider=self.place.options.provider)
        return self.place.renamed(name, pulumi.ResourceOptions.merge(opts or self.place.options, provider))
