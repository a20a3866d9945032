"""Where the files live that several pods of a cluster on AKS write."""

from __future__ import annotations

import hashlib

import pulumi
from pulumi_azure_native import network as azure_network
from pulumi_azure_native import storage

from components.cluster.aks.context import Place
from components.cluster.aks.keys import Keys
from components.cluster.aks.network import Network, make_zone
from components.cluster.aks.roles import Role, assign

_ZONE = "privatelink.file.core.windows.net"
_KEPT_DAYS = 14  # for which a deleted share can be taken back


def make_files(
    place: Place, network: Network, keys: Keys, control_plane: pulumi.Input[str]
) -> tuple[pulumi.Resource, ...]:
    """Make an account for file shares, which only the cluster's network reaches.

    A share is made for each claim, by the control plane. Nobody needs the account's keys, so they open nothing. In
    production the files are in three zones. Children: `<name>-files`, `<name>-files-service`, `<name>-files-endpoint`,
    `<name>-files-zone`, `<name>-files-zone-link`, `<name>-files-names` and the role.

    Args:
        place: where.
        network: what reaches it.
        keys: what it is encrypted with.
        control_plane: object id of the identity that makes the shares.

    Returns:
        What has to be there before a share is made and used.
    """
    account = storage.StorageAccount(
        f"{place.name}-files",
        account_name=account_name(place),
        resource_group_name=place.group,
        location=place.region,
        kind=storage.Kind.FILE_STORAGE,
        sku=storage.SkuArgs(name=storage.SkuName.PREMIUM_ZRS if place.protect else storage.SkuName.PREMIUM_LRS),
        public_network_access=storage.PublicNetworkAccess.DISABLED,
        network_rule_set=storage.NetworkRuleSetArgs(
            bypass=storage.Bypass.NONE, default_action=storage.DefaultAction.DENY
        ),
        allow_blob_public_access=False,
        allow_shared_key_access=False,
        allow_cross_tenant_replication=False,
        enable_https_traffic_only=True,  # for NFS it means: only inside TLS
        minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
        identity=storage.IdentityArgs(
            type=storage.IdentityType.USER_ASSIGNED, user_assigned_identities=[keys.reader.id]
        ),
        encryption=storage.EncryptionArgs(
            key_source=storage.KeySource.MICROSOFT_KEYVAULT,
            key_vault_properties=storage.KeyVaultPropertiesArgs(
                key_vault_uri=keys.vault.properties.apply(lambda found: found.vault_uri),
                key_name=keys.volumes.name,  # without a version, so that it takes each new one
            ),
            encryption_identity=storage.EncryptionIdentityArgs(encryption_user_assigned_identity=keys.reader.id),
            services=storage.EncryptionServicesArgs(
                file=storage.EncryptionServiceArgs(enabled=True, key_type=storage.KeyType.ACCOUNT)
            ),
        ),
        tags=place.tags,
        opts=place.after(keys.granted, kept=True),
    )
    service = storage.FileServiceProperties(
        f"{place.name}-files-service",
        account_name=account.name,
        file_services_name="default",
        resource_group_name=place.group,
        share_delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=_KEPT_DAYS),
        opts=place.options,
    )
    makes = assign(place, "control-plane-makes-shares", Role.STORAGE_ACCOUNT_CONTRIBUTOR, account.id, control_plane)
    return (service, makes, *_endpoint(place, network, account))


def account_name(place: Place) -> str:
    """An account's name, of at most 24 lower-case letters and digits, that nobody else in the world has."""
    letters = place.cluster.replace("-", "")[:14]
    whose = f"{place.subscription} {place.cluster}"
    return f"{letters}{hashlib.sha256(whose.encode()).hexdigest()[:10]}"


def _endpoint(place: Place, network: Network, account: storage.StorageAccount) -> tuple[pulumi.Resource, ...]:
    """Give the account an address in the network, and its name there."""
    named = f"{place.name}-files-"
    endpoint = azure_network.PrivateEndpoint(
        f"{named}endpoint",
        private_endpoint_name=f"{place.cluster}-files",
        resource_group_name=place.group,
        location=place.region,
        subnet=azure_network.SubnetArgs(id=network.endpoints),
        private_link_service_connections=[
            azure_network.PrivateLinkServiceConnectionArgs(
                name="files", private_link_service_id=account.id, group_ids=["file"]
            )
        ],
        tags=place.tags,
        opts=place.options,
    )
    zone, link = make_zone(place, "files", _ZONE, network.id)
    names = azure_network.PrivateDnsZoneGroup(
        f"{named}names",
        private_dns_zone_group_name="default",
        private_endpoint_name=endpoint.name,
        resource_group_name=place.group,
        private_dns_zone_configs=[azure_network.PrivateDnsZoneConfigArgs(name="files", private_dns_zone_id=zone.id)],
        opts=place.options,
    )
    return link, names
