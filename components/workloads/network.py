"""Network policies: nothing is allowed but what is listed here."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.metadata import FROM_EDGE, metadata, selector
from components.workloads import api, postgres, redis

DJANGO = ("api", "worker", "beat")
"""The components that use the database and the broker."""

CALLS_OUT = ("api", "worker")
"""The components that call other services: e-mail, Sentry, single sign-on."""

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")
"""Networks that "out to the internet" does not mean: the cluster's own, and 169.254.169.254, where clouds hand out
credentials."""


@dataclass(frozen=True)
class NetworkArgs:
    """What the policies are made from.

    Args:
        namespace: where they are made.
        edge_namespace: name of the namespace whose pods bring in the world's requests.
        monitoring_namespace: name of the namespace whose pods collect metrics.
    """

    namespace: pulumi.Input[str]
    edge_namespace: str
    monitoring_namespace: str


class Network(pulumi.ComponentResource):
    """Makes the environment's network policies: default deny in and out, then each path that is needed.

    Type token `smarthr360:workloads:Network`; children: `<name>-default-deny`, `<name>-dns`, `<name>-from-edge`,
    `<name>-nginx`, `<name>-api`, `<name>-stores`, `<name>-postgres`, `<name>-redis`, `<name>-https`.

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
        ) -> None:
            directions = [kind for kind, rules in (("Ingress", ingress), ("Egress", egress)) if rules is not None]
            k8s.networking.v1.NetworkPolicy(
                f"{name}-{suffix}",
                metadata=metadata(suffix, args.namespace, "network"),
                spec=k8s.networking.v1.NetworkPolicySpecArgs(
                    pod_selector=pods, policy_types=directions, ingress=ingress or None, egress=egress or None
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )

        everything = k8s.meta.v1.LabelSelectorArgs()
        policy("default-deny", everything, ingress=[], egress=[])
        policy("dns", everything, egress=[_to([_dns()], ("UDP", 53), ("TCP", 53))])
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
        policy("https", _pods(*CALLS_OUT), egress=[_to([_internet()], ("TCP", 443))])
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


def _dns() -> k8s.networking.v1.NetworkPolicyPeerArgs:
    return k8s.networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": "kube-system"}),
        pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={"k8s-app": "kube-dns"}),
    )


def _internet() -> k8s.networking.v1.NetworkPolicyPeerArgs:
    return k8s.networking.v1.NetworkPolicyPeerArgs(
        ip_block=k8s.networking.v1.IPBlockArgs(cidr="0.0.0.0/0", except_=list(PRIVATE))
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
