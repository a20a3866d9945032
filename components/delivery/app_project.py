"""The AppProject of one environment: what Argo CD is allowed to apply there, from where and when, and who syncs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.delivery import windows
from components.delivery.rendering import Kind
from components.delivery.roles import roles
from components.environment.metadata import metadata
from components.settings import GitOps, Identity

IN_CLUSTER = "https://kubernetes.default.svc"
"""The cluster that Argo CD runs in, as Argo CD calls it."""

FORBIDDEN_IN_CLUSTER = (
    ("", "Namespace"),
    ("apiextensions.k8s.io", "*"),
    ("admissionregistration.k8s.io", "*"),
    ("rbac.authorization.k8s.io", "*"),
)
"""Cluster-wide kinds that no environment is allowed to have: each would give it more than its namespace."""

FORBIDDEN_IN_NAMESPACE = (
    ("", "Secret"),
    ("", "ResourceQuota"),
    ("", "LimitRange"),
    ("rbac.authorization.k8s.io", "*"),
    ("argoproj.io", "*"),
    ("external-secrets.io", "*"),
)
"""What no environment takes from Git: secrets, rights and limits are Pulumi's."""


@dataclass(frozen=True)
class ProjectArgs:
    """What an AppProject is made from.

    Args:
        argocd_namespace: the namespace that Argo CD is in, and with it the AppProject.
        identity: the AppProject's name.
        namespace: the only namespace that it is allowed to apply to.
        settings: repository, windows and groups.
        kinds: what is rendered, and so all that it is allowed to apply.
        protect: whether Pulumi refuses to delete it.
    """

    argocd_namespace: str
    identity: Identity
    namespace: str
    settings: GitOps
    kinds: Iterable[Kind]
    protect: bool


class Project(pulumi.ComponentResource):
    """Makes an AppProject that allows what this environment needs and nothing else.

    The kinds that it allows are those that are rendered; two lists name what is refused even if it were rendered.

    Type token `smarthr360:delivery:Project`; children: `<name>-project`.

    Args:
        name: the component's name, and the prefix of its child's.
        args: see `ProjectArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: ProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:delivery:Project", name, {}, opts)
        kinds = sorted(args.kinds)
        k8s.apiextensions.CustomResource(
            f"{name}-project",
            api_version="argoproj.io/v1alpha1",
            kind="AppProject",
            metadata=metadata(args.identity.project, args.argocd_namespace, "delivery"),
            spec={
                "description": f"SmartHR360 {args.identity.stack}",
                "sourceRepos": [args.settings.repository],
                "destinations": [{"server": IN_CLUSTER, "namespace": args.namespace}],
                "clusterResourceWhitelist": _list((kind.group, kind.kind) for kind in kinds if not kind.namespaced),
                "clusterResourceBlacklist": _list(FORBIDDEN_IN_CLUSTER),
                "namespaceResourceWhitelist": _list((kind.group, kind.kind) for kind in kinds if kind.namespaced),
                "namespaceResourceBlacklist": _list(FORBIDDEN_IN_NAMESPACE),
                "roles": roles(args.identity.project, args.settings.groups),
                "syncWindows": windows.compile(args.settings.windows, args.settings.time_zone),
            },
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.register_outputs({})


def _list(kinds: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"group": group, "kind": kind} for group, kind in kinds]
