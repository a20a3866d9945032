"""What is known of an environment: the objects that a revision requests.

No value in here is secret: a snapshot holds a fingerprint in the place of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Owner(StrEnum):
    """Who applies an object."""

    PULUMI = "Pulumi"
    ARGO_CD = "Argo CD"


@dataclass(frozen=True)
class Object:
    """A Kubernetes object, or a resource of a cloud, that the program requests.

    Attributes:
        stack: in which stack.
        type: its type token, such as `kubernetes:apps/v1:Deployment`.
        kind: its kind, for people.
        namespace: where it is; None for what is in none.
        name: its name in the cluster.
        urn: Pulumi's name for it; another one means another resource to Pulumi.
        component: the component that makes it, such as `workloads:Api`.
        owner: who applies it.
        protected: whether it is deleted only after an explicit step.
        manifest: all that is asked for; a fingerprint in the place of each secret.
        aliases: other names under which Pulumi looks for it, so that it stays the same resource.
        environment: which environment the stack is, by what it says; "" where that is not known.
    """

    stack: str
    type: str
    kind: str
    namespace: str | None
    name: str
    urn: str
    component: str
    owner: Owner
    protected: bool
    manifest: Mapping[str, Any]
    aliases: tuple[str, ...] = ()
    environment: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is found by in another revision: type, namespace and name."""
        return self.type, self.namespace or "", self.name

    @property
    def title(self) -> str:
        """Kind and name."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Snapshot:
    """Everything that one revision requests in one environment.

    Attributes:
        stack: the environment.
        revision: the Git revision, or "work tree".
        objects: what it asks for, in the order of `Object.key`.
        problem: why there are none: a sentence; "" where all is well.
        stale: what is committed for Argo CD and is not what is asked for, in a sentence; "" where all is.
    """

    stack: str
    revision: str
    objects: tuple[Object, ...]
    problem: str = ""
    stale: str = ""
