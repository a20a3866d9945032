"""A cluster on AKS that the stack makes."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import containerservice as aks

from components.cluster.aks.control_plane import ControlPlaneArgs, make_control_plane, make_identity
from components.cluster.aks.group import group_of, lock_group, make_group
from components.cluster.aks.keys import KeysArgs, make_keys
from components.cluster.aks.kubeconfig import kubeconfig
from components.cluster.aks.logs import LogsArgs, make_logs
from components.cluster.aks.network import NetworkArgs, make_network
from components.cluster.aks.nodes import NodesArgs, make_nodes
from components.cluster.aks.provider import azure_provider
from components.cluster.aks.secrets import KeyVaultSecrets
from components.cluster.aks.storage import FilesArgs, StorageClassesArgs, make_files, make_storage_classes
from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.options import extended
from components.cluster.overrides import Overrides
from components.cluster.provider import kubernetes_provider
from components.settings.clouds.aks import Aks, AksCreation


class AksCluster(pulumi.ComponentResource):
    """Makes a cluster on AKS with all that it needs, in a resource group of its own.

    Type token `smarthr360:cluster:Aks`; children: `<name>-azure` and `<name>-provider`, the providers, and what each
    module of this package names; in production a lock, too, so that Azure deletes nothing in the group. They are all
    its own children, not those of nested components: docs/decisions/0023-flat-clusters.md says why.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `CloudClusterArgs`.
        opts: the usual resource options.

    Raises:
        pulumi.RunError: `overrides` names a resource that does not exist.
    """

    connection: ClusterConnection

    def __init__(
        self, name: str, args: CloudClusterArgs[Aks, AksCreation], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings, creation = args.settings, args.creation
        overrides = Overrides(name, creation.overrides)
        super().__init__("smarthr360:cluster:Aks", name, {}, extended(opts, transformations=[overrides.transform]))
        inside = pulumi.ResourceOptions(parent=self)
        azure = azure_provider(name, settings, inside)
        in_azure = extended(inside, provider=azure)

        group = group_of(settings, args.environment, args.protect)
        resource_group = make_group(name, group, in_azure)
        in_group = extended(in_azure, depends_on=[resource_group])
        network = make_network(name, NetworkArgs(group, creation.network), in_group)
        identity = make_identity(name, group, in_group)
        keys = make_keys(name, KeysArgs(group, identity), in_group)
        files = make_files(name, FilesArgs(group, network, keys, identity.principal_id), in_group)
        control_plane = make_control_plane(name, ControlPlaneArgs(group, creation, network, keys, identity), in_group)
        nodes = make_nodes(name, NodesArgs(group, control_plane, creation, network.nodes), in_group)
        make_logs(name, LogsArgs(group, control_plane, keys.vault, creation.log_retention), in_group)
        if args.protect:
            lock_group(name, resource_group, extended(in_group, depends_on=[nodes, *files]))

        # A cluster that does not exist yet is not asked for: the answer is unknown then.
        ask = pulumi.InvokeOutputOptions(parent=self, provider=azure, depends_on=[control_plane])
        config = kubeconfig(group.name, group.cluster, ask)
        provider = kubernetes_provider(name, config, inside)
        in_cluster = extended(inside, provider=provider, depends_on=files)
        make_storage_classes(name, StorageClassesArgs(group, args.storage_classes, keys.disks.id), in_cluster)

        vault = settings.secret_vault
        secrets = KeyVaultSecrets(group, vault, _issuer(control_plane), azure) if vault else None
        self.connection = ClusterConnection(provider, config, secrets, group.tags)
        overrides.check("smarthr360:cluster.aks.create.overrides")
        self.register_outputs({"kubeconfig": config})


def _issuer(cluster: aks.ManagedCluster) -> pulumi.Output[str]:
    return cluster.oidc_issuer_profile.apply(lambda profile: profile.issuer_url if profile else "")
