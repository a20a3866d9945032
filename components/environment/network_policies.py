"""Network policies: nothing is allowed but what is listed here."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import FROM_EDGE, metadata, selector
from components.settings import Destination
from components.settings import Network as NetworkSettings
from components.settings.network import INTERNET
from components.workloads import api, postgres, redis

DJANGO = ("api", "worker", "beat")
"""The components that use the database and the broker."""

CALLS_OUT = ("api", "worker")
"""The components that call other services: Sentry, single sign-on, a mail server."""

PRIVATE = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"),
    "168.63.129.16/32",
)
"""Networks that "out to the internet" does not mean: the cluster's own, and where clouds hand out credentials, which is
169.254.169.254 and, on Azure, 168.63.129.16 (its WireServer)."""

_TRANSLATED = "64:ff9b::"  # RFC 6052: an IPv4 address behind NAT64

PRIVATE_V6 = (
    *("fc00::/7", "fe80::/10", "64:ff9b:1::/48"),
    *(
        f"{ipaddress.IPv6Address(_TRANSLATED) + int(network.network_address)}/{96 + network.prefixlen}"
        for network in map(ipaddress.IPv4Network, PRIVATE)
    ),
)
"""The same by IPv6: local addresses, among them fd00:ec2::254 and fd20:ce::254, where AWS and Google Cloud hand out
credentials, and the private IPv4 networks as NAT64 knows them."""

CACHES = ("169.254.20.10", "169.254.10.10", "169.254.10.11", "169.254.169.254")
"""Name servers that are on the pod's own node and no pods to policies: NodeLocal DNSCache's usual address, which GKE
has by default since 1.34; AKS' LocalDNS, two; and GKE's metadata server, which kubelet names where DNS is Cloud DNS
(tektoncd/operator#4000). On port 53 that one answers questions for names only; credentials are on port 80."""


@dataclass(frozen=True)
class NetworkArgs:
    """What the policies are made from.

    Args:
        namespace: where they are made.
        edge_namespace: name of the namespace whose pods bring in the world's requests.
        monitoring_namespace: name of the namespace whose pods collect metrics.
        settings: what the API and the workers call, and further name servers.
    """

    namespace: pulumi.Input[str]
    edge_namespace: str
    monitoring_namespace: str
    settings: NetworkSettings


class Network(pulumi.ComponentResource):
    """Makes the environment's network policies: default deny in and out, then each path that is needed.

    Type token `smarthr360:workloads:Network`; children: `<name>-default-deny`, `<name>-dns`, `<name>-from-edge`,
    `<name>-nginx`, `<name>-api`, `<name>-stores`, `<name>-postgres`, `<name>-redis` and, where the settings allow
    calls to other services, `<name>-calls-out`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `NetworkArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Network", name, {}, opts)

        def policy(
            suffix: str,
            pods: k8s.meta.v1.LabelSelectorArgs,
            *,
            ingress: list[k8s.networking.v1.NetworkPolicyIngressRuleArgs] | None = None,
            egress: list[k8s.networking.v1.NetworkPolicyEgressRuleArgs] | None = None,
            was: str | None = None,
        ) -> None:
            directions = [kind for kind, rules in (("Ingress", ingress), ("Egress", egress)) if rules is not None]
            k8s.networking.v1.NetworkPolicy(
                f"{name}-{suffix}",
                metadata=metadata(suffix, args.namespace, "network"),
                spec=k8s.networking.v1.NetworkPolicySpecArgs(
                    pod_selector=pods, policy_types=directions, ingress=ingress or None, egress=egress or None
                ),
                opts=pulumi.ResourceOptions(parent=self, aliases=[pulumi.Alias(name=f"{name}-{was}")] if was else None),
            )

        everything = k8s.meta.v1.LabelSelectorArgs()
        policy("default-deny", everything, ingress=[], egress=[])
        policy("dns", everything, egress=[_to(_dns(args.settings.dns), ("UDP", 53), ("TCP", 53))])
        policy(
            "from-edge",
            k8s.meta.v1.LabelSelectorArgs(match_labels=FROM_EDGE),
            ingress=[_from([_namespace(args.edge_namespace)], "http")],
        )
        policy("nginx", _pods("nginx"), egress=[_to([_peer("api")], ("TCP", api.PORT))])
        policy(
            "api",
            _pods("api"),
            ingress=[
                _from([_peer("nginx")], "http"),
                _from([_namespace(args.monitoring_namespace)], "http"),
            ],
        )
        policy(
            "stores",
            _pods(*DJANGO),
            egress=[
                _to([_peer("postgres")], ("TCP", postgres.PORT)),
                _to([_peer("redis")], ("TCP", redis.PORT)),
            ],
        )
        policy("postgres", _pods("postgres"), ingress=[_from([_peer(*DJANGO)], "postgres")])
        policy("redis", _pods("redis"), ingress=[_from([_peer(*DJANGO)], "redis")])
        if args.settings.egress:
            policy("calls-out", _pods(*CALLS_OUT), egress=[_called(each) for each in args.settings.egress], was="https")
        self.register_outputs({})


def _pods(*components: str) -> k8s.meta.v1.LabelSelectorArgs:
    """The pods of some components."""
    if len(components) == 1:
        return k8s.meta.v1.LabelSelectorArgs(match_labels=selector(components[0]))
    return k8s.meta.v1.LabelSelectorArgs(
        match_expressions=[
            k8s.meta.v1.LabelSelectorRequirementArgs(
                key="app.kubernetes.io/component", operator="In", values=list(components)
            )
        ]
    )


def _peer(*components: str) -> k8s.networking.v1.NetworkPolicyPeerArgs:
    return k8s.networking.v1.NetworkPolicyPeerArgs(pod_selector=_pods(*components))


def _namespace(name: str) -> k8s.networking.v1.NetworkPolicyPeerArgs:
    """Every pod of a namespace; the API server itself sets this label, so that nobody else can claim the name."""
    return k8s.networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": name})
    )


def _dns(more: Sequence[str]) -> list[k8s.networking.v1.NetworkPolicyPeerArgs]:
    """Cluster DNS' pods; its caches' pods, which policies see with Cilium and GKE's Dataplane V2; and addresses."""
    wanted = k8s.meta.v1.LabelSelectorRequirementArgs(
        key="k8s-app", operator="In", values=["kube-dns", "node-local-dns"]
    )
    pods = k8s.networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": "kube-system"}),
        pod_selector=k8s.meta.v1.LabelSelectorArgs(match_expressions=[wanted]),
    )
    return [pods, *(_block(str(ipaddress.ip_network(address))) for address in dict.fromkeys((*CACHES, *more)))]


