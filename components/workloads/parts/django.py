"""What the API, the workers and beat have in common: programs of one Django application."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import CHECKSUM, SECRET_CHECKSUM, labels
from components.settings import Resources
from components.workloads.parts.access import Access
from components.workloads.parts.config import AppConfig
from components.workloads.parts.pod import (
    Mounts,
    container_security_context,
    pod_security_context,
    requirements,
    spread,
    tolerations,
)
from components.workloads.parts.storage import Storage

USER = 1000

WAIT_SECONDS = 300

WAIT = f"""\
import os, socket, sys, time
deadline = time.monotonic() + {WAIT_SECONDS}
for store in ("DB", "REDIS"):
    host, port = os.environ[store + "_HOST"], int(os.environ[store + "_PORT"])
    while True:
        try:
            socket.create_connection((host, port), 2).close()
            break
        except OSError as error:
            if time.monotonic() > deadline:
                sys.exit(f"{{host}}:{{port}} did not answer within {WAIT_SECONDS} s: {{error}}")
            time.sleep(2)
"""
"""Waits for PostgreSQL and Redis in the application's own image, which has Python; then gives up, so that the pod's
state says what is missing instead of hanging."""


@dataclass(frozen=True)
class Shared:
    """What the application's programs share.

    Args:
        namespace: where everything is.
        config: the application's config map.
        secret: name of the Secret with the application's secret environment variables.
        secret_checksum: a digest of that Secret, to roll the pods; None where it is not known here.
        access: the ServiceAccount and the priority classes.
        storage: the shared volumes.
        spot_taint: key and value of the taint of spot nodes, which the pods tolerate; None where spot nodes have none.
    """

    namespace: pulumi.Input[str]
    config: AppConfig
    secret: pulumi.Input[str]
    secret_checksum: str | None
    access: Access
    storage: Storage
    spot_taint: tuple[str, str] | None


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program of the application.

    Args:
        component: its name.
        image: the image that it is in.
        command: what the container runs; None for the image's own.
        resources: requests and limits.
        grace: seconds that it gets to finish what it has begun.
        ports: the ports that it listens on.
        startup: the probe that has to pass before the others count.
        liveness: the probe that restarts it.
        readiness: the probe that sends it traffic.
        labels: more labels of its pods.
        annotations: more annotations of its pods.
    """

    component: str
    image: str
    command: list[str] | None = None
    resources: Resources
    grace: int
    ports: list[k8s.core.v1.ContainerPortArgs] | None = None
    startup: k8s.core.v1.ProbeArgs | None = None
    liveness: k8s.core.v1.ProbeArgs | None = None
    readiness: k8s.core.v1.ProbeArgs | None = None
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)


def pod_template(program: Program, shared: Shared) -> k8s.core.v1.PodTemplateSpecArgs:
    """The pods of one program: hardened, spread out, with the application's config, secrets and shared volumes."""
    mounts = (
        Mounts()
        .scratch("tmp", "/tmp")  # noqa: S108 - inside the container
        .claim("media", "/app/media", shared.storage.media)
        .claim("ml-models", "/app/artifacts/models", shared.storage.ml_models)
        .claim("logs", "/app/logs", shared.storage.logs)
    )
    config = k8s.core.v1.EnvFromSourceArgs(config_map_ref=k8s.core.v1.ConfigMapEnvSourceArgs(name=shared.config.name))
    secret = k8s.core.v1.EnvFromSourceArgs(secret_ref=k8s.core.v1.SecretEnvSourceArgs(name=shared.secret))
    return k8s.core.v1.PodTemplateSpecArgs(
        metadata=k8s.meta.v1.ObjectMetaArgs(
            labels={**labels(program.component), **program.labels},
            annotations={
                CHECKSUM: shared.config.checksum,
                **({SECRET_CHECKSUM: shared.secret_checksum} if shared.secret_checksum else {}),
                **program.annotations,
            },
        ),
        spec=k8s.core.v1.PodSpecArgs(
            service_account_name=shared.access.service_account,
            automount_service_account_token=False,
            enable_service_links=False,
            priority_class_name=shared.access.services,
            security_context=pod_security_context(USER),
            topology_spread_constraints=spread(program.component),
            tolerations=tolerations(shared.spot_taint),
            termination_grace_period_seconds=program.grace,
            init_containers=[
                k8s.core.v1.ContainerArgs(
                    name="wait-for-stores",
                    image=program.image,
                    command=["python", "-c", WAIT],
                    env_from=[config],
                    resources=requirements(program.resources),
                    security_context=container_security_context(),
                )
            ],
            containers=[
                k8s.core.v1.ContainerArgs(
                    name=program.component,
                    image=program.image,
                    command=program.command,
                    ports=program.ports,
                    env_from=[config, secret],
                    resources=requirements(program.resources),
                    security_context=container_security_context(),
                    startup_probe=program.startup,
                    liveness_probe=program.liveness,
                    readiness_probe=program.readiness,
                    volume_mounts=mounts.mounts,
                )
            ],
            volumes=mounts.volumes,
        ),
    )
