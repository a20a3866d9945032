"""Autoscaling: how many replicas a Deployment has, decided by load."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import metadata
from components.settings import Autoscaling


def autoscaler(
    name: str,
    component: str,
    deployment: k8s.apps.v1.Deployment,
    settings: Autoscaling,
    opts: pulumi.ResourceOptions,
) -> k8s.autoscaling.v2.HorizontalPodAutoscaler:
    """Make the autoscaler that owns a Deployment's replicas; the Deployment itself must then not set any.

    Args:
        name: Pulumi's name for it.
        component: whose it is, for its labels.
        deployment: what it scales.
        settings: the fewest and the most replicas, and the average use in percent of the request that it aims at.
        opts: the component's, with the parent.
    """
    return k8s.autoscaling.v2.HorizontalPodAutoscaler(
        name,
        metadata=metadata(deployment.metadata.name, deployment.metadata.namespace, component),
        spec=k8s.autoscaling.v2.HorizontalPodAutoscalerSpecArgs(
            scale_target_ref=k8s.autoscaling.v2.CrossVersionObjectReferenceArgs(
                api_version="apps/v1", kind="Deployment", name=deployment.metadata.name
            ),
            min_replicas=settings.min,
            max_replicas=settings.max,
            metrics=[_utilization("cpu", settings.cpu), _utilization("memory", settings.memory)],
            behavior=_behavior(),
        ),
        opts=opts,
    )


def _utilization(resource: str, percent: int) -> k8s.autoscaling.v2.MetricSpecArgs:
    return k8s.autoscaling.v2.MetricSpecArgs(
        type="Resource",
        resource=k8s.autoscaling.v2.ResourceMetricSourceArgs(
            name=resource,
            target=k8s.autoscaling.v2.MetricTargetArgs(type="Utilization", average_utilization=percent),
        ),
    )


def _behavior() -> k8s.autoscaling.v2.HorizontalPodAutoscalerBehaviorArgs:
    """Up at once, by half or by two pods; down by one pod a minute, once fewer would have done for five minutes."""
    return k8s.autoscaling.v2.HorizontalPodAutoscalerBehaviorArgs(
        scale_up=k8s.autoscaling.v2.HPAScalingRulesArgs(
            stabilization_window_seconds=0,
            select_policy="Max",
            policies=[
                k8s.autoscaling.v2.HPAScalingPolicyArgs(type="Percent", value=50, period_seconds=60),
                k8s.autoscaling.v2.HPAScalingPolicyArgs(type="Pods", value=2, period_seconds=60),
            ],
        ),
        scale_down=k8s.autoscaling.v2.HPAScalingRulesArgs(
            stabilization_window_seconds=300,
            policies=[k8s.autoscaling.v2.HPAScalingPolicyArgs(type="Pods", value=1, period_seconds=60)],
        ),
    )
