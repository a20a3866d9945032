"""The control plane of a cluster on AKS."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import authorization, managedidentity, privatedns
from pulumi_azure_native import containerservice as aks

from components.cluster.aks.context import Place
from components.cluster.aks.keys import Keys
from components.cluster.aks.network import DNS, PODS, SERVICES, Network, make_zone
from components.cluster.aks.nodes import system_nodes
from components.cluster.aks.roles import Role, assign
from components.settings.clouds.aks import AksCreation

_WINDOWS = {
    "aksManagedNodeOSUpgradeSchedule": aks.WeekDay.TUESDAY,
    "aksManagedAutoUpgradeSchedule": aks.WeekDay.WEDNESDAY,
}
"""When Azure may change nodes' images and Kubernetes' patch version: the names are Azure's. At night, and before a
working day."""


def make_identity(place: Place) -> managedidentity.UserAssignedIdentity:
    """Make the identity of the control plane: without a password, and there before the cluster is.

    Child: `<name>-control-plane-identity`.
    """
    return managedidentity.UserAssignedIdentity(
        f"{place.name}-control-plane-identity",
        resource_name_=f"{place.cluster}-control-plane",
        resource_group_name=place.group,
        location=place.region,
        tags=place.tags,
        opts=place.options,
    )


def make_control_plane(
    place: Place,
    create: AksCreation,
    network: Network,
    keys: Keys,
    identity: managedidentity.UserAssignedIdentity,
) -> aks.ManagedCluster:
    """Make the control plane, with the nodes that it needs itself.

    It has an address in our network, by which nodes reach it, and which it reaches the keys from. From elsewhere nobody
    does, or who is in `api_access`. One comes in by Entra ID only, as what Azure's roles allow. Children:
    `<name>-control-plane`, `<name>-upgrades`, `<name>-image-upgrades`, the roles and, for a private one,
    `<name>-api-zone` with its link: other networks can be linked with it, which Azure lets nobody do with its own.

    Args:
        place: where.
        create: what the stack says.
        network: where it is.
        keys: what it is encrypted with.
        identity: what it acts as in Azure.
    """
    named = f"{place.name}-"
    me = identity.principal_id
    first: list[pulumi.Resource] = [
        *keys.granted,
        assign(place, "control-plane-uses-network", Role.NETWORK_CONTRIBUTOR, network.id, me),
        assign(place, "control-plane-reads-disks", Role.READER, keys.disks.id, me),
    ]
    zone = None
    if not create.api_access:
        # A control plane inside of a network has its name here; `privatelink.` is for those behind a private endpoint
        # (learn.microsoft.com/azure/aks/private-apiserver-vnet-integration-cluster).
        zone, link = make_zone(place, "api", f"private.{place.region}.azmk8s.io", network.id)
        named_by = assign(place, "control-plane-writes-zone", Role.PRIVATE_DNS_ZONE_CONTRIBUTOR, zone.id, me)
        first += [link, named_by]
    cluster = aks.ManagedCluster(
        f"{named}control-plane",
        resource_name_=place.cluster,
        resource_group_name=place.group,
        location=place.region,
        dns_prefix=place.cluster,
        kubernetes_version=create.version,
        sku=aks.ManagedClusterSKUArgs(
            name=aks.ManagedClusterSKUName.BASE,
            tier=aks.ManagedClusterSKUTier.STANDARD if create.uptime_sla else aks.ManagedClusterSKUTier.FREE,
        ),
        support_plan=aks.KubernetesSupportPlan.KUBERNETES_OFFICIAL,
        identity=aks.ManagedClusterIdentityArgs(
            type=aks.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]
        ),
        # Azure's part of the resources has a group of its own, in which people can't change what Azure would undo.
        node_resource_group=f"{place.group}-nodes",
        node_resource_group_profile=aks.ManagedClusterNodeResourceGroupProfileArgs(
            restriction_level=aks.RestrictionLevel.READ_ONLY
        ),
        agent_pool_profiles=[system_nodes(place, create, network.nodes)],
        disk_encryption_set_id=keys.disks.id,
        api_server_access_profile=_access(create, network, zone),
        enable_rbac=True,
        disable_local_accounts=True,
        aad_profile=aks.ManagedClusterAADProfileArgs(
            managed=True, enable_azure_rbac=True, admin_group_object_ids=list(create.admin_groups)
        ),
        oidc_issuer_profile=aks.ManagedClusterOIDCIssuerProfileArgs(enabled=True),
        security_profile=_security(keys),
        network_profile=_network(),
        storage_profile=_storage(),
        auto_upgrade_profile=aks.ManagedClusterAutoUpgradeProfileArgs(
            upgrade_channel=aks.UpgradeChannel.PATCH, node_os_upgrade_channel=aks.NodeOSUpgradeChannel.NODE_IMAGE
        ),
        tags=place.tags,
        opts=pulumi.ResourceOptions.merge(
            place.kept(),
            pulumi.ResourceOptions(
                depends_on=first,
                ignore_changes=["agentPoolProfiles[0].count"],  # the autoscaler's
            ),
        ),
    )
    for number, group in enumerate(create.admin_groups):
        # To fetch how the cluster is reached; what one may do in it, the cluster itself says.
        kind = authorization.PrincipalType.GROUP
        assign(place, f"admins-{number}", Role.AKS_CLUSTER_USER, cluster.id, group, kind)
    for window, day in _WINDOWS.items():
        _maintain(place, cluster, window, day)
    return cluster


def _access(
    create: AksCreation, network: Network, zone: privatedns.PrivateZone | None
) -> aks.ManagedClusterAPIServerAccessProfileArgs:
    return aks.ManagedClusterAPIServerAccessProfileArgs(
        enable_vnet_integration=True,
        subnet_id=network.control_plane,
        enable_private_cluster=zone is not None,
        enable_private_cluster_public_fqdn=False if zone else None,
        private_dns_zone=zone.id if zone else None,
        authorized_ip_ranges=list(create.api_access) or None,
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


def _maintain(place: Place, cluster: aks.ManagedCluster, window: str, day: aks.WeekDay) -> None:
    what = "image-upgrades" if "NodeOS" in window else "upgrades"
    aks.MaintenanceConfiguration(
        f"{place.name}-{what}",
        config_name=window,
        resource_group_name=place.group,
        resource_name_=cluster.name,
        maintenance_window=aks.MaintenanceWindowArgs(
            schedule=aks.ScheduleArgs(weekly=aks.WeeklyScheduleArgs(day_of_week=day, interval_weeks=1)),
            start_time="01:00",
            utc_offset="+00:00",
            duration_hours=4,  # the shortest that Azure takes
        ),
        opts=place.options,
    )
