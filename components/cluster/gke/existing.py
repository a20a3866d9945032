"""A cluster on GKE that exists."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.gke.kubeconfig import Endpoint, kubeconfig
from components.cluster.gke.provider import google_provider
from components.cluster.gke.secrets import GoogleSecretManager
from components.cluster.lookup import look_up
from components.cluster.provider import kubernetes_provider
from components.settings.clouds.gke import Gke


class ExistingGkeCluster(pulumi.ComponentResource):
    """Looks up a cluster on GKE by its name, and changes nothing of it.

    Type token `smarthr360:cluster:ExistingGke`; children: `<name>-google` and `<name>-provider`, the providers.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `CloudClusterArgs`; the storage classes have to exist, too.
        opts: the usual resource options.

    Raises:
        pulumi.RunError: Google reports no such cluster.
    """

    connection: ClusterConnection

    def __init__(
        self, name: str, args: CloudClusterArgs[Gke, None], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("smarthr360:cluster:ExistingGke", name, {}, opts)
        settings = args.settings
        inside = pulumi.ResourceOptions(parent=self)
        google = google_provider(name, settings, inside)
        ask = pulumi.InvokeOptions(parent=self, provider=google)
        answer = look_up(
            "gke",
            settings.name,
            lambda: gcp.container.get_cluster(settings.region, settings.name, settings.project, opts=ask),
        )
        config = kubeconfig(settings.name, pulumi.Output.from_input(_endpoint(answer)))
        provider = kubernetes_provider(name, config, inside)
        self.connection = ClusterConnection(provider, config, GoogleSecretManager(settings, google))
        self.register_outputs({"kubeconfig": config})


def _endpoint(cluster: gcp.container.GetClusterResult) -> Endpoint:
    """Its DNS name where that is open to callers from outside, else its address."""
    for endpoints in cluster.control_plane_endpoints_configs:
        for by_name in endpoints.dns_endpoint_configs:
            if by_name.allow_external_traffic:
                return Endpoint(by_name.endpoint)
    return Endpoint(cluster.endpoint, cluster.master_auths[0].cluster_ca_certificate)
