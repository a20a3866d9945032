"""An environment's snapshot: the objects that a revision requests.

It holds no secret, only a fingerprint in the place of each.
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
        stack: the stack that it belongs to.
        type: its type token, such as `kubernetes:apps/v1:Deployment`.
        kind: its kind, for people.
        namespace: its namespace; None for an object without one.
        name: its name in the cluster.
        urn: its URN; another URN means another resource to Pulumi.
        component: the component that makes it, such as `workloads:Api`.
        owner: who applies it.
        protected: whether it is deleted only after an explicit step.
        manifest: what is requested, with a fingerprint in the place of each secret.
        aliases: other URNs under which Pulumi looks for it, so that it stays the same resource.
        environment: the environment that the stack declares; "" if it is not known.
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
        """What identifies it in another revision: type, namespace and name."""
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
        objects: what it requests, in the order of `Object.key`.
        problem: why it could not be taken, in a sentence; "" if it was.
        stale: how what is committed for Argo CD differs from what is requested, in a sentence; "" if it doesn't.
    """

    stack: str
    revision: str
    objects: tuple[Object, ...]
    problem: str = ""
    stale: str = ""
