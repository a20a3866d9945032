"""The control plane of a cluster on GKE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.cluster.gke.keys import Keys
from components.cluster.gke.network import PODS, SERVICES, Network
from components.cluster.gke.nodes import SCOPE
from components.cluster.options import extended
from components.settings.clouds.gke import Gke, GkeCreation


@dataclass(frozen=True)
class ControlPlaneArgs:
    """What the control plane is made from.

    Args:
        settings: the cluster's name, project and region.
        creation: what the stack says of it.
        network: where its nodes are.
        keys: what its Secrets, and its first nodes' disks, are encrypted with.
        account: the account that its nodes act as.
        labels: labels of it, and of what it makes.
        protect: whether Pulumi and its Google provider refuse to delete it.
    """

    settings: Gke
    creation: GkeCreation
    network: Network
    keys: Keys
    account: gcp.serviceaccount.Account
    labels: Mapping[str, str]
    protect: bool


def make_control_plane(name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions) -> gcp.container.Cluster:
    """Make a regional cluster: its control plane, and the nodes' network, are in three zones.

    Child: `<name>-control-plane`. Why each of these: docs/decisions/0011-gke.md.

    Args:
        name: the prefix of the child's name.
        args: see `ControlPlaneArgs`.
        opts: options of the cluster.
    """
    settings, creation, network = args.settings, args.creation, args.network
    return gcp.container.Cluster(
        f"{name}-control-plane",
        gcp.container.ClusterArgs(
            name=settings.name,
            location=settings.region,
            resource_labels=args.labels,
            deletion_protection=args.protect,
            network=network.network.id,
            subnetwork=network.subnet.id,
            networking_mode="VPC_NATIVE",
            ip_allocation_policy=gcp.container.ClusterIpAllocationPolicyArgs(
                cluster_secondary_range_name=PODS, services_secondary_range_name=SERVICES
            ),
            datapath_provider="ADVANCED_DATAPATH",  # enforces network policies
            enable_intranode_visibility=True,  # flow logs see pods of one node, too
            control_plane_endpoints_config=_endpoints(creation),
            private_cluster_config=gcp.container.ClusterPrivateClusterConfigArgs(
                enable_private_nodes=True,
                enable_private_endpoint=not creation.api_access if creation.ip_endpoint else None,
            ),
            master_authorized_networks_config=_callers(creation),
            release_channel=gcp.container.ClusterReleaseChannelArgs(channel="REGULAR"),
            min_master_version=creation.version,
            maintenance_policy=_maintenance(),
            database_encryption=gcp.container.ClusterDatabaseEncryptionArgs(
                state="ENCRYPTED", key_name=args.keys.secrets.id
            ),
            workload_identity_config=gcp.container.ClusterWorkloadIdentityConfigArgs(
                workload_pool=f"{settings.project}.svc.id.goog"
            ),
            master_auth=gcp.container.ClusterMasterAuthArgs(
                client_certificate_config=gcp.container.ClusterMasterAuthClientCertificateConfigArgs(
                    issue_client_certificate=False
                )
            ),
            enable_legacy_abac=False,
            anonymous_authentication_config=gcp.container.ClusterAnonymousAuthenticationConfigArgs(
                mode="LIMITED"  # to the health checks
            ),
            rbac_binding_config=gcp.container.ClusterRbacBindingConfigArgs(
                enable_insecure_binding_system_authenticated=False,
                enable_insecure_binding_system_unauthenticated=False,
            ),
            binary_authorization=gcp.container.ClusterBinaryAuthorizationArgs(evaluation_mode="DISABLED"),
            security_posture_config=gcp.container.ClusterSecurityPostureConfigArgs(mode="BASIC"),
            logging_config=gcp.container.ClusterLoggingConfigArgs(
                enable_components=["SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"]
            ),
            monitoring_config=gcp.container.ClusterMonitoringConfigArgs(
                enable_components=["SYSTEM_COMPONENTS"],
                managed_prometheus=gcp.container.ClusterMonitoringConfigManagedPrometheusArgs(enabled=False),
            ),
            cost_management_config=gcp.container.ClusterCostManagementConfigArgs(enabled=True),
            gateway_api_config=gcp.container.ClusterGatewayApiConfigArgs(channel="CHANNEL_DISABLED"),
            addons_config=_addons(),
            enable_shielded_nodes=True,
            # GKE always makes a first pool. It goes at once; ours is a resource of its own, which can be replaced.
            # While it is there, it has our account and our key, as the default ones can be forbidden.
            remove_default_node_pool=True,
            initial_node_count=1,
            node_config=gcp.container.ClusterNodeConfigArgs(
                service_account=args.account.email,
                oauth_scopes=[SCOPE],
                boot_disk_kms_key=args.keys.volumes.id,
                shielded_instance_config=gcp.container.ClusterNodeConfigShieldedInstanceConfigArgs(
                    enable_secure_boot=True, enable_integrity_monitoring=True
                ),
            ),
        ),
        extended(opts, protect=args.protect, ignore_changes=["initialNodeCount", "nodeConfig"]),
    )


def _endpoints(creation: GkeCreation) -> gcp.container.ClusterControlPlaneEndpointsConfigArgs:
    """By its name, for accounts that IAM lets in; by an address only where that is needed."""
    return gcp.container.ClusterControlPlaneEndpointsConfigArgs(
        dns_endpoint_config=gcp.container.ClusterControlPlaneEndpointsConfigDnsEndpointConfigArgs(
            allow_external_traffic=creation.dns_endpoint,
            # Google accounts only: a stolen token of a ServiceAccount opens nothing from outside.
            enable_k8s_tokens_via_dns=False,
            enable_k8s_certs_via_dns=False,
        ),
        ip_endpoints_config=gcp.container.ClusterControlPlaneEndpointsConfigIpEndpointsConfigArgs(
            enabled=creation.ip_endpoint
        ),
    )


def _callers(creation: GkeCreation) -> gcp.container.ClusterMasterAuthorizedNetworksConfigArgs | None:
    """Who reaches the address of the control plane, if it has one; only its own network, where nobody is listed."""
    if not creation.ip_endpoint:
        return None
    return gcp.container.ClusterMasterAuthorizedNetworksConfigArgs(
        cidr_blocks=[
            gcp.container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(cidr_block=callers)
            for callers in creation.api_access
        ],
        gcp_public_cidrs_access_enabled=False,  # any virtual machine of any of Google's customers
    )


def _maintenance() -> gcp.container.ClusterMaintenancePolicyArgs:
    """Patches come by themselves, at the weekend; another minor version comes when the stack file says so.

    GKE wants 48 hours of windows in 32 days. Two nights of six hours a week are a little more.
    """
    return gcp.container.ClusterMaintenancePolicyArgs(
        recurring_window=gcp.container.ClusterMaintenancePolicyRecurringWindowArgs(
            start_time="2026-01-03T00:00:00Z", end_time="2026-01-03T06:00:00Z", recurrence="FREQ=WEEKLY;BYDAY=SA,SU"
        ),
        maintenance_exclusions=[
            gcp.container.ClusterMaintenancePolicyMaintenanceExclusionArgs(
                exclusion_name="minor-versions",
                start_time="2026-01-01T00:00:00Z",
                exclusion_options=gcp.container.ClusterMaintenancePolicyMaintenanceExclusionExclusionOptionsArgs(
                    scope="NO_MINOR_UPGRADES", end_time_behavior="UNTIL_END_OF_SUPPORT"
                ),
            )
        ],
    )


def _addons() -> gcp.container.ClusterAddonsConfigArgs:
    return gcp.container.ClusterAddonsConfigArgs(
        gce_persistent_disk_csi_driver_config=gcp.container.ClusterAddonsConfigGcePersistentDiskCsiDriverConfigArgs(
            enabled=True
        ),
        gcp_filestore_csi_driver_config=gcp.container.ClusterAddonsConfigGcpFilestoreCsiDriverConfigArgs(enabled=True),
        gcs_fuse_csi_driver_config=gcp.container.ClusterAddonsConfigGcsFuseCsiDriverConfigArgs(enabled=False),
        # Our network policies let pods ask kube-dns, and a cache on each node has another address.
        dns_cache_config=gcp.container.ClusterAddonsConfigDnsCacheConfigArgs(enabled=False),
        horizontal_pod_autoscaling=gcp.container.ClusterAddonsConfigHorizontalPodAutoscalingArgs(disabled=False),
        # The load balancers that GKE makes for Services of today's kind need it.
        http_load_balancing=gcp.container.ClusterAddonsConfigHttpLoadBalancingArgs(disabled=False),
    )
