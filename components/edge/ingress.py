"""The Ingress, where an environment has one in place of a Gateway."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.edge import certificate, limits
from components.environment.metadata import NOT_AWAITED, metadata
from components.settings import Hosts
from components.workloads import api, nginx

NAME = "smarthr360"


def solver(class_name: str) -> dict[str, dict[str, Any]]:
    """How Let's Encrypt's question reaches cert-manager: by an Ingress of its own, of this class."""
    return {"ingress": {"ingressClassName": class_name}}


def make_ingress(
    name: str, namespace: pulumi.Input[str], hosts: Hosts, class_name: str, opts: pulumi.ResourceOptions
) -> None:
    """Make the Ingress `<name>-ingress`.

    Args:
        name: the prefix of Pulumi's name.
        namespace: where it is made.
        hosts: which hosts are the site's and which are the API's.
        class_name: the Ingress' class.
        opts: the component's, with the parent.
    """
    services = {**dict.fromkeys(hosts.site, nginx.NAME), **dict.fromkeys(hosts.api, api.NAME)}
    k8s.networking.v1.Ingress(
        f"{name}-ingress",
        metadata=metadata(NAME, namespace, "routing", {**_annotations(hosts), **NOT_AWAITED}),
        spec=k8s.networking.v1.IngressSpecArgs(
            ingress_class_name=class_name,
            tls=[k8s.networking.v1.IngressTLSArgs(hosts=list(services), secret_name=certificate.SECRET)],
            rules=[_rule(host, service) for host, service in services.items()],
        ),
        opts=opts,
    )


def _annotations(hosts: Hosts) -> dict[str, str]:
    """The limits, as ingress-nginx takes them. Security headers come from Nginx and from Django behind it."""
    settings = {
        "ssl-redirect": "true",
        "limit-rps": str(limits.REQUESTS_PER_SECOND),
        "limit-connections": str(limits.CONNECTIONS),
        "proxy-body-size": f"{limits.BODY_MEGABYTES}m",
        "proxy-connect-timeout": str(limits.CONNECT_TIMEOUT),
        "proxy-read-timeout": str(limits.READ_TIMEOUT),
        "proxy-send-timeout": str(limits.SEND_TIMEOUT),
        "enable-cors": "true",
        "cors-allow-origin": ",".join(f"https://{host}" for host in hosts.site),
        "cors-allow-credentials": "true",
    }
    return {f"nginx.ingress.kubernetes.io/{name}": value for name, value in settings.items()}


def _rule(host: str, service: str) -> k8s.networking.v1.IngressRuleArgs:
    backend = k8s.networking.v1.IngressBackendArgs(
        service=k8s.networking.v1.IngressServiceBackendArgs(
            name=service, port=k8s.networking.v1.ServiceBackendPortArgs(name="http")
        )
    )
    path = k8s.networking.v1.HTTPIngressPathArgs(path="/", path_type="Prefix", backend=backend)
    return k8s.networking.v1.IngressRuleArgs(host=host, http=k8s.networking.v1.HTTPIngressRuleValueArgs(paths=[path]))
