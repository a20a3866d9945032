"""The Application of one stack: what Argo CD applies from Git, and how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.delivery.app_project import IN_CLUSTER
from components.environment.metadata import metadata
from components.settings import GitOps, Identity

DELETES_WHAT_IT_APPLIED = "resources-finalizer.argocd.argoproj.io/foreground"

TRIGGERS = {
    "succeeded": "on-sync-succeeded",
    "failed": "on-sync-failed",
    "degraded": "on-health-degraded",
    "out-of-sync": "on-out-of-sync",
}
"""The triggers of argocd-notifications-cm, by their names in the settings."""


@dataclass(frozen=True)
class ApplicationArgs:
    """What an Application is made from.

    Args:
        argocd_namespace: the namespace that Argo CD is in, and with it the Application.
        identity: its name, and its AppProject's.
        namespace: the namespace that it applies to.
        settings: repository, branch, whether it syncs by itself, what it posts to Slack.
        autoscaled: api_version, kind and name of what autoscalers scale.
        protect: whether Pulumi refuses to delete it, and what it applied stays when it is deleted all the same.
    """

    argocd_namespace: str
    identity: Identity
    namespace: str
    settings: GitOps
    autoscaled: Iterable[Mapping[str, Any]]
    protect: bool


class Application(pulumi.ComponentResource):
    """Makes an Application `smarthr360-<stack>` that keeps a namespace like a folder of a Git branch.

    Without protection, deleting it deletes what it has applied, and waits for that.

    Type token `smarthr360:delivery:Application`; children: `<name>-application`.

    Args:
        name: the component's name, and the prefix of its child's.
        args: see `ApplicationArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: ApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:delivery:Application", name, {}, opts)
        own = metadata(args.identity.application, args.argocd_namespace, "delivery", _subscriptions(args.settings))
        if not args.protect:
            own.finalizers = [DELETES_WHAT_IT_APPLIED]
        k8s.apiextensions.CustomResource(
            f"{name}-application",
            api_version="argoproj.io/v1alpha1",
            kind="Application",
            metadata=own,
            spec={
                "project": args.identity.project,
                "source": {
                    "repoURL": args.settings.repository,
                    "targetRevision": args.settings.branch,
                    "path": args.identity.rendered,
                    "directory": {"recurse": True},
                },
                "destination": {"server": IN_CLUSTER, "namespace": args.namespace},
                "revisionHistoryLimit": args.settings.revision_history,
                "ignoreDifferences": [_owned_by_autoscaler(target) for target in args.autoscaled],
                "syncPolicy": {
                    **({"automated": {"prune": True, "selfHeal": True}} if args.settings.automated else {}),
                    "syncOptions": [
                        "CreateNamespace=false",
                        "PrunePropagationPolicy=foreground",
                        "PruneLast=true",
                        # What no manifest says, such as the replicas that an autoscaler sets, it leaves alone. With
                        # RespectIgnoreDifferences it would apply the value that it has seen last, and own the field.
                        "ServerSideApply=true",
                    ],
                    "retry": {
                        "limit": 5,
                        "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"},
                        # A newer commit, which could mend what fails, does not wait for the retries of an older one.
                        "refresh": True,
                    },
                },
            },
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.register_outputs({})


def _subscriptions(settings: GitOps) -> dict[str, str]:
    """Annotations that subscribe a Slack channel to events."""
    if not settings.slack:
        return {}
    return {
        f"notifications.argoproj.io/subscribe.{TRIGGERS[event]}.slack": settings.slack.channel
        for event in settings.slack.events
    }


def _owned_by_autoscaler(target: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "group": target["api_version"].rpartition("/")[0],
        "kind": target["kind"],
        "name": target["name"],
        "jsonPointers": ["/spec/replicas"],
    }
