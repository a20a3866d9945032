"""The certificate of an environment's hosts, from Let's Encrypt by cert-manager."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import FROM_EDGE, metadata
from components.settings.edge import Tls

SECRET = "smarthr360-tls"  # noqa: S105 - a Secret's name
ISSUER = "letsencrypt"

LETS_ENCRYPT = {
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
    "prod": "https://acme-v02.api.letsencrypt.org/directory",
}


def make_certificate(
    name: str,
    namespace: pulumi.Input[str],
    hosts: Sequence[str],
    tls: Tls,
    solver: dict[str, dict[str, Any]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Make the Issuer `<name>-issuer` and the Certificate `<name>-certificate`, whose Secret is `SECRET`.

    Args:
        name: the prefix of Pulumi's names.
        namespace: where they are made.
        hosts: the names that the certificate is for.
        tls: which of Let's Encrypt's services issues it, and the address that it writes to.
        solver: how Let's Encrypt's question reaches cert-manager: `solver` of the Gateway or of the Ingress.
        opts: the component's, with the parent.
    """
    for way in solver.values():
        # Let's Encrypt asks a pod of cert-manager's; without the label the network policies would keep it out.
        way["podTemplate"] = {"metadata": {"labels": FROM_EDGE}}
    k8s.apiextensions.CustomResource(
        f"{name}-issuer",
        api_version="cert-manager.io/v1",
        kind="Issuer",
        metadata=metadata(ISSUER, namespace, "routing"),
        spec={
            "acme": {
                "server": LETS_ENCRYPT[tls.issuer],
                "email": tls.email,
                "privateKeySecretRef": {"name": f"letsencrypt-{tls.issuer}-account"},
                "solvers": [{"http01": solver}],
            }
        },
        opts=opts,
    )
    k8s.apiextensions.CustomResource(
        f"{name}-certificate",
        api_version="cert-manager.io/v1",
        kind="Certificate",
        metadata=metadata(SECRET, namespace, "routing"),
        spec={
            "secretName": SECRET,
            "dnsNames": list(hosts),
            "issuerRef": {"kind": "Issuer", "name": ISSUER},
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        },
        opts=opts,
    )
