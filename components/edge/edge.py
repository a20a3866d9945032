"""How the world's requests reach Nginx and the API, over HTTPS only: by a Gateway or an Ingress."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.edge import gateway, ingress
from components.edge.certificate import make_certificate
from components.settings import Edge, Hosts


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
        edge, own = args.settings, pulumi.ResourceOptions(parent=self)
        hosts = [*args.hosts.site, *args.hosts.api]
        if edge.kind == "gateway":
            make_certificate(name, args.namespace, hosts, edge.tls, gateway.solver(), own)
            gateway.make_gateway(name, args.namespace, args.hosts, edge.class_name, own)
        else:
            make_certificate(name, args.namespace, hosts, edge.tls, ingress.solver(edge.class_name), own)
            ingress.make_ingress(name, args.namespace, args.hosts, edge.class_name, own)
        self.register_outputs({})
