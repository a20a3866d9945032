"""Delivery by GitOps: one environment's AppProject and Application."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.delivery.app_project import Project, ProjectArgs
from components.delivery.application import Application, ApplicationArgs
from components.delivery.rendering import Rendering
from components.settings import Identity, Settings


@dataclass(frozen=True)
class DeliveryArgs:
    """What delivery is made from.

    Args:
        settings: everything that the stack says of the environment.
        identity: what is its own by the stack's name.
        rendering: what the environment was rendered with, complete.
    """

    settings: Settings
    identity: Identity
    rendering: Rendering


def left_to_do(settings: Settings, identity: Identity) -> str:
    """What is left to do once Pulumi is done; its own report calls objects updated that it has only written.

    Args:
        settings: the stack's.
        identity: what is its own by its name.
    """
    written = f"{identity.rendered} is written, but not applied yet"
    if settings.gitops.repository.startswith("file://"):
        return f"{written}: `make up STACK={identity.stack}` commits it to the repository from which Argo CD applies it"
    applies = "applies it" if settings.gitops.automated else "applies it once somebody syncs, inside the windows"
    return f"{written}: commit it and push it to branch {settings.gitops.branch}, from which Argo CD {applies}"


class Delivery(pulumi.ComponentResource):
    """Makes the AppProject and the Application by which Argo CD keeps an environment like its folder in Git.

    Type token `smarthr360:delivery:Delivery`; children: `<name>-project`, `<name>-application`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `DeliveryArgs`.
        opts: the usual resource options, with the provider of the cluster that Argo CD is in.
    """

    def __init__(self, name: str, args: DeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:delivery:Delivery", name, {}, opts)
        settings = args.settings
        project = ProjectArgs(
            argocd_namespace=settings.argocd.namespace,
            identity=args.identity,
            namespace=settings.namespace,
            settings=settings.gitops,
            kinds=args.rendering.kinds,
            protect=settings.protect,
        )
        parent = Project(f"{name}-project", project, pulumi.ResourceOptions(parent=self))
        application = ApplicationArgs(
            argocd_namespace=settings.argocd.namespace,
            identity=args.identity,
            namespace=settings.namespace,
            settings=settings.gitops,
            autoscaled=args.rendering.autoscaled,
            protect=settings.protect,
        )
        Application(f"{name}-application", application, pulumi.ResourceOptions(parent=self, depends_on=[parent]))
        self.register_outputs({})
