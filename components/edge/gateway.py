"""The Gateway and its HTTPRoutes: which requests go to which Service.

Fields that the API server would fill in are written out: Argo CD's comparison does not know the defaults of custom
definitions, and would find a difference for ever. Its other comparison, by the API server's dry run, calls an
Application Synced when the API server refuses an object of it (argoproj/argo-cd#28722).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.edge import certificate, limits
from components.environment.metadata import metadata
from components.settings import Hosts
from components.workloads import api, nginx

NAME = "smarthr360"
API_VERSION = "gateway.networking.k8s.io/v1"

_GATEWAY = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": NAME}
_SECURITY_HEADERS = [{"name": name, "value": value} for name, value in limits.SECURITY_HEADERS.items()]


def solver() -> dict[str, dict[str, Any]]:
    """How Let's Encrypt's question reaches cert-manager: by a route of the Gateway."""
    return {"gatewayHTTPRoute": {"parentRefs": [_GATEWAY]}}


def make_gateway(
    name: str, namespace: pulumi.Input[str], hosts: Hosts, class_name: str, opts: pulumi.ResourceOptions
) -> None:
    """Make the Gateway `<name>-gateway` and the HTTPRoutes `<name>-redirect`, `<name>-site` and `<name>-api`.

    Args:
        name: the prefix of Pulumi's names.
        namespace: where they are made.
        hosts: which hosts are the site's and which are the API's.
        class_name: the Gateway's class.
        opts: the component's, with the parent.
    """

    def make(suffix: str, kind: str, object_name: str, spec: dict[str, Any]) -> None:
        k8s.apiextensions.CustomResource(
            f"{name}-{suffix}",
            api_version=API_VERSION,
            kind=kind,
            metadata=metadata(object_name, namespace, "routing"),
            spec=spec,
            opts=opts,
        )

    def route(suffix: str, listener: str, names: Sequence[str], rule: dict[str, Any]) -> None:
        every_path = {"path": {"type": "PathPrefix", "value": "/"}}
        spec = {
            "parentRefs": [{**_GATEWAY, "sectionName": listener}],
            "hostnames": list(names),
            "rules": [{"matches": [every_path], **rule}],
        }
        make(suffix, "HTTPRoute", f"{NAME}-{suffix}", spec)

    own = {"namespaces": {"from": "Same"}}
    tls = {"mode": "Terminate", "certificateRefs": [{"group": "", "kind": "Secret", "name": certificate.SECRET}]}
    listeners = [
        {"name": "http", "protocol": "HTTP", "port": 80, "allowedRoutes": own},
        {"name": "https", "protocol": "HTTPS", "port": 443, "allowedRoutes": own, "tls": tls},
    ]
    make("gateway", "Gateway", NAME, {"gatewayClassName": class_name, "listeners": listeners})
    redirect = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}
    route("redirect", "http", [*hosts.site, *hosts.api], {"filters": [redirect]})
    route("site", "https", hosts.site, _to(_backend(nginx.NAME, nginx.SERVICE_PORT)))
    route("api", "https", hosts.api, _to(_backend(api.NAME, api.PORT)))


def _backend(service: str, port: int, weight: int = 1) -> dict[str, Any]:
    return {"group": "", "kind": "Service", "name": service, "port": port, "weight": weight}


def _to(*backends: dict[str, Any]) -> dict[str, Any]:
    """The rule of a route to these backends; each gets requests by its share of all weights, as a canary would."""
    return {
        "filters": [{"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": _SECURITY_HEADERS}}],
        "timeouts": {"request": f"{limits.READ_TIMEOUT}s", "backendRequest": f"{limits.READ_TIMEOUT}s"},
        "backendRefs": list(backends),
    }
