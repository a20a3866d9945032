"""Nginx: serves static and media files, and passes on everything else to the API."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.edge import limits
from components.environment.metadata import CHECKSUM, FROM_EDGE, NOT_AWAITED, checksum, labels, metadata, selector
from components.settings import Nginx as NginxSettings
from components.workloads import api
from components.workloads.parts.access import Access
from components.workloads.parts.disruption import budget
from components.workloads.parts.pod import (
    Mounts,
    container_security_context,
    http_probe,
    pod_security_context,
    port_probe,
    requirements,
    spread,
    tolerations,
)

NAME = "smarthr360-nginx"
PORT = 8080
SERVICE_PORT = 80
HEALTH = "/nginx-health"


@dataclass(frozen=True)
class NginxArgs:
    """What Nginx is made from.

    Args:
        namespace: where it is made.
        image: its image, which holds the static files and runs as the user 101.
        media: name of the claim with the uploaded files.
        access: the ServiceAccount and the priority classes.
        settings: number, disruption, requests and limits.
        spot_taint: key and value of the taint of spot nodes, which the pods tolerate; None where spot nodes have none.
    """

    namespace: pulumi.Input[str]
    image: str
    media: pulumi.Input[str]
    access: Access
    settings: NginxSettings
    spot_taint: tuple[str, str] | None


class Nginx(pulumi.ComponentResource):
    """Makes Nginx's config map, its Deployment, its Service on port 80 and an optional disruption budget.

    Type token `smarthr360:workloads:Nginx`; children: `<name>-config`, `<name>-deployment`, `<name>-service`,
    `<name>-budget`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `NginxArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: NginxArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Nginx", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        data = {"nginx.conf": NGINX_CONF}
        config = k8s.core.v1.ConfigMap(
            f"{name}-config",
            metadata=metadata("nginx-config", args.namespace, "nginx"),
            data=data,
            opts=child,
        )
        deployment = k8s.apps.v1.Deployment(
            f"{name}-deployment",
            metadata=metadata(NAME, args.namespace, "nginx"),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=args.settings.replicas,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector("nginx")),
                strategy=k8s.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
                ),
                template=k8s.core.v1.PodTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(
                        labels={**labels("nginx"), **FROM_EDGE}, annotations={CHECKSUM: checksum(data)}
                    ),
                    spec=_pod(args, config.metadata.name),
                ),
            ),
            opts=child,
        )
        k8s.core.v1.Service(
            f"{name}-service",
            metadata=metadata(NAME, args.namespace, "nginx", NOT_AWAITED),
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=selector("nginx"),
                ports=[k8s.core.v1.ServicePortArgs(name="http", port=SERVICE_PORT, target_port="http")],
            ),
            opts=child,
        )
        budget(f"{name}-budget", "nginx", deployment, args.settings.min_available, child)
        self.register_outputs({})


def _pod(args: NginxArgs, config: pulumi.Input[str]) -> k8s.core.v1.PodSpecArgs:
    mounts = (
        Mounts()
        .config_map("config", "/etc/nginx/smarthr360", config)
        .claim("media", "/app/media", args.media, read_only=True)
        .scratch("cache", "/var/cache/nginx")
        .scratch("tmp", "/tmp")  # noqa: S108 - inside the container
    )
    return k8s.core.v1.PodSpecArgs(
        service_account_name=args.access.service_account,
        automount_service_account_token=False,
        enable_service_links=False,
        priority_class_name=args.access.services,
        security_context=pod_security_context(user=101),
        topology_spread_constraints=spread("nginx"),
        tolerations=tolerations(args.spot_taint),
        termination_grace_period_seconds=limits.READ_TIMEOUT + 10,
        containers=[
            k8s.core.v1.ContainerArgs(
                name="nginx",
                image=args.image,
                command=["nginx", "-c", "/etc/nginx/smarthr360/nginx.conf", "-g", "daemon off;"],
                ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=PORT)],
                resources=requirements(args.settings.resources),
                security_context=container_security_context(),
                startup_probe=http_probe(HEALTH, period=2, failures=30),
                liveness_probe=port_probe("http", period=10),
                readiness_probe=http_probe(HEALTH, period=5),
                volume_mounts=mounts.mounts,
            )
        ],
        volumes=mounts.volumes,
    )


_HEADERS = "\n".join(f'        add_header {name} "{value}" always;' for name, value in limits.SECURITY_HEADERS.items())

NGINX_CONF = f"""\
worker_processes auto;
pid /tmp/nginx.pid;
error_log /dev/stderr warn;

events {{
    worker_connections 1024;
}}

http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /dev/stdout;
    sendfile on;
    server_tokens off;

    # The client's address is in the header that the edge sets; nobody but the edge gets here (network policies).
    set_real_ip_from 0.0.0.0/0;
    real_ip_header X-Forwarded-For;

    limit_req_zone $binary_remote_addr zone=requests:10m rate={limits.REQUESTS_PER_SECOND}r/s;
    limit_conn_zone $binary_remote_addr zone=connections:10m;
    limit_req_status 429;
    limit_conn_status 429;

    client_max_body_size {limits.BODY_MEGABYTES}m;
    proxy_connect_timeout {limits.CONNECT_TIMEOUT}s;
    proxy_read_timeout {limits.READ_TIMEOUT}s;
    proxy_send_timeout {limits.SEND_TIMEOUT}s;

    server {{
        listen {PORT};
{_HEADERS}

        location = {HEALTH} {{
            access_log off;
            return 200 "ok";
        }}

        limit_req zone=requests burst={limits.REQUESTS_PER_SECOND * 2} nodelay;
        limit_conn connections {limits.CONNECTIONS};

        location /static/ {{
            alias /usr/share/nginx/html/static/;
            expires 30d;
        }}

        location /media/ {{
            alias /app/media/;
        }}

        location / {{
            proxy_pass http://{api.NAME}:{api.PORT};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            # The edge ends TLS; Django redirects what it takes for plain HTTP.
            proxy_set_header X-Forwarded-Proto https;
        }}
    }}
}}
"""
