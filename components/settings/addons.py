"""What a stack installs in its cluster beside Argo CD, for all environments there."""

from pydantic import Field

from components.settings.base import Section


class Addons(Section):
    """What the cluster lacks. Where several stacks share a cluster, one of them installs it."""

    external_secrets: bool = Field(
        default=False, description="The External Secrets operator, for secrets from a secret manager."
    )
    cert_manager: bool = Field(default=False, description="cert-manager, for certificates from Let's Encrypt.")
    envoy_gateway: bool = Field(
        default=False, description="Envoy Gateway, with the class that `edge.className` names; brings the Gateway API."
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
        return tuple(name for name in type(self).model_fields if getattr(self, name))
