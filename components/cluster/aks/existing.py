"""A cluster on AKS that is there already."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import containerservice as aks

from components.cluster.aks.cluster import own_tags
from components.cluster.aks.context import Place
from components.cluster.aks.kubeconfig import kubeconfig
from components.cluster.aks.provider import azure_provider, kubernetes_provider
from components.cluster.aks.secrets import KeyVaultSecrets
from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.lookup import look_up
from components.settings.clouds.aks import Aks as AksSettings


class ExistingAks(pulumi.ComponentResource):
    """Finds a cluster on AKS by its name and resource group, and changes nothing of it.

    Type token `smarthr360:cluster:ExistingAks`; children: `<name>-azure` and `<name>-provider`. It makes no storage
    class: which ones the cluster has, the stack says (`storage.classes`).

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `CloudClusterArgs`.
        opts: the usual resource options.
    """

    connection: ClusterConnection

    def __init__(
        self, name: str, args: CloudClusterArgs[AksSettings], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("smarthr360:cluster:ExistingAks", name, {}, opts)
        settings = args.settings
        azure = azure_provider(name, settings, self)
        ask = pulumi.InvokeOptions(parent=self, provider=azure)
        group, cluster = settings.resource_group, settings.name
        found = look_up("aks", cluster, lambda: aks.get_managed_cluster(group, cluster, opts=ask))
        reached = kubeconfig(group, cluster, pulumi.InvokeOutputOptions(parent=self, provider=azure))
        secrets = None
        if settings.secret_vault:
            place = Place(
                name=name,
                cluster=settings.name,
                subscription=settings.subscription,
                region=settings.region,
                group=settings.resource_group,
                tags=own_tags(args),
                protect=args.protect,
                options=pulumi.ResourceOptions(parent=self, provider=azure),
            )
            secrets = KeyVaultSecrets(place, settings.secret_vault, _issuer(settings, found.oidc_issuer_profile))
        self.connection = ClusterConnection(kubernetes_provider(name, reached, self), reached, secrets, own_tags(args))
        self.register_outputs({})


def _issuer(settings: AksSettings, profile: aks.outputs.ManagedClusterOIDCIssuerProfileResponse | None) -> str:
    """Who signs the cluster's tokens.

    Raises:
        pulumi.RunError: nobody whom Entra ID could ask.
    """
    if profile is None or not profile.issuer_url:
        raise pulumi.RunError(
            f"the AKS cluster {settings.name} has no OIDC issuer, which workload identity needs; type `az aks update "
            f"--name {settings.name} --resource-group {settings.resource_group} --enable-oidc-issuer "
            "--enable-workload-identity`"
        )
    return profile.issuer_url
