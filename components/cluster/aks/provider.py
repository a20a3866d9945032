"""The provider of Azure."""

from __future__ import annotations

import pulumi
import pulumi_azure_native as azure

from components.settings.clouds.aks import Aks


def azure_provider(name: str, settings: Aks, opts: pulumi.ResourceOptions) -> azure.Provider:
    """Make the provider of Azure, for one subscription and region. Child: `<name>-azure`.

    It takes its credentials from where the Azure CLI does. The stack has none.

    Args:
        name: prefix of its name.
        settings: which cluster it is for.
        opts: its resource options.
    """
    return azure.Provider(f"{name}-azure", subscription_id=settings.subscription, location=settings.region, opts=opts)
