"""Celery beat: sends the scheduled tasks. There is exactly one."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import metadata, selector
from components.settings import Beat as BeatSettings
from components.workloads.parts.django import Program, Shared, pod_template

NAME = "smarthr360-beat"


@dataclass(frozen=True)
class BeatArgs:
    """What beat is made from.

    Args:
        shared: what the application's programs share.
        image: Celery's image.
        settings: requests and limits; nothing that could make a second one.
    """

    shared: Shared
    image: str
    settings: BeatSettings


class Beat(pulumi.ComponentResource):
    """Makes the Deployment of the one beat.

    Two of them would send every task twice, so the old one is gone before the new one starts (`Recreate`). It has no
    probe: it listens nowhere, and the kubelet restarts a beat that ends.

    Type token `smarthr360:workloads:Beat`; children: `<name>-deployment`.

    Args:
        name: the component's name, and the prefix of its child's.
        args: see `BeatArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: BeatArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Beat", name, {}, opts)
        program = Program(
            component="beat",
            image=args.image,
            command=[
                *("celery", "-A", "config", "beat"),
                "--scheduler=django_celery_beat.schedulers:DatabaseScheduler",
                # The root file system is read-only, and a pid file that outlived a container would keep the next out.
                "--pidfile=",
            ],
            resources=args.settings.resources,
            grace=30,
        )
        k8s.apps.v1.Deployment(
            f"{name}-deployment",
            metadata=metadata(NAME, args.shared.namespace, "beat"),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=1,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector("beat")),
                strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
                template=pod_template(program, args.shared),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
