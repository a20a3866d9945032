"""The keys that a cluster on AKS is encrypted with: ours, in a vault that nobody reaches from outside."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization, compute, keyvault, managedidentity

from components.cluster.aks.group import Group
from components.cluster.aks.roles import Role, RoleArgs, assign
from components.cluster.options import extended

_SIZE = 3072  # bits; what NIST SP 800-57 recommends beyond 2030


@dataclass(frozen=True)
class Keys:
    """What is encrypted with what.

    Args:
        vault: the vault.
        secrets: the key for Kubernetes' Secrets, with its version.
        volumes: the key for everything that is on a disk.
        reader: the identity by which files are encrypted with the key for volumes.
        disks: encrypts disks with that key, by an identity of its own.
        granted: the rights of the identities to use the keys; what uses a key comes after them.
    """

    vault: keyvault.Vault
    secrets: keyvault.Key
    volumes: keyvault.Key
    reader: managedidentity.UserAssignedIdentity
    disks: compute.DiskEncryptionSet
    granted: tuple[pulumi.Resource, ...]


@dataclass(frozen=True)
class KeysArgs:
    """What the keys are made for.

    Args:
        group: the cluster's resource group.
        control_plane: the identity of the cluster's control plane.
    """

    group: Group
    control_plane: managedidentity.UserAssignedIdentity


def make_keys(name: str, args: KeysArgs, opts: pulumi.ResourceOptions) -> Keys:
    """Make a vault with two keys, and let whatever encrypts with one use it.

    The key for volumes gets a new version each year, which disks and files take by themselves. The key for Secrets does
    not: AKS uses the version that it is given, and Secrets have to be written again after a change (docs/aks.md). Keys
    are made through Azure's resource manager, so nobody has to reach the vault, and stay in it when they are replaced.
    Children: `<name>-vault`, `<name>-secrets-key`, `<name>-volumes-key`, `<name>-volumes`, `<name>-disks`, and roles.

    Args:
        name: prefix of the children's names.
        args: see `KeysArgs`.
        opts: options of each.
    """
    group, kept = args.group, extended(opts, protect=args.group.protect)
    vault = keyvault.Vault(
        # Without a name in Azure: the SDK then adds a random part, as a deleted vault keeps its name for weeks.
        f"{name}-vault",
        **group.common,
        properties=_vault(args.control_plane, group.protect),
        opts=kept,
    )

    def key(what: str, operations: list[str], rotation: keyvault.RotationPolicyArgs | None = None) -> keyvault.Key:
        return keyvault.Key(
            f"{name}-{what}-key",
            key_name=what,
            vault_name=vault.name,
            resource_group_name=group.name,
            properties=keyvault.KeyPropertiesArgs(
                kty=keyvault.JsonWebKeyType.RSA, key_size=_SIZE, key_ops=operations, rotation_policy=rotation
            ),
            tags=group.tags,
            opts=kept,
        )

    def let_use(
        what: str, role: Role, scope: pulumi.Input[str], principal: pulumi.Input[str]
    ) -> authorization.RoleAssignment:
        return assign(f"{name}-{what}", RoleArgs(group.subscription, role, scope, principal), opts)

    secrets = key("secrets", ["encrypt", "decrypt"])
    volumes = key("volumes", ["wrapKey", "unwrapKey"], _each_year())
    reader = managedidentity.UserAssignedIdentity(
        f"{name}-volumes",
        resource_name_=f"{group.cluster}-volumes",
        **group.common,
        opts=opts,
    )
    disks = compute.DiskEncryptionSet(
        f"{name}-disks",
        disk_encryption_set_name=f"{group.cluster}-disks",
        **group.common,
        encryption_type=compute.DiskEncryptionSetType.ENCRYPTION_AT_REST_WITH_CUSTOMER_KEY,
        active_key=compute.KeyForDiskEncryptionSetArgs(key_url=volumes.key_uri_with_version),
        rotation_to_latest_key_version_enabled=True,
        # The one kind that Azure documents for new ones, and for a vault that only its trusted services reach
        # (learn.microsoft.com/azure/aks/azure-disk-customer-managed-keys). It exists before its right to the key.
        identity=compute.EncryptionSetIdentityArgs(type=compute.DiskEncryptionSetIdentityType.SYSTEM_ASSIGNED),
        opts=kept,
    )
    plane = args.control_plane.principal_id
    encrypts = disks.identity.apply(lambda identity: (identity and identity.principal_id) or "")
    granted = (
        let_use("volumes-uses-key", Role.KEY_VAULT_ENCRYPTION_USER, volumes.id, reader.principal_id),
        let_use("disks-uses-key", Role.KEY_VAULT_ENCRYPTION_USER, volumes.id, encrypts),
        # On the whole vault: after a change of the key, Secrets are still read with the one before.
        let_use("control-plane-uses-keys", Role.KEY_VAULT_CRYPTO_USER, vault.id, plane),
        # For the private endpoint by which the control plane reaches the vault, and which it makes itself.
        let_use("control-plane-joins-vault", Role.KEY_VAULT_CONTRIBUTOR, vault.id, plane),
    )
    return Keys(vault, secrets, volumes, reader, disks, granted)


def _vault(owner: managedidentity.UserAssignedIdentity, protect: bool) -> keyvault.VaultPropertiesArgs:
    """A vault that only roles give rights on, and whose keys can't be destroyed for good before their time.

    Azure's disks and files reach it as trusted services, the control plane by a private endpoint, and nobody else.
    """
    return keyvault.VaultPropertiesArgs(
        tenant_id=owner.tenant_id,
        sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
        enable_rbac_authorization=True,
        enable_soft_delete=True,
        enable_purge_protection=True,
        soft_delete_retention_in_days=90 if protect else 7,
        public_network_access="Disabled",
        network_acls=keyvault.NetworkRuleSetArgs(
            bypass=keyvault.NetworkRuleBypassOptions.AZURE_SERVICES,
            default_action=keyvault.NetworkRuleAction.DENY,
        ),
    )


def _each_year() -> keyvault.RotationPolicyArgs:
    return keyvault.RotationPolicyArgs(
        lifetime_actions=[
            keyvault.LifetimeActionArgs(
                action=keyvault.ActionArgs(type=keyvault.KeyRotationPolicyActionType.ROTATE),
                trigger=keyvault.TriggerArgs(time_after_create="P365D"),
            )
        ]
    )
