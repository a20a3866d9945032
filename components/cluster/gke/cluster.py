"""A cluster on GKE that the stack makes."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.gke.control_plane import ControlPlaneArgs, make_control_plane
from components.cluster.gke.keys import KeysArgs, make_keys
from components.cluster.gke.kubeconfig import Endpoint, kubeconfig
from components.cluster.gke.network import NetworkArgs, make_network
from components.cluster.gke.nodes import NodeAccountArgs, NodesArgs, make_node_account, make_nodes
from components.cluster.gke.project import ProjectArgs, prepare_project
from components.cluster.gke.provider import google_provider
from components.cluster.gke.secrets import GoogleSecretManager
from components.cluster.gke.storage import StorageArgs, make_storage
from components.cluster.options import extended
from components.cluster.overrides import Overrides
from components.cluster.provider import kubernetes_provider
from components.settings.clouds.gke import Gke, GkeCreation


class GkeCluster(pulumi.ComponentResource):
    """Makes a regional cluster on GKE with all that it needs: network, keys, control plane, nodes, storage classes.

    Type token `smarthr360:cluster:Gke`; children: `<name>-google` and `<name>-provider`, the providers, and what each
    module of this package names. They are all its own children, not those of nested components:
    docs/decisions/0023-flat-clusters.md says why.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `CloudClusterArgs`.
        opts: the usual resource options.

    Raises:
        pulumi.RunError: `overrides` names a resource that does not exist.
    """

    connection: ClusterConnection

    def __init__(
        self, name: str, args: CloudClusterArgs[Gke, GkeCreation], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings, creation, protect = args.settings, args.creation, args.protect
        cluster, region = settings.name, settings.region
        overrides = Overrides(name, creation.overrides)
        super().__init__("smarthr360:cluster:Gke", name, {}, extended(opts, transformations=[overrides.transform]))
        labels = {
            "part-of": "smarthr360",
            "managed-by": "pulumi",
            "environment": args.environment,
            **creation.tags,
        }
        inside = pulumi.ResourceOptions(parent=self)
        google = google_provider(name, settings, inside, labels)
        in_google = extended(inside, provider=google)

        project = prepare_project(name, ProjectArgs(settings.project), in_google)
        in_project = extended(in_google, depends_on=project.ready)
        network = make_network(name, NetworkArgs(cluster, region, creation.network, protect), in_project)
        keys = make_keys(name, KeysArgs(region, project, protect), in_project)
        account = make_node_account(name, NodeAccountArgs(cluster, settings.project), in_project)
        ready = extended(in_google, depends_on=[*network.ready, *keys.ready, *account.roles])
        control_plane = make_control_plane(
            name,
            ControlPlaneArgs(
                settings=settings,
                creation=creation,
                network=network,
                keys=keys,
                account=account.account,
                labels=labels,
                protect=protect,
            ),
            ready,
        )
        nodes = make_nodes(name, NodesArgs(control_plane, account.account, keys, creation.nodes, labels), ready)
        config = kubeconfig(cluster, _endpoint(control_plane, creation))
        # Objects wait for the nodes, and are gone before them.
        provider = kubernetes_provider(name, config, extended(inside, depends_on=[nodes]))
        storage = StorageArgs(args.storage_classes, creation, cluster, network, keys, labels, protect)
        make_storage(name, storage, extended(inside, provider=provider))
        overrides.check("smarthr360:cluster.gke.create.overrides")
        self.connection = ClusterConnection(provider, config, GoogleSecretManager(settings, google, [control_plane]))
        self.register_outputs({"kubeconfig": config})


def _endpoint(cluster: gcp.container.Cluster, creation: GkeCreation) -> pulumi.Output[Endpoint]:
    """Its DNS name where that is open, else the address: the public one where there is one, or the private one."""
    if creation.dns_endpoint:
        name: pulumi.Output[Any] = cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint
        return name.apply(Endpoint)
    answer = pulumi.Output.all(cluster.endpoint, cluster.master_auth.cluster_ca_certificate)
    return answer.apply(lambda known: Endpoint(*known))
