"""Annotations of a Service by which a cloud makes its load balancer."""

from __future__ import annotations

from collections.abc import Mapping

from components.settings import Cluster, LoadBalancer

_AWS = "service.beta.kubernetes.io/aws-load-balancer-"
_AZURE = "service.beta.kubernetes.io/azure-"


def service_annotations(settings: LoadBalancer, cluster: Cluster, tags: Mapping[str, str]) -> dict[str, str]:
    """The annotations of the Service, for the cloud that the cluster is in.

    All of them keep the client's own address, by which Nginx limits requests: Google Cloud's and Azure's load
    balancers pass packets on as they are, to nodes that have a pod (`externalTrafficPolicy: Local`); AWS' does so on
    request.

    Args:
        settings: what the stack says.
        cluster: which cloud it is in.
        tags: what the load balancer is tagged with, where the cloud can.
    """
    if cluster.eks:
        derived = _aws(settings, tags)
    elif cluster.gke:
        derived = _google(settings)
    elif cluster.aks:
        derived = _azure(settings, tags)
    else:
        derived = {}
    return derived | settings.annotations


def _aws(settings: LoadBalancer, tags: Mapping[str, str]) -> dict[str, str]:
    """A Network Load Balancer, as EKS Auto Mode and the AWS Load Balancer Controller make one.

    docs.aws.amazon.com: eks/latest/userguide/auto-configure-nlb.html; kubernetes-sigs/aws-load-balancer-controller:
    docs/guide/service/annotations.md. Without `scheme` it is internal. With pods as targets it does not keep the
    client's address by default: then its own addresses, one in each zone, would share the limits of one client.
    """
    annotations = {
        "scheme": settings.scheme,
        "nlb-target-type": "ip",
        "target-group-attributes": "preserve_client_ip.enabled=true",
        # An address in a zone without an Envoy would answer nobody, and there can be a single Envoy in all.
        "attributes": "load_balancing.cross_zone.enabled=true",
        "name": settings.name,
        "eip-allocations": ",".join(settings.addresses),
        # EKS takes them if the control plane's role is allowed to tag: components/cluster/eks/auto_mode_rights.py
        "additional-resource-tags": _pairs(tags),
    }
    return {f"{_AWS}{key}": str(value) for key, value in annotations.items() if value}


def _google(settings: LoadBalancer) -> dict[str, str]:
    """A passthrough Network Load Balancer.

    cloud.google.com: kubernetes-engine/docs/concepts/service-load-balancer-parameters. Google advises to have a public
    one by backend service; the other kind, by target pool, is what one gets without a word. Nothing of it takes labels
    by way of a Service.
    """
    internal = settings.scheme == "internal"
    annotations = {
        "networking.gke.io/load-balancer-type": "Internal" if internal else "",
        "cloud.google.com/l4-rbs": "" if internal else "enabled",
        "networking.gke.io/load-balancer-ip-addresses": ",".join(settings.addresses),
    }
    return {key: value for key, value in annotations.items() if value}


def _azure(settings: LoadBalancer, tags: Mapping[str, str]) -> dict[str, str]:
    """A frontend of the cluster's one Standard Load Balancer, which has the cluster's tags.

    kubernetes-sigs/cloud-provider-azure: site/content/en/topics/loadbalancer.md. A public address that is there
    already keeps its own tags.
    """
    internal = settings.scheme == "internal"
    annotations = {
        "load-balancer-internal": str(internal).lower(),
        "dns-label-name": settings.name,
        "pip-name": ",".join(settings.addresses),
        "pip-tags": "" if internal or settings.addresses else _pairs(tags),
    }
    return {f"{_AZURE}{key}": value for key, value in annotations.items() if value}


def _pairs(tags: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(tags.items()))
