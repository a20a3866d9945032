"""Routing: how the world's requests reach Nginx and the API, over HTTPS only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.edge import limits
from components.environment.metadata import FROM_EDGE, NOT_AWAITED, metadata
from components.settings import Edge, Hosts
from components.workloads import api, nginx

NAME = "smarthr360"
CERTIFICATE_SECRET = "smarthr360-tls"  # noqa: S105 - a Secret's name

# Fields that the API server would fill in are written out, here and below: Argo CD's comparison does not know the
# defaults of custom definitions, and would find a difference for ever. Its other one, by the API server's dry run,
# calls an Application Synced when the API server refuses an object of it (argoproj/argo-cd#28722).
GATEWAY = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": NAME}
CERTIFICATE = {"group": "", "kind": "Secret", "name": CERTIFICATE_SECRET}
EVERY_PATH = {"path": {"type": "PathPrefix", "value": "/"}}

LETS_ENCRYPT = {
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
    "prod": "https://acme-v02.api.letsencrypt.org/directory",
}


@dataclass(frozen=True)
class RoutingArgs:
    """What the routes are made from.

    Args:
        namespace: where they are made.
        hosts: which hosts are the site's and which are the API's.
        settings: Gateway or Ingress, of which class, with whose certificate.
    """

    namespace: pulumi.Input[str]
    hosts: Hosts
    settings: Edge


class Routing(pulumi.ComponentResource):
    """Makes the certificate and either a Gateway with its routes, or an Ingress.

    The site's hosts go to Nginx, the API's to the API. Plain HTTP is redirected.

    Type token `smarthr360:workloads:Routing`; children: `<name>-issuer`, `<name>-certificate`, and `<name>-gateway`,
    `<name>-redirect`, `<name>-site`, `<name>-api`; or, for an Ingress, `<name>-ingress`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `RoutingArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: RoutingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Routing", name, {}, opts)
        self._name = name
        self._args = args
        hosts = [*args.hosts.site, *args.hosts.api]
        self._certificate(hosts)
        if args.settings.kind == "gateway":
            self._gateway(hosts)
        else:
            self._ingress(hosts)
        self.register_outputs({})

    def _make(self, suffix: str, api_version: str, kind: str, object_name: str, spec: dict[str, Any]) -> None:
        k8s.apiextensions.CustomResource(
            f"{self._name}-{suffix}",
            api_version=api_version,
            kind=kind,
            metadata=metadata(object_name, self._args.namespace, "routing"),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _certificate(self, hosts: Sequence[str]) -> None:
        tls = self._args.settings.tls
        if self._args.settings.kind == "gateway":
            solver: dict[str, Any] = {"gatewayHTTPRoute": {"parentRefs": [GATEWAY]}}
        else:
            solver = {"ingress": {"ingressClassName": self._args.settings.class_name}}
        for answer in solver.values():
            # Let's Encrypt asks a pod of cert-manager's; without the label the network policies would keep it out.
            answer["podTemplate"] = {"metadata": {"labels": FROM_EDGE}}
        self._make(
            "issuer",
            "cert-manager.io/v1",
            "Issuer",
            "letsencrypt",
            {
                "acme": {
                    "server": LETS_ENCRYPT[tls.issuer],
                    "email": tls.email,
                    "privateKeySecretRef": {"name": f"letsencrypt-{tls.issuer}-account"},
                    "solvers": [{"http01": solver}],
                }
            },
        )
        self._make(
            "certificate",
            "cert-manager.io/v1",
            "Certificate",
            CERTIFICATE_SECRET,
            {
                "secretName": CERTIFICATE_SECRET,
                "dnsNames": list(hosts),
                "issuerRef": {"kind": "Issuer", "name": "letsencrypt"},
                "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
            },
        )

    def _gateway(self, hosts: Sequence[str]) -> None:
        version = "gateway.networking.k8s.io/v1"
        own = {"namespaces": {"from": "Same"}}
        self._make(
            "gateway",
            version,
            "Gateway",
            NAME,
            {
                "gatewayClassName": self._args.settings.class_name,
                "listeners": [
                    {"name": "http", "protocol": "HTTP", "port": 80, "allowedRoutes": own},
                    {
                        "name": "https",
                        "protocol": "HTTPS",
                        "port": 443,
                        "allowedRoutes": own,
                        "tls": {"mode": "Terminate", "certificateRefs": [CERTIFICATE]},
                    },
                ],
            },
        )

        def route(suffix: str, listener: str, names: Sequence[str], rule: dict[str, Any]) -> None:
            parent = {**GATEWAY, "sectionName": listener}
            spec = {"parentRefs": [parent], "hostnames": list(names), "rules": [{"matches": [EVERY_PATH], **rule}]}
            self._make(suffix, version, "HTTPRoute", f"{NAME}-{suffix}", spec)

        redirect = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}
        headers = [{"name": name, "value": value} for name, value in limits.SECURITY_HEADERS.items()]

        def backend(service: str, port: int) -> dict[str, Any]:
            return {
                "filters": [{"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": headers}}],
                "timeouts": {"request": f"{limits.READ_TIMEOUT}s", "backendRequest": f"{limits.READ_TIMEOUT}s"},
                "backendRefs": [{"group": "", "kind": "Service", "name": service, "port": port, "weight": 1}],
            }

        route("redirect", "http", hosts, {"filters": [redirect]})
        route("site", "https", self._args.hosts.site, backend(nginx.NAME, nginx.SERVICE_PORT))
        route("api", "https", self._args.hosts.api, backend(api.NAME, api.PORT))

    def _ingress(self, hosts: Sequence[str]) -> None:
        targets = [(host, nginx.NAME) for host in self._args.hosts.site] + [
            (host, api.NAME) for host in self._args.hosts.api
        ]
        k8s.networking.v1.Ingress(
            f"{self._name}-ingress",
            metadata=metadata(
                NAME, self._args.namespace, "routing", {**_ingress_annotations(self._args.hosts), **NOT_AWAITED}
            ),
            spec=k8s.networking.v1.IngressSpecArgs(
                ingress_class_name=self._args.settings.class_name,
                tls=[k8s.networking.v1.IngressTLSArgs(hosts=list(hosts), secret_name=CERTIFICATE_SECRET)],
                rules=[_ingress_rule(host, service) for host, service in targets],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _ingress_annotations(hosts: Hosts) -> dict[str, str]:
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


def _ingress_rule(host: str, service: str) -> k8s.networking.v1.IngressRuleArgs:
    backend = k8s.networking.v1.IngressBackendArgs(
        service=k8s.networking.v1.IngressServiceBackendArgs(
            name=service, port=k8s.networking.v1.ServiceBackendPortArgs(name="http")
        )
    )
    path = k8s.networking.v1.HTTPIngressPathArgs(path="/", path_type="Prefix", backend=backend)
    return k8s.networking.v1.IngressRuleArgs(host=host, http=k8s.networking.v1.HTTPIngressRuleValueArgs(paths=[path]))