def _called(destination: Destination) -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    if destination.namespace:
        peers = [_namespace(destination.namespace)]
    elif destination.network == INTERNET:
        peers = [_block("0.0.0.0/0", PRIVATE), _block("::/0", PRIVATE_V6)]
    else:
        peers = [_block(str(destination.network))]
    return _to(peers, *(("TCP", port) for port in destination.ports))


def _block(cidr: str, but: Sequence[str] = ()) -> k8s.networking.v1.NetworkPolicyPeerArgs:
    return k8s.networking.v1.NetworkPolicyPeerArgs(
        ip_block=k8s.networking.v1.IPBlockArgs(cidr=cidr, except_=list(but) or None)
    )


def _from(
    peers: list[k8s.networking.v1.NetworkPolicyPeerArgs], port: str
) -> k8s.networking.v1.NetworkPolicyIngressRuleArgs:
    """From these peers to the pods' port of this name."""
    return k8s.networking.v1.NetworkPolicyIngressRuleArgs(
        from_=peers, ports=[k8s.networking.v1.NetworkPolicyPortArgs(protocol="TCP", port=port)]
    )


def _to(
    peers: list[k8s.networking.v1.NetworkPolicyPeerArgs], *ports: tuple[str, int]
) -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    """To these peers on these ports."""
    return k8s.networking.v1.NetworkPolicyEgressRuleArgs(
        to=peers,
        ports=[k8s.networking.v1.NetworkPolicyPortArgs(protocol=protocol, port=port) for protocol, port in ports],
    )
