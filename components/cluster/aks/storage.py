"""The volumes of a cluster on AKS: disks for one pod, and file shares for many."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
from pulumi_azure_native import network as azure_network
from pulumi_azure_native import storage

from components.cluster.aks.group import Group
from components.cluster.aks.keys import Keys
from components.cluster.aks.network import Network, ZoneArgs, make_zone
from components.cluster.aks.roles import Role, RoleArgs, assign
from components.cluster.options import extended
from components.environment.metadata import PART_OF
from components.settings import StorageClasses

_ZONE = "privatelink.file.core.windows.net"
_KEPT_DAYS = 14  # for which a deleted share can be taken back


@dataclass(frozen=True)
class FilesArgs:
    """What the account for file shares is made from.

    Args:
        group: the cluster's resource group.
        network: what reaches it.
        keys: what it is encrypted with.
        control_plane: object id of the identity that makes the shares.
    """

    group: Group
    network: Network
    keys: Keys
    control_plane: pulumi.Input[str]


@dataclass(frozen=True)
class StorageClassesArgs:
    """What the storage classes are made from.

    Args:
        group: the resource group of the disks and files.
        names: the classes' names in the cluster.
        disks: id of the disk encryption set.
    """

    group: Group
    names: StorageClasses
    disks: pulumi.Input[str]


def make_files(name: str, args: FilesArgs, opts: pulumi.ResourceOptions) -> tuple[pulumi.Resource, ...]:
    """Make an account for file shares, which only the cluster's network reaches.

    A share is made for each claim, by the control plane. Nobody needs the account's keys, so they open nothing. In
    production the files are in three zones. Children: `<name>-files`, `<name>-files-service`, `<name>-files-endpoint`,
    `<name>-files-zone`, `<name>-files-zone-link`, `<name>-files-names` and the role.

    Args:
        name: prefix of the children's names.
        args: see `FilesArgs`.
        opts: options of each.

    Returns:
        What has to exist before a share is made and used.
    """
    group, keys = args.group, args.keys
    account = storage.StorageAccount(
        f"{name}-files",
        account_name=account_name(group),
        **group.common,
        kind=storage.Kind.FILE_STORAGE,
        sku=storage.SkuArgs(name=storage.SkuName.PREMIUM_ZRS if group.protect else storage.SkuName.PREMIUM_LRS),
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
                key_vault_uri=keys.vault.properties.apply(lambda vault: vault.vault_uri),
                key_name=keys.volumes.name,  # without a version, so that it takes each new one
            ),
            encryption_identity=storage.EncryptionIdentityArgs(encryption_user_assigned_identity=keys.reader.id),
            services=storage.EncryptionServicesArgs(
                file=storage.EncryptionServiceArgs(enabled=True, key_type=storage.KeyType.ACCOUNT)
            ),
        ),
        opts=extended(opts, protect=group.protect, depends_on=keys.granted),
    )
    service = storage.FileServiceProperties(
        f"{name}-files-service",
        account_name=account.name,
        file_services_name="default",
        resource_group_name=group.name,
        share_delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=_KEPT_DAYS),
        opts=opts,
    )
    role = RoleArgs(group.subscription, Role.STORAGE_ACCOUNT_CONTRIBUTOR, account.id, args.control_plane)
    makes = assign(f"{name}-control-plane-makes-shares", role, opts)
    return (service, makes, *_endpoint(f"{name}-files", group, args.network, account, opts))


def account_name(group: Group) -> str:
    """An account's name, of at most 24 lower-case letters and digits, that nobody else in the world has."""
    letters = group.cluster.replace("-", "")[:14]
    whose = f"{group.subscription} {group.cluster}"
    return f"{letters}{hashlib.sha256(whose.encode()).hexdigest()[:10]}"


def _endpoint(
    name: str, group: Group, network: Network, account: storage.StorageAccount, opts: pulumi.ResourceOptions
) -> tuple[pulumi.Resource, ...]:
    """Give the account an address in the network, and its name there."""
    endpoint = azure_network.PrivateEndpoint(
        f"{name}-endpoint",
        private_endpoint_name=f"{group.cluster}-files",
        **group.common,
        subnet=azure_network.SubnetArgs(id=network.endpoints),
        private_link_service_connections=[
            azure_network.PrivateLinkServiceConnectionArgs(
                name="files", private_link_service_id=account.id, group_ids=["file"]
            )
        ],
        opts=opts,
    )
    zone, link = make_zone(name, ZoneArgs(group, _ZONE, network.id), opts)
    names = azure_network.PrivateDnsZoneGroup(
        f"{name}-names",
        private_dns_zone_group_name="default",
        private_endpoint_name=endpoint.name,
        resource_group_name=group.name,
        private_dns_zone_configs=[azure_network.PrivateDnsZoneConfigArgs(name="files", private_dns_zone_id=zone.id)],
        opts=opts,
    )
    return link, names


def make_storage_classes(name: str, args: StorageClassesArgs, opts: pulumi.ResourceOptions) -> None:
    """Make a storage class for disks and one for files.

    In production both are in three zones, so that a pod can come up in another, and a deleted claim leaves its volume.
    Children: `<name>-read-write-once` and `<name>-read-write-many`.

    Args:
        name: prefix of the children's names.
        args: see `StorageClassesArgs`.
        opts: options of both: the parent, the cluster's provider, and what has to exist first.
    """
    group = args.group
    sku = "Premium_ZRS" if group.protect else "Premium_LRS"
    once = {
        "skuName": sku,
        "diskEncryptionSetID": args.disks,
        "networkAccessPolicy": "DenyAll",  # nobody exports a disk by a link
        "tags": ",".join(f"{key}={value}" for key, value in group.tags.items()),
    }
    many = {
        "protocol": "nfs",
        "encryptInTransit": "true",
        "skuName": sku,
        "storageAccount": account_name(group),
        "resourceGroup": group.name,
        # It is there. Without this, the driver would change the nodes' subnet instead.
        "networkEndpointType": "privateEndpoint",
    }

    def storage_class(what: str, class_name: str, driver: str, parameters: Mapping[str, pulumi.Input[str]]) -> None:
        k8s.storage.v1.StorageClass(
            f"{name}-{what}",
            metadata=k8s.meta.v1.ObjectMetaArgs(name=class_name, labels=PART_OF),
            provisioner=f"{driver}.csi.azure.com",
            parameters=parameters,
            reclaim_policy="Retain" if group.protect else "Delete",
            allow_volume_expansion=True,
            # A disk of one zone is made where its pod is; files are there from everywhere.
            volume_binding_mode="WaitForFirstConsumer" if driver == "disk" else "Immediate",
            opts=opts,
        )

    storage_class("read-write-once", args.names.read_write_once, "disk", once)
    storage_class("read-write-many", args.names.read_write_many, "file", many)
