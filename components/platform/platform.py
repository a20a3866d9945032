"""The platform: the add-ons that a stack installs in its cluster, for all environments there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.platform.addons import cert_manager, envoy_gateway, external_secrets, metrics_server, monitoring
from components.platform.addons.addon import install
from components.settings import Addons, Edge, Monitoring


@dataclass(frozen=True)
class PlatformArgs:
    """What the platform is made from.

    Args:
        addons: which add-ons are installed.
        edge: what the Gateway's class and Envoy Gateway's namespace are called.
        monitoring: what monitoring's namespace is called.
        storage_class: class of monitoring's ReadWriteOnce volume.
        load_balancer: annotations of the Service by which the world reaches Envoy Gateway's Envoys.
        production: whether there is more than one of each part, and Pulumi refuses to delete their namespaces.
    """

    addons: Addons
    edge: Edge
    monitoring: Monitoring
    storage_class: str
    load_balancer: Mapping[str, str]
    production: bool


class Platform(pulumi.ComponentResource):
    """Installs the add-ons; what depends on this component waits until all of them are ready.

    Type token `smarthr360:platform:Platform`; children by the add-on, such as `<name>-cert-manager-namespace` and
    `<name>-cert-manager-chart` with the chart's objects.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `PlatformArgs`.
        opts: the usual resource options, with the provider of the cluster.

    Raises:
        pulumi.RunError: a chart can't be had, or is another one.
    """

    def __init__(self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:platform:Platform", name, {}, opts)
        addons, edge, production = args.addons, args.edge, args.production
        if addons.metrics_server:
            install(f"{name}-metrics-server", metrics_server.args(production), self)
        if addons.external_secrets:
            install(f"{name}-external-secrets", external_secrets.args(production), self)
        if addons.monitoring:
            monitoring.install(f"{name}-monitoring", args.monitoring.namespace, args.storage_class, production, self)
        gateway: list[pulumi.Resource] = []
        if addons.envoy_gateway:
            gateway = envoy_gateway.install(f"{name}-envoy-gateway", edge, args.load_balancer, production, self)
        if addons.cert_manager:
            # It looks for the Gateway API's definitions at its start.
            own = cert_manager.args(production, gateway=edge.kind == "gateway")
            install(f"{name}-cert-manager", own, self, gateway)
        self.register_outputs({})
