"""What a stack installs in its cluster beside Argo CD, for all environments there."""

from typing import Self

from pydantic import Field, model_validator

from components.settings.base import Section
from components.settings.load_balancer import LoadBalancer
from components.settings.schema import ConflictError


class Addons(Section):
    """What the cluster lacks. Where several stacks share a cluster, one of them installs it."""

    external_secrets: bool = Field(
        default=False, description="The External Secrets operator, for secrets from a secret manager."
    )
    cert_manager: bool = Field(default=False, description="cert-manager, for certificates from Let's Encrypt.")
    envoy_gateway: bool = Field(
        default=False, description="Envoy Gateway, with the class that `edge.className` names; brings the Gateway API."
    )
    load_balancer: LoadBalancer = Field(
        default=LoadBalancer(), description="How the load balancer of Envoy Gateway's Envoys is made."
    )
    metrics_server: bool = Field(
        default=False, description="metrics-server, for autoscalers; GKE, AKS and most others bring it, EKS does not."
    )
    monitoring: bool = Field(
        default=False,
        description="The Prometheus operator, and a Prometheus that finds all ServiceMonitors and rules there are.",
    )

    @property
    def names(self) -> tuple[str, ...]:
        """Which there are, by their fields."""
        return tuple(name for name in type(self).model_fields if getattr(self, name) is True)

    @model_validator(mode="after")
    def _balanced(self) -> Self:
        if self.load_balancer != LoadBalancer() and not self.envoy_gateway:
            raise ConflictError(
                "loadBalancer",
                "has no effect without envoyGateway, whose load balancer it is; set that, or leave this out",
            )
        return self
