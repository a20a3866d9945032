"""That network policies are enforced in a cluster on EKS, and that DNS works under them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import metadata


def services_of(addresses: str) -> str:
    """The addresses of Services in a cluster: one of the two ranges that EKS picks from, other than the network's own.

    Args:
        addresses: the network's addresses, a /16.
    """
    return next(block for block in ("172.20.0.0/16", "10.100.0.0/16") if block != addresses)


@dataclass(frozen=True)
class NetworkPoliciesArgs:
    """What the enforcement needs to know.

    Args:
        services: the addresses of Services.
    """

    services: str


class NetworkPolicies(pulumi.ComponentResource):
    """Switches Auto Mode's engine for network policies on, and lets every pod ask for names.

    Auto Mode's DNS runs on the nodes and not in pods, so no policy that selects DNS' pods, as every usual one does,
    lets anybody ask it. Its address is always the tenth of the Services' (github.com/aws/containers-roadmap, issue
    2552). A policy for the whole cluster, which comes before those of namespaces, allows that address and nothing more;
    what the user guide calls "Allow" is `Accept` in the controller's types.
    Type token `smarthr360:cluster:EksNetworkPolicies`; children `<name>-enforced`, `<name>-dns`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `NetworkPoliciesArgs`.
        opts: the usual resource options, with a provider of Kubernetes.
    """

    def __init__(self, name: str, args: NetworkPoliciesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:cluster:EksNetworkPolicies", name, {}, opts)
        inside = pulumi.ResourceOptions(parent=self)
        k8s.core.v1.ConfigMap(
            f"{name}-enforced",
            metadata=metadata("amazon-vpc-cni", "kube-system", None),
            data={"enable-network-policy-controller": "true"},
            opts=inside,
        )
        k8s.apiextensions.CustomResource(
            f"{name}-dns",
            api_version="networking.k8s.aws/v1alpha1",
            kind="ClusterNetworkPolicy",
            metadata=metadata("dns", None, None),
            spec={
                "tier": "Admin",
                "priority": 100,
                "subject": {"namespaces": {}},
                "egress": [
                    {
                        "name": "dns",
                        "action": "Accept",
                        "to": [{"networks": [f"{ipaddress.IPv4Network(args.services)[10]}/32"]}],
                        "ports": [{"portNumber": {"protocol": each, "port": 53}} for each in ("UDP", "TCP")],
                    }
                ],
            },
            opts=inside,
        )
        self.register_outputs({})
