"""A cluster on GKE that the stack makes."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.gke.control_plane import make_cluster
from components.cluster.gke.keys import make_keys
from components.cluster.gke.kubeconfig import Endpoint, kubeconfig, kubernetes
from components.cluster.gke.network import make_network
from components.cluster.gke.nodes import make_account, make_nodes
from components.cluster.gke.project import prepare
from components.cluster.gke.secrets import GoogleSecretManager
from components.cluster.gke.storage import StorageArgs, make_storage_classes
from components.cluster.overrides import Overrides
from components.settings.clouds.gke import Gke as GkeSettings
from components.settings.clouds.gke import GkeCreation


class Gke(pulumi.ComponentResource):
    """Makes a regional cluster on GKE with all that it needs: network, keys, control plane, nodes, storage classes.

    Type token `smarthr360:cluster:Gke`; children: `<name>-google` and `<name>-provider`, the providers, and what each
    module of this package says.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `CloudClusterArgs`.
        opts: the usual resource options.

    Raises:
        pulumi.RunError: `overrides` names a resource that there is not.
    """

    connection: ClusterConnection

    def __init__(
        self, name: str, args: CloudClusterArgs[GkeSettings], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings, creation = args.settings, args.settings.create
        if not creation:
            raise AssertionError("a cluster that is there already is an ExistingGke")
        overrides = Overrides(name, creation.overrides)
        super().__init__("smarthr360:cluster:Gke", name, {}, pulumi.ResourceOptions.merge(overrides.options, opts))
        labels = {
            "part-of": "smarthr360",
            "managed-by": "pulumi",
            "environment": args.environment,
            **creation.tags,
        }
        google = gcp.Provider(
            f"{name}-google",
            gcp.ProviderArgs(project=settings.project, region=settings.region, default_labels=labels),
            pulumi.ResourceOptions(parent=self),
        )
        here = pulumi.ResourceOptions(parent=self, provider=google)

        def after(*ready: pulumi.Resource) -> pulumi.ResourceOptions:
            return pulumi.ResourceOptions.merge(here, pulumi.ResourceOptions(depends_on=ready))

        project = prepare(name, settings.project, here)
        in_project = after(*project.ready)
        network = make_network(name, settings.name, settings.region, creation.network, args.protect, in_project)
        keys = make_keys(name, settings.region, project, args.protect, in_project)
        account, roles = make_account(name, settings.name, settings.project, in_project)
        ready = after(*network.ready, *keys.ready, *roles)
        cluster = make_cluster(name, settings, creation, network, keys, account, labels, args.protect, ready)
        nodes = make_nodes(name, cluster, account, keys, creation.nodes, labels, ready)
        config = kubeconfig(settings.name, _endpoint(cluster, creation))
        # Objects wait for the nodes, and are gone before them.
        provider = kubernetes(name, config, pulumi.ResourceOptions(parent=self, depends_on=[nodes]))
        storage = StorageArgs(args.storage_classes, creation, settings.name, network, keys, labels, args.protect)
        make_storage_classes(name, storage, pulumi.ResourceOptions(parent=self, provider=provider))
        overrides.check("smarthr360:cluster.gke.create.overrides")
        self.connection = ClusterConnection(provider, config, GoogleSecretManager(settings, google, [cluster]))
        self.register_outputs({})


def _endpoint(cluster: gcp.container.Cluster, creation: GkeCreation) -> pulumi.Output[Endpoint]:
    """Its DNS name where that is open, else the address: the public one where there is one, or the private one."""
    if creation.dns_endpoint:
        name: pulumi.Output[Any] = cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint
        return name.apply(Endpoint)
    found = pulumi.Output.all(cluster.endpoint, cluster.master_auth.cluster_ca_certificate)
    return found.apply(lambda known: Endpoint(*known))
