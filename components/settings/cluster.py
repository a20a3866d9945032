"""Which cluster a stack is for."""

from typing import Literal

from pydantic import Field

from components.settings.base import Section


class ExistingCluster(Section):
    """A cluster that is there already, such as the embedded one."""

    kind: Literal["existing"] = Field(description="Where the cluster comes from.")
    kubeconfig: str = Field(
        min_length=1, description="Path of the kubeconfig file; `~` is the home folder.", examples=["~/.kube/config"]
    )
    context: str = Field(
        min_length=1,
        description="Context in that file; never the current one, which changes behind one's back.",
        examples=["staging-cluster"],
    )


# A cluster that is made joins here, as a union that its `kind` tells apart.
Cluster = ExistingCluster
