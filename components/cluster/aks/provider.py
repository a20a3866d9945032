"""The providers of a cluster on AKS."""

from __future__ import annotations

import pulumi
import pulumi_azure_native as azure
import pulumi_kubernetes as k8s

from components.settings.clouds.aks import Aks


def azure_provider(name: str, settings: Aks, parent: pulumi.Resource) -> azure.Provider:
    """Azure's, for the one subscription and region; who it acts as, it finds in the environment. Child: `<name>-azure`.

    Args:
        name: prefix of its name.
        settings: what the stack says.
        parent: the component.
    """
    return azure.Provider(
        f"{name}-azure",
        subscription_id=settings.subscription,
        location=settings.region,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def kubernetes_provider(name: str, kubeconfig: pulumi.Input[str], parent: pulumi.Resource) -> k8s.Provider:
    """The cluster's own. Child: `<name>-provider`.

    Args:
        name: prefix of its name.
        kubeconfig: the content of a kubeconfig.
        parent: the component.
    """
    return k8s.Provider(
        f"{name}-provider",
        kubeconfig=kubeconfig,
        # By default a changed config map or Secret is deleted and made anew: pods that start meanwhile would fail.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )
