"""A cluster on AKS that exists."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import containerservice as aks

from components.cluster.aks.group import group_of
from components.cluster.aks.kubeconfig import kubeconfig
from components.cluster.aks.provider import azure_provider
from components.cluster.aks.secrets import KeyVaultSecrets
from components.cluster.connection import CloudClusterArgs, ClusterConnection
from components.cluster.lookup import look_up
from components.cluster.provider import kubernetes_provider
from components.settings.clouds.aks import Aks


class ExistingAksCluster(pulumi.ComponentResource):
    """Looks up a cluster on AKS by its name and resource group, and changes nothing of it.

    Type token `smarthr360:cluster:ExistingAks`; children: `<name>-azure` and `<name>-provider`, the providers. It makes
    no storage class: the stack names those of the cluster (`storage.classes`).

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `CloudClusterArgs`.
        opts: the usual resource options.

    Raises:
        pulumi.RunError: Azure reports no such cluster, or one that lacks what its login or its secrets need.
    """

    connection: ClusterConnection

    def __init__(
        self, name: str, args: CloudClusterArgs[Aks, None], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("smarthr360:cluster:ExistingAks", name, {}, opts)
        settings = args.settings
        inside = pulumi.ResourceOptions(parent=self)
        azure = azure_provider(name, settings, inside)
        group = group_of(settings, args.environment, args.protect)
        ask = pulumi.InvokeOptions(parent=self, provider=azure)
        answer = look_up("aks", settings.name, lambda: aks.get_managed_cluster(group.name, group.cluster, opts=ask))
        config = kubeconfig(group.name, group.cluster, pulumi.InvokeOutputOptions(parent=self, provider=azure))
        secrets = None
        if settings.secret_vault:
            issuer = _issuer(settings, answer.oidc_issuer_profile)
            secrets = KeyVaultSecrets(group, settings.secret_vault, issuer, azure)
        provider = kubernetes_provider(name, config, inside)
        self.connection = ClusterConnection(provider, config, secrets, group.tags)
        self.register_outputs({"kubeconfig": config})


def _issuer(settings: Aks, profile: aks.outputs.ManagedClusterOIDCIssuerProfileResponse | None) -> str:
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
