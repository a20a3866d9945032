"""The Celery workers."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import metadata, selector
from components.settings import Worker as WorkerSettings
from components.workloads.parts.autoscaling import autoscaler
from components.workloads.parts.config import QUEUES
from components.workloads.parts.disruption import budget
from components.workloads.parts.django import Program, Shared, pod_template
from components.workloads.parts.pod import shell

NAME = "smarthr360-worker"


@dataclass(frozen=True)
class WorkerArgs:
    """What the workers are made from.

    Args:
        shared: what the application's programs share.
        image: Celery's image.
        settings: number or autoscaling, disruption, requests and limits, concurrency.
    """

    shared: Shared
    image: str
    settings: WorkerSettings


class Worker(pulumi.ComponentResource):
    """Makes the workers' Deployment and, where the settings ask for them, its autoscaler and its disruption budget.

    Type token `smarthr360:workloads:Worker`; children: `<name>-deployment`, `<name>-autoscaler`, `<name>-budget`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `WorkerArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: WorkerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Worker", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        deployment = k8s.apps.v1.Deployment(
            f"{name}-deployment",
            metadata=metadata(NAME, args.shared.namespace, "worker"),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                # None where an autoscaler owns it.
                replicas=args.settings.replicas,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector("worker")),
                template=pod_template(_program(args), args.shared),
            ),
            opts=child,
        )
        if args.settings.autoscaling:
            autoscaler(f"{name}-autoscaler", "worker", deployment, args.settings.autoscaling, child)
        budget(f"{name}-budget", "worker", deployment, args.settings.min_available, child)
        self.register_outputs({})


def _program(args: WorkerArgs) -> Program:
    answers = k8s.core.v1.ProbeArgs(
        # A ping goes through the broker, so a slow broker must not look like a dead worker: hence the long period.
        exec_=shell('celery -A config inspect ping --destination "celery@$HOSTNAME" --timeout 10'),
        initial_delay_seconds=30,
        period_seconds=60,
        timeout_seconds=15,
    )
    return Program(
        component="worker",
        image=args.image,
        command=[
            *("celery", "-A", "config", "worker"),
            f"--queues={','.join(QUEUES)}",
            f"--concurrency={args.settings.concurrency}",
            f"--max-tasks-per-child={args.settings.max_tasks_per_child}",
        ],
        resources=args.settings.resources,
        # A worker that is asked to stop takes no new task and finishes those that it has: exports take minutes.
        grace=300,
        liveness=answers,
    )
