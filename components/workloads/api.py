"""The API: Django behind gunicorn."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.settings import Api as ApiSettings
from components.workloads.autoscaling import autoscaler
from components.workloads.config import PROBE_HOST, AppConfig
from components.workloads.labels import CHECKSUM, labels, selector
from components.workloads.pod import Mounts, container_security_context, pod_security_context, requirements

NAME = "smarthr360-api"
PORT = 8000


@dataclass(frozen=True)
class ApiArgs:
    """What the API is made from.

    Args:
        namespace: where it is made.
        image: the application's image.
        config: the application's config map.
        secret: name of the Secret with the application's secret environment variables.
        settings: requests and limits, autoscaling.
    """

    namespace: pulumi.Input[str]
    image: str
    config: AppConfig
    secret: pulumi.Input[str]
    settings: ApiSettings


class Api(pulumi.ComponentResource):
    """Makes the API's Deployment, its Service on port 8000 and its autoscaler.

    Type token `smarthr360:workloads:Api`; children: `<name>-deployment`, `<name>-service`, `<name>-autoscaler`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `ApiArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: ApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Api", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        metadata = k8s.meta.v1.ObjectMetaArgs(name=NAME, namespace=args.namespace, labels=labels("api"))
        deployment = k8s.apps.v1.Deployment(
            f"{name}-deployment",
            metadata=metadata,
            spec=k8s.apps.v1.DeploymentSpecArgs(
                # No replicas: the autoscaler owns them.
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector("api")),
                strategy=k8s.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
                ),
                template=k8s.core.v1.PodTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(
                        labels=labels("api"), annotations={CHECKSUM: args.config.checksum}
                    ),
                    spec=_pod(args),
                ),
            ),
            opts=child,
        )
        k8s.core.v1.Service(
            f"{name}-service",
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=NAME,
                namespace=args.namespace,
                labels=labels("api"),
                # The Deployment was waited for; the provider's ten seconds for a Service to settle tell nothing more.
                annotations={"pulumi.com/skipAwait": "true"},
            ),
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=selector("api"),
                ports=[k8s.core.v1.ServicePortArgs(name="http", port=PORT, target_port="http")],
                session_affinity="ClientIP",
                session_affinity_config=k8s.core.v1.SessionAffinityConfigArgs(
                    client_ip=k8s.core.v1.ClientIPConfigArgs(timeout_seconds=3600)
                ),
            ),
            opts=child,
        )
        autoscaler(f"{name}-autoscaler", "api", deployment, args.settings.autoscaling, child)
        self.register_outputs({})


def _pod(args: ApiArgs) -> k8s.core.v1.PodSpecArgs:
    mounts = Mounts().scratch("tmp", "/tmp")  # noqa: S108 - inside the container
    return k8s.core.v1.PodSpecArgs(
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=pod_security_context(user=1000),
        # Gunicorn finishes the requests that it has: the longest may take its whole timeout.
        termination_grace_period_seconds=int(args.settings.gunicorn.timeout.seconds) + 10,
        containers=[
            k8s.core.v1.ContainerArgs(
                name="api",
                image=args.image,
                ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=PORT)],
                env_from=[
                    k8s.core.v1.EnvFromSourceArgs(
                        config_map_ref=k8s.core.v1.ConfigMapEnvSourceArgs(name=args.config.name)
                    ),
                    k8s.core.v1.EnvFromSourceArgs(secret_ref=k8s.core.v1.SecretEnvSourceArgs(name=args.secret)),
                ],
                resources=requirements(args.settings.resources),
                security_context=container_security_context(),
                startup_probe=_probe("/api/health/alive/", period=5, failures=30),
                liveness_probe=_probe("/api/health/alive/", delay=60, period=10),
                readiness_probe=_probe("/api/health/ready/", delay=30, period=5),
                volume_mounts=mounts.mounts,
            )
        ],
        volumes=mounts.volumes,
    )


def _probe(path: str, *, period: int, delay: int | None = None, failures: int | None = None) -> k8s.core.v1.ProbeArgs:
    return k8s.core.v1.ProbeArgs(
        http_get=k8s.core.v1.HTTPGetActionArgs(
            path=path,
            port="http",
            http_headers=[k8s.core.v1.HTTPHeaderArgs(name="Host", value=PROBE_HOST)],
        ),
        initial_delay_seconds=delay,
        period_seconds=period,
        failure_threshold=failures,
    )
