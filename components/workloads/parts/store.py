"""A store: one server that keeps its data on one volume. PostgreSQL and Redis are stores."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import labels, metadata, selector
from components.settings import Resources
from components.workloads.parts.access import Access
from components.workloads.parts.pod import (
    Mounts,
    container_security_context,
    pod_security_context,
    port_probe,
    requirements,
)
from components.workloads.parts.storage import claim
from units import Quantity


@dataclass(frozen=True, kw_only=True)
class StoreArgs:
    """What a store is made from.

    Args:
        component: its name, which is also its Service's.
        namespace: where it is made.
        port: the port that it listens on.
        image: the server's image.
        user: the user and group id that the image was made for.
        command: what the container runs; None for the image's own.
        args: its arguments; None for the image's own.
        env: the container's environment.
        ready: the check that the server answers.
        grace: seconds that the server gets to stop.
        resources: requests and limits.
        storage_class: class of its ReadWriteOnce volume.
        size: size of the volume.
        data: where the volume is mounted.
        mounts: what else is mounted.
        access: the ServiceAccount and the priority classes.
        annotations: of the pods.
    """

    component: str
    namespace: pulumi.Input[str]
    port: int
    image: str
    user: int
    command: list[str] | None = None
    args: list[str] | None = None
    env: list[k8s.core.v1.EnvVarArgs]
    ready: k8s.core.v1.ExecActionArgs
    grace: int
    resources: Resources
    storage_class: str
    size: Quantity
    data: str
    mounts: Mounts
    access: Access
    annotations: dict[str, str] = field(default_factory=dict)


def make_store(name: str, args: StoreArgs, opts: pulumi.ResourceOptions) -> None:
    """Make a claim, a headless Service and a StatefulSet of one replica.

    Args:
        name: the prefix of Pulumi's names: `<name>-claim`, `<name>-service`, `<name>-statefulset`.
        args: see `StoreArgs`.
        opts: the component's, with the parent.
    """
    own = metadata(args.component, args.namespace, args.component)
    data = claim(
        f"{name}-claim",
        f"{args.component}-data",
        args.component,
        args.namespace,
        args.storage_class,
        "ReadWriteOnce",
        args.size,
        opts,
    )
    service = k8s.core.v1.Service(
        f"{name}-service",
        metadata=own,
        spec=k8s.core.v1.ServiceSpecArgs(
            cluster_ip="None",
            selector=selector(args.component),
            ports=[k8s.core.v1.ServicePortArgs(name=args.component, port=args.port, target_port=args.component)],
        ),
        opts=opts,
    )
    args.mounts.claim("data", args.data, data)
    k8s.apps.v1.StatefulSet(
        f"{name}-statefulset",
        metadata=own,
        spec=k8s.apps.v1.StatefulSetSpecArgs(
            service_name=service.metadata.name,
            replicas=1,
            selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(args.component)),
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=k8s.meta.v1.ObjectMetaArgs(
                    labels=labels(args.component), annotations=args.annotations or None
                ),
                spec=_pod(args),
            ),
        ),
        opts=opts,
    )


def _pod(args: StoreArgs) -> k8s.core.v1.PodSpecArgs:
    return k8s.core.v1.PodSpecArgs(
        service_account_name=args.access.service_account,
        automount_service_account_token=False,
        priority_class_name=args.access.stores,
        enable_service_links=False,
        security_context=pod_security_context(args.user),
        termination_grace_period_seconds=args.grace,
        containers=[
            k8s.core.v1.ContainerArgs(
                name=args.component,
                image=args.image,
                command=args.command,
                args=args.args,
                ports=[k8s.core.v1.ContainerPortArgs(name=args.component, container_port=args.port)],
                env=args.env,
                resources=requirements(args.resources),
                security_context=container_security_context(),
                # Five minutes for a first start or a long recovery; only then do the other probes count.
                startup_probe=k8s.core.v1.ProbeArgs(exec_=args.ready, period_seconds=5, failure_threshold=60),
                # Alive is less than ready: a server that is busy recovering must not be killed for it.
                liveness_probe=port_probe(args.component, period=10),
                readiness_probe=k8s.core.v1.ProbeArgs(exec_=args.ready, period_seconds=5, timeout_seconds=5),
                volume_mounts=args.mounts.mounts,
            )
        ],
        volumes=args.mounts.volumes,
    )
