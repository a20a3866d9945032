"""Disruption budgets: how many pods a drained node leaves running."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import metadata, selector


def budget(
    name: str,
    component: str,
    deployment: k8s.apps.v1.Deployment,
    min_available: int | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """Make a disruption budget, unless `min_available` is None.

    Args:
        name: Pulumi's name for it.
        component: whose pods it counts.
        deployment: what makes them.
        min_available: how many pods have to keep running.
        opts: the component's, with the parent.
    """
    if min_available is None:
        return
    k8s.policy.v1.PodDisruptionBudget(
        name,
        metadata=metadata(deployment.metadata.name, deployment.metadata.namespace, component),
        spec=k8s.policy.v1.PodDisruptionBudgetSpecArgs(
            min_available=min_available,
            selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(component)),
            # A pod that does not work can always go: otherwise a broken release blocks every drain.
            unhealthy_pod_eviction_policy="AlwaysAllow",
        ),
        opts=opts,
    )
