"""Rotation: what rolls pods when a Secret of theirs changes without Pulumi applying the pods."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import labels, metadata, selector
from components.secrets.contents import SecretNames
from components.settings import Resources
from components.workloads import api, beat, redis, worker
from components.workloads.parts.django import USER
from components.workloads.parts.pod import Mounts, container_security_context, pod_security_context, requirements

NAME = "smarthr360-rotation"
SCRIPT = Path(__file__).with_name("roll.py")

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"

SCHEDULE = "*/10 * * * *"
"""When it looks. External Secrets reads a secret manager once an hour, so this adds little."""

RESOURCES = Resources.model_validate(
    {
        "cpu": {"request": "10m", "limit": "200m"},
        "memory": {"request": "64Mi", "limit": "128Mi"},
        "ephemeralStorage": {"request": "64Mi", "limit": "64Mi"},
    }
)


@dataclass(frozen=True)
class RotationArgs:
    """What rotation is made from.

    Args:
        namespace: where it is made.
        image: an image with Python; the API's, so that no other one has to be trusted.
        secrets: the names of the Secrets.
    """

    namespace: pulumi.Input[str]
    image: str
    secrets: SecretNames


class Rotation(pulumi.ComponentResource):
    """Makes a CronJob that rolls what began before its Secret changed, and gives it the rights to do that and no more.

    PostgreSQL is left alone: it reads its password only when it makes its database.

    Type token `smarthr360:workloads:Rotation`; children: `<name>-account`, `<name>-role`, `<name>-binding`,
    `<name>-network` and `<name>-job`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `RotationArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: RotationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Rotation", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        own = metadata(NAME, args.namespace, "rotation")
        deployments = [api.NAME, worker.NAME, beat.NAME]
        account = k8s.core.v1.ServiceAccount(
            f"{name}-account",
            metadata=own,
            automount_service_account_token=False,
            image_pull_secrets=[k8s.core.v1.LocalObjectReferenceArgs(name=args.secrets.pull)],
            opts=child,
        )

        def rule(group: str, kind: str, names: list[pulumi.Input[str]], *verbs: str) -> k8s.rbac.v1.PolicyRuleArgs:
            return k8s.rbac.v1.PolicyRuleArgs(
                api_groups=[group], resources=[kind], resource_names=names, verbs=["get", *verbs]
            )

        role = k8s.rbac.v1.Role(
            f"{name}-role",
            metadata=own,
            rules=[
                rule("", "secrets", [args.secrets.app, args.secrets.redis]),
                rule("apps", "deployments", [*deployments], "patch"),
                rule("apps", "statefulsets", [redis.SERVICE], "patch"),
            ],
            opts=child,
        )
        binding = k8s.rbac.v1.RoleBinding(
            f"{name}-binding",
            metadata=own,
            role_ref=k8s.rbac.v1.RoleRefArgs(
                api_group="rbac.authorization.k8s.io", kind="Role", name=role.metadata.name
            ),
            subjects=[
                k8s.rbac.v1.SubjectArgs(
                    kind="ServiceAccount", name=account.metadata.name, namespace=account.metadata.namespace
                )
            ],
            opts=child,
        )
        k8s.networking.v1.NetworkPolicy(
            f"{name}-network",
            metadata=own,
            spec=k8s.networking.v1.NetworkPolicySpecArgs(
                pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector("rotation")),
                policy_types=["Egress"],
                egress=[
                    # The API server: no cloud gives it an address that a policy could name. Credentials of the node's
                    # are at addresses that it never has.
                    k8s.networking.v1.NetworkPolicyEgressRuleArgs(
                        to=[
                            k8s.networking.v1.NetworkPolicyPeerArgs(
                                ip_block=k8s.networking.v1.IPBlockArgs(
                                    cidr="0.0.0.0/0", except_=["169.254.0.0/16", "168.63.129.16/32"]
                                )
                            )
                        ],
                        ports=[
                            k8s.networking.v1.NetworkPolicyPortArgs(protocol="TCP", port=port) for port in (443, 6443)
                        ],
                    )
                ],
            ),
            opts=child,
        )
        lines = [pulumi.Output.concat("deployments/", each, " ", args.secrets.app) for each in deployments]
        lines.append(pulumi.Output.concat("statefulsets/", redis.SERVICE, " ", args.secrets.redis))
        workloads = pulumi.Output.all(*lines).apply("\n".join)
        mounts = Mounts().scratch("tmp", "/tmp")  # noqa: S108 - inside the container
        container = k8s.core.v1.ContainerArgs(
            name="rotation",
            image=args.image,
            command=["python", "-c", SCRIPT.read_text()],
            env=[
                k8s.core.v1.EnvVarArgs(name="WORKLOADS", value=workloads),
                k8s.core.v1.EnvVarArgs(name="ACCOUNT", value=ACCOUNT),
            ],
            resources=requirements(RESOURCES),
            security_context=container_security_context(),
            volume_mounts=mounts.mounts,
        )
        pod = k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels("rotation")),
            spec=k8s.core.v1.PodSpecArgs(
                service_account_name=account.metadata.name,
                automount_service_account_token=True,
                enable_service_links=False,
                restart_policy="Never",
                security_context=pod_security_context(USER),
                containers=[container],
                volumes=mounts.volumes,
            ),
        )
        k8s.batch.v1.CronJob(
            f"{name}-job",
            metadata=own,
            spec=k8s.batch.v1.CronJobSpecArgs(
                schedule=SCHEDULE,
                time_zone="Etc/UTC",
                concurrency_policy="Forbid",
                starting_deadline_seconds=300,
                successful_jobs_history_limit=1,
                failed_jobs_history_limit=3,
                job_template=k8s.batch.v1.JobTemplateSpecArgs(
                    spec=k8s.batch.v1.JobSpecArgs(backoff_limit=1, active_deadline_seconds=300, template=pod)
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[binding]),
        )
        self.register_outputs({})
