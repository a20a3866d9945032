"""A cluster on AKS that the stack makes."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import authorization, resources
from pulumi_azure_native import containerservice as aks

from components.cluster.aks.context import Place
from components.cluster.aks.control_plane import make_control_plane, make_identity
from components.cluster.aks.files import account_name, make_files
from components.cluster.aks.keys import make_keys
from components.cluster.aks.kubeconfig import kubeconfig
from components.cluster.aks.logs import keep_logs
from components.cluster.aks.network import make_network
from components.cluster.aks.nodes import make_nodes
from components.cluster.aks.provider import azure_provider, kubernetes_provider
from components.cluster.aks.secrets import KeyVaultSecrets
from components.cluster.aks.storage_classes import make_storage_classes
from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.overrides import Overrides
from components.settings.clouds.aks import Aks as AksSettings
from components.settings.clouds.aks import AksCreation


class Aks(pulumi.ComponentResource):
    """Makes a cluster on AKS with all that it needs, in a resource group of its own.

    Type token `smarthr360:cluster:Aks`; children: `<name>-azure` (the provider), `<name>-group`, what `make_network`,
    `make_keys`, `make_files`, `make_control_plane`, `make_nodes`, `keep_logs` and `make_storage_classes` name,
    `<name>-provider` and, in production, `<name>-lock`: as long as that is there, Azure deletes nothing in the group.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `CloudClusterArgs`.
        create: how it is made.
        opts: the usual resource options.

    Raises:
        pulumi.RunError: an override of what there is not.
    """

    connection: ClusterConnection

    def __init__(
        self,
        name: str,
        args: CloudClusterArgs[AksSettings],
        create: AksCreation,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        overrides = Overrides(name, create.overrides)
        opts = pulumi.ResourceOptions.merge(opts, overrides.options)
        super().__init__("smarthr360:cluster:Aks", name, {}, opts)
        place, group = self._place(name, args, create)
        network = make_network(place, create.network)
        identity = make_identity(place)
        keys = make_keys(place, identity)
        files_ready = make_files(place, network, keys, identity.principal_id)
        cluster = make_control_plane(place, create, network, keys, identity)
        nodes = make_nodes(place, cluster, create, network.nodes)
        keep_logs(place, cluster, keys.vault, create.log_retention)
        if args.protect:
            _lock(place, group, [nodes, *files_ready])

        # What does not exist yet is not asked for: the answer is unknown then.
        ask = pulumi.InvokeOutputOptions(parent=self, provider=place.options.provider, depends_on=[cluster])
        reached = kubeconfig(place.group, place.cluster, ask)
        provider = kubernetes_provider(name, reached, self)
        inside = pulumi.ResourceOptions(parent=self, provider=provider, depends_on=list(files_ready))
        make_storage_classes(place, args.storage_classes, keys.disks.id, account_name(place), inside)

        vault = args.settings.secret_vault
        secrets = KeyVaultSecrets(place, vault, _issuer(cluster)) if vault else None
        self.connection = ClusterConnection(provider, reached, secrets, place.tags)
        overrides.check("smarthr360:cluster.aks.create.overrides")
        self.register_outputs({})

    def _place(
        self, name: str, args: CloudClusterArgs[AksSettings], create: AksCreation
    ) -> tuple[Place, resources.ResourceGroup]:
        settings = args.settings
        azure = azure_provider(name, settings, self)
        options = pulumi.ResourceOptions(parent=self, provider=azure)
        tags = own_tags(args) | create.tags
        group = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=settings.resource_group,
            location=settings.region,
            tags=tags,
            opts=pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(protect=args.protect)),
        )
        place = Place(
            name=name,
            cluster=settings.name,
            subscription=settings.subscription,
            region=settings.region,
            group=settings.resource_group,
            tags=tags,
            protect=args.protect,
            options=pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[group])),
        )
        return place, group


def own_tags(args: CloudClusterArgs[AksSettings]) -> dict[str, str]:
    """The tags of everything that is made for a cluster."""
    return {
        "application": "smarthr360",
        "environment": args.environment,
        "cluster": args.settings.name,
        "managed-by": "pulumi",
    }


def _lock(place: Place, group: resources.ResourceGroup, first: list[pulumi.Resource]) -> None:
    """Lock the whole group, and all in it, once that is there."""
    authorization.ManagementLockByScope(
        f"{place.name}-lock",
        lock_name="production",
        scope=group.id,
        level=authorization.LockLevel.CAN_NOT_DELETE,
        notes="SmartHR360's production; docs/aks.md says how to take it down on purpose",
        opts=place.after(first, kept=True),
    )


def _issuer(cluster: aks.ManagedCluster) -> pulumi.Output[str]:
    return cluster.oidc_issuer_profile.apply(lambda found: found.issuer_url if found else "")
