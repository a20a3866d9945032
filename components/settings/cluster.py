"""Which cluster a stack is for."""

from typing import Self

from pydantic import Field, model_validator

from components.settings.base import Section
from components.settings.clouds.aks import SPOT_TAINT, Aks, AksCreation
from components.settings.clouds.eks import Eks, EksCreation
from components.settings.clouds.gke import Gke, GkeCreation
from components.settings.types.names import Line


class ExistingCluster(Section):
    """A cluster that exists and has a kubeconfig, such as the embedded one."""

    kubeconfig: Line = Field(
        description="Path of the kubeconfig file; `~` is the home folder.", examples=["~/.kube/config"]
    )
    context: Line = Field(
        description="Context in that file; never the current one, which changes behind one's back.",
        examples=["staging-cluster"],
    )


class Cluster(Section):
    """The Kubernetes cluster: one of the kinds."""

    existing: ExistingCluster | None = Field(
        default=None, description="A cluster that exists and has a kubeconfig, such as the embedded one."
    )
    eks: Eks | None = Field(default=None, description="A cluster on Amazon EKS, made by the stack or existing.")
    gke: Gke | None = Field(
        default=None, description="A cluster on Google Kubernetes Engine, made by the stack or existing."
    )
    aks: Aks | None = Field(
        default=None, description="A cluster on Azure Kubernetes Service, made by the stack or existing."
    )

    @property
    def kind(self) -> str:
        """The key of the given kind, such as `eks`."""
        return next(name for name in type(self).model_fields if getattr(self, name))

    @property
    def creation(self) -> EksCreation | GkeCreation | AksCreation | None:
        """How the stack makes the cluster; None for a cluster that exists."""
        cloud = self.eks or self.gke or self.aks
        return cloud.create if cloud else None

    @property
    def spot_taint(self) -> tuple[str, str] | None:
        """Key and value of the taint by which spot nodes of the stack's own refuse pods that do not bear it.

        Only AKS has one; Google's and Amazon's spot nodes take every pod.
        """
        create = self.aks and self.aks.create
        return SPOT_TAINT if create and create.nodes.spot else None

    @model_validator(mode="after")
    def _one(self) -> Self:
        known = type(self).model_fields
        given = [name for name in known if getattr(self, name)]
        if len(given) != 1:
            fault = f"has {' and '.join(given)}" if given else "is empty"
            raise ValueError(f"{fault}; allowed is one of {', '.join(known)}")
        return self
