"""A cluster on GKE that is there already."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.gke.kubeconfig import Endpoint, kubeconfig, kubernetes
from components.cluster.gke.secrets import GoogleSecretManager
from components.cluster.lookup import look_up
from components.settings.clouds.gke import Gke


class ExistingGke(pulumi.ComponentResource):
    """Finds a cluster on GKE by its name, and makes nothing of it.

    Type token `smarthr360:cluster:ExistingGke`; children: `<name>-google` and `<name>-provider`, the providers.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `CloudClusterArgs`; the storage classes have to be there, too.
        opts: the usual resource options.
    """

    connection: ClusterConnection

    def __init__(self, name: str, args: CloudClusterArgs[Gke], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:cluster:ExistingGke", name, {}, opts)
        settings = args.settings
        google = gcp.Provider(
            f"{name}-google",
            gcp.ProviderArgs(project=settings.project, region=settings.region),
            pulumi.ResourceOptions(parent=self),
        )
        ask = pulumi.InvokeOptions(parent=self, provider=google)
        found = look_up(
            "gke",
            settings.name,
            lambda: gcp.container.get_cluster(settings.region, settings.name, settings.project, opts=ask),
        )
        config = kubeconfig(settings.name, pulumi.Output.from_input(_endpoint(found)))
        provider = kubernetes(name, config, pulumi.ResourceOptions(parent=self))
        self.connection = ClusterConnection(provider, config, GoogleSecretManager(settings, google))
        self.register_outputs({})


def _endpoint(found: gcp.container.GetClusterResult) -> Endpoint:
    """Its DNS name where that is open to callers from outside, else its address."""
    for endpoints in found.control_plane_endpoints_configs:
        for by_name in endpoints.dns_endpoint_configs:
            if by_name.allow_external_traffic:
                return Endpoint(by_name.endpoint)
    return Endpoint(found.endpoint, found.master_auths[0].cluster_ca_certificate)
