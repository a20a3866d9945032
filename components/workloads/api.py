"""The API: Django behind gunicorn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import FROM_EDGE, NOT_AWAITED, metadata, selector
from components.environment.metrics import scraped
from components.settings import Api as ApiSettings
from components.workloads.parts.autoscaling import autoscaler
from components.workloads.parts.disruption import budget
from components.workloads.parts.django import Program, Shared, pod_template
from components.workloads.parts.pod import http_probe

NAME = "smarthr360-api"
PORT = 8000


@dataclass(frozen=True)
class ApiArgs:
    """What the API is made from.

    Args:
        shared: what the application's programs share.
        image: the API's image.
        settings: requests and limits, autoscaling, disruption.
    """

    shared: Shared
    image: str
    settings: ApiSettings


class Api(pulumi.ComponentResource):
    """Makes the API's Deployment, its Service on port 8000, its autoscaler and its disruption budget.

    Type token `smarthr360:workloads:Api`; children: `<name>-deployment`, `<name>-service`, `<name>-autoscaler` and,
    where the settings ask for one, `<name>-budget`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `ApiArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: ApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Api", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        namespace = args.shared.namespace
        deployment = k8s.apps.v1.Deployment(
            f"{name}-deployment",
            metadata=metadata(NAME, namespace, "api"),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                # No replicas: the autoscaler owns them.
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector("api")),
                strategy=k8s.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
                ),
                template=pod_template(_program(args), args.shared),
            ),
            opts=child,
        )
        k8s.core.v1.Service(
            f"{name}-service",
            metadata=metadata(NAME, namespace, "api", NOT_AWAITED),
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=selector("api"),
                ports=[k8s.core.v1.ServicePortArgs(name="http", port=PORT, target_port="http")],
                **_affinity(args.settings.session_affinity),
            ),
            opts=child,
        )
        autoscaler(f"{name}-autoscaler", "api", deployment, args.settings.autoscaling, child)
        budget(f"{name}-budget", "api", deployment, args.settings.min_available, child)
        self.register_outputs({})


def _affinity(sticky: bool) -> dict[str, Any]:
    """Fields of a Service that keep an address with one pod for an hour; empty if not `sticky`.

    The addresses are those of Nginx's pods and the edge's, which are few: each pod of Nginx reached one pod of the API
    (measured: 411m of processor there, and 1m in each of the two that the autoscaler had added).
    """
    if not sticky:
        return {}
    lasts = k8s.core.v1.ClientIPConfigArgs(timeout_seconds=3600)
    return {
        "session_affinity": "ClientIP",
        "session_affinity_config": k8s.core.v1.SessionAffinityConfigArgs(client_ip=lasts),
    }


def _program(args: ApiArgs) -> Program:
    return Program(
        component="api",
        image=args.image,
        resources=args.settings.resources,
        # Gunicorn finishes the requests that it has: the longest can take its whole timeout.
        grace=int(args.settings.gunicorn.timeout.seconds) + 10,
        ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=PORT)],
        startup=http_probe("/api/health/alive/", period=5, failures=30),
        liveness=http_probe("/api/health/alive/", delay=60, period=10),
        readiness=http_probe("/api/health/ready/", delay=30, period=5),
        labels=FROM_EDGE,
        annotations=scraped(PORT),
    )
