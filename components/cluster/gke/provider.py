"""The provider of Google Cloud."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_gcp as gcp

from components.settings.clouds.gke import Gke


def google_provider(
    name: str, settings: Gke, opts: pulumi.ResourceOptions, labels: Mapping[str, str] | None = None
) -> gcp.Provider:
    """Make the provider of Google Cloud, for one project and region. Child: `<name>-google`.

    It takes its credentials from where gcloud does. The stack has none.

    Args:
        name: prefix of its name.
        settings: which cluster it is for.
        opts: its resource options.
        labels: labels of everything that it makes.
    """
    return gcp.Provider(
        f"{name}-google",
        gcp.ProviderArgs(project=settings.project, region=settings.region, default_labels=labels),
        opts,
    )
