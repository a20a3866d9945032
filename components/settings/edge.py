"""How the world and the monitoring reach an environment."""

from typing import Literal

from pydantic import Field

from components.settings.base import Section
from components.settings.types.names import DnsLabel, DnsSubdomain, Email


class Tls(Section):
    """The certificate, from Let's Encrypt by cert-manager."""

    issuer: Literal["staging", "prod"] = Field(
        description="Which of Let's Encrypt's services; browsers trust only `prod`, whose limits a test would use up."
    )
    email: Email = Field(
        default=Email("platform@smarthr360.com"),
        description="Whom Let's Encrypt writes to about the account. It has sent no reminders since June 2025: a "
        "certificate that can't be renewed is for the monitoring to notice.",
    )


class Edge(Section):
    """What is in front of the environment."""

    kind: Literal["gateway", "ingress"] = Field(
        default="gateway", description="Gateway API, or an Ingress with the annotations of ingress-nginx."
    )
    class_name: DnsSubdomain = Field(
        default=DnsSubdomain("eg"), description="GatewayClass or IngressClass that the cluster offers."
    )
    namespace: DnsLabel = Field(
        default=DnsLabel("envoy-gateway-system"), description="Namespace of its pods; only they reach the environment."
    )
    tls: Tls = Field(description="The certificate.")


class Monitoring(Section):
    """How metrics are collected."""

    operator: bool = Field(
        default=False,
        description="Whether the cluster has the Prometheus operator; without it, annotations say what to scrape.",
    )
    namespace: DnsLabel = Field(
        default=DnsLabel("monitoring"), description="Namespace of its pods; only they reach the metrics."
    )
