"""The control plane of a cluster on AKS."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization, managedidentity, privatedns
from pulumi_azure_native import containerservice as aks

from components.cluster.aks.group import Group
from components.cluster.aks.keys import Keys
from components.cluster.aks.network import DNS, PODS, SERVICES, Network, ZoneArgs, make_zone
from components.cluster.aks.nodes import system_nodes
from components.cluster.aks.roles import Role, RoleArgs, assign
from components.cluster.options import extended
from components.settings.clouds.aks import AksCreation

_WINDOWS = {
    "image-upgrades": ("aksManagedNodeOSUpgradeSchedule", aks.WeekDay.TUESDAY),
    "upgrades": ("aksManagedAutoUpgradeSchedule", aks.WeekDay.WEDNESDAY),
}
"""When Azure is allowed to change nodes' images and Kubernetes' patch version, by Azure's names. At night, and before a
working day."""


@dataclass(frozen=True)
class ControlPlaneArgs:
    """What the control plane is made from.

    Args:
        group: the cluster's resource group.
        creation: what the stack says of the cluster.
        network: where it is.
        keys: what it is encrypted with.
        identity: what it acts as in Azure.
    """

    group: Group
    creation: AksCreation
    network: Network
    keys: Keys
    identity: managedidentity.UserAssignedIdentity


def make_identity(name: str, group: Group, opts: pulumi.ResourceOptions) -> managedidentity.UserAssignedIdentity:
    """Make the identity of the control plane: without a password, and there before the cluster is.

    Child: `<name>-control-plane-identity`.

    Args:
        name: prefix of its name.
        group: the cluster's resource group.
        opts: its resource options.
    """
    return managedidentity.UserAssignedIdentity(
        f"{name}-control-plane-identity",
        resource_name_=f"{group.cluster}-control-plane",
        **group.common,
        opts=opts,
    )


def make_control_plane(name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions) -> aks.ManagedCluster:
    """Make the control plane, with the nodes that it needs itself.

    It has an address in our network, by which nodes reach it, and which it reaches the keys from. From elsewhere, only
    the addresses in `apiAccess` reach it. Logins are Entra ID's only, with the rights of Azure's roles. Children:
    `<name>-control-plane`, `<name>-upgrades`, `<name>-image-upgrades`, the roles and, for a private one,
    `<name>-api-zone` with its link: other networks can be linked with it, which Azure lets nobody do with its own.

    Args:
        name: prefix of the children's names.
        args: see `ControlPlaneArgs`.
        opts: options of each.
    """
    group, creation, network, keys = args.group, args.creation, args.network, args.keys
    principal = args.identity.principal_id

    def let(what: str, role: Role, scope: pulumi.Input[str]) -> authorization.RoleAssignment:
        return assign(f"{name}-control-plane-{what}", RoleArgs(group.subscription, role, scope, principal), opts)

    first: list[pulumi.Resource] = [
        *keys.granted,
        let("uses-network", Role.NETWORK_CONTRIBUTOR, network.id),
        let("reads-disks", Role.READER, keys.disks.id),
    ]
    zone = None
    if not creation.api_access:
        # A control plane inside of a network has its name here; `privatelink.` is for those behind a private endpoint
        # (learn.microsoft.com/azure/aks/private-apiserver-vnet-integration-cluster).
        private = ZoneArgs(group, f"private.{group.region}.azmk8s.io", network.id)
        zone, link = make_zone(f"{name}-api", private, opts)
        first += [link, let("writes-zone", Role.PRIVATE_DNS_ZONE_CONTRIBUTOR, zone.id)]
    cluster = aks.ManagedCluster(
        f"{name}-control-plane",
        resource_name_=group.cluster,
        **group.common,
        dns_prefix=group.cluster,
        kubernetes_version=creation.version,
        sku=aks.ManagedClusterSKUArgs(
            name=aks.ManagedClusterSKUName.BASE,
            tier=aks.ManagedClusterSKUTier.STANDARD if creation.uptime_sla else aks.ManagedClusterSKUTier.FREE,
        ),
        support_plan=aks.KubernetesSupportPlan.KUBERNETES_OFFICIAL,
        identity=aks.ManagedClusterIdentityArgs(
            type=aks.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[args.identity.id]
        ),
        # Azure's part of the resources has a group of its own, in which people can't change what Azure would undo.
        node_resource_group=f"{group.name}-nodes",
        node_resource_group_profile=aks.ManagedClusterNodeResourceGroupProfileArgs(
            restriction_level=aks.RestrictionLevel.READ_ONLY
        ),
        agent_pool_profiles=[system_nodes(creation, network.nodes, group.tags)],
        disk_encryption_set_id=keys.disks.id,
        api_server_access_profile=_access(creation, network, zone),
        enable_rbac=True,
        disable_local_accounts=True,
        aad_profile=aks.ManagedClusterAADProfileArgs(
            managed=True, enable_azure_rbac=True, admin_group_object_ids=list(creation.admin_groups)
        ),
        oidc_issuer_profile=aks.ManagedClusterOIDCIssuerProfileArgs(enabled=True),
        security_profile=_security(keys),
        network_profile=_network(),
        storage_profile=_storage(),
        auto_upgrade_profile=aks.ManagedClusterAutoUpgradeProfileArgs(
            upgrade_channel=aks.UpgradeChannel.PATCH, node_os_upgrade_channel=aks.NodeOSUpgradeChannel.NODE_IMAGE
        ),
        opts=extended(
            opts,
            protect=group.protect,
            depends_on=first,
            ignore_changes=["agentPoolProfiles[0].count"],  # the autoscaler's
        ),
    )
    for number, admins in enumerate(creation.admin_groups):
        # To fetch the cluster's kubeconfig; their rights in the cluster are in `aad_profile`.
        kind = authorization.PrincipalType.GROUP
        role = RoleArgs(group.subscription, Role.AKS_CLUSTER_USER, cluster.id, admins, kind)
        assign(f"{name}-admins-{number}", role, opts)
    for what, (window, day) in _WINDOWS.items():
        aks.MaintenanceConfiguration(
            f"{name}-{what}",
            config_name=window,
            resource_group_name=group.name,
            resource_name_=cluster.name,
            maintenance_window=aks.MaintenanceWindowArgs(
                schedule=aks.ScheduleArgs(weekly=aks.WeeklyScheduleArgs(day_of_week=day, interval_weeks=1)),
                start_time="01:00",
                utc_offset="+00:00",
                duration_hours=4,  # the shortest that Azure takes
            ),
            opts=opts,
        )
    return cluster


def _access(
    creation: AksCreation, network: Network, zone: privatedns.PrivateZone | None
) -> aks.ManagedClusterAPIServerAccessProfileArgs:
    return aks.ManagedClusterAPIServerAccessProfileArgs(
        enable_vnet_integration=True,
        subnet_id=network.control_plane,
        enable_private_cluster=zone is not None,
        enable_private_cluster_public_fqdn=False if zone else None,
        private_dns_zone=zone.id if zone else None,
        authorized_ip_ranges=list(creation.api_access) or None,
        disable_run_command=True,  # it would run anything as the cluster's administrator, past all of this
    )


def _security(keys: Keys) -> aks.ManagedClusterSecurityProfileArgs:
    return aks.ManagedClusterSecurityProfileArgs(
        azure_key_vault_kms=aks.AzureKeyVaultKmsArgs(
            enabled=True,
            key_id=keys.secrets.key_uri_with_version,
            key_vault_network_access=aks.KeyVaultNetworkAccessTypes.PRIVATE,
            key_vault_resource_id=keys.vault.id,
        ),
        workload_identity=aks.ManagedClusterSecurityProfileWorkloadIdentityArgs(enabled=True),
        image_cleaner=aks.ManagedClusterSecurityProfileImageCleanerArgs(enabled=True, interval_hours=7 * 24),
    )


def _network() -> aks.ContainerServiceNetworkProfileArgs:
    """Pods have addresses that the network does not know, and Cilium moves and filters what they send."""
    return aks.ContainerServiceNetworkProfileArgs(
        network_plugin=aks.NetworkPlugin.AZURE,
        network_plugin_mode=aks.NetworkPluginMode.OVERLAY,
        network_dataplane=aks.NetworkDataplane.CILIUM,
        network_policy=aks.NetworkPolicy.CILIUM,
        pod_cidr=PODS,
        service_cidr=SERVICES,
        dns_service_ip=DNS,
        load_balancer_sku=aks.LoadBalancerSku.STANDARD,
        outbound_type=aks.OutboundType.USER_ASSIGNED_NAT_GATEWAY,
    )


def _storage() -> aks.ManagedClusterStorageProfileArgs:
    return aks.ManagedClusterStorageProfileArgs(
        disk_csi_driver=aks.ManagedClusterStorageProfileDiskCSIDriverArgs(enabled=True),
        file_csi_driver=aks.ManagedClusterStorageProfileFileCSIDriverArgs(enabled=True),
        snapshot_controller=aks.ManagedClusterStorageProfileSnapshotControllerArgs(enabled=True),
        blob_csi_driver=aks.ManagedClusterStorageProfileBlobCSIDriverArgs(enabled=False),
    )
