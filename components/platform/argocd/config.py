"""What Argo CD's config maps say: how it tracks objects, who is allowed to log in, and to do what."""

from __future__ import annotations

import yaml

from components.platform.argocd import notifications
from components.settings import ArgoCd
from components.settings.argocd import Sso

SSO_SECRET = "argocd-sso"  # noqa: S105 - a name
"""The Secret with the OIDC client's secret, under the key `clientSecret`."""


def config_maps(settings: ArgoCd) -> dict[str, dict[str, str]]:
    """What is added to the release's config maps, by their names.

    Args:
        settings: the stack's settings of Argo CD.
    """
    config_maps = {
        "argocd-cm": _general(settings),
        "argocd-cmd-params-cm": _commands(settings),
        "argocd-rbac-cm": _rights(settings.sso),
        "argocd-notifications-cm": notifications.config(settings.slack_url, settings.url),
    }
    # The API server drops an empty one, and a refresh would miss it.
    return {name: data for name, data in config_maps.items() if data}


def _general(settings: ArgoCd) -> dict[str, str]:
    general = {
        # The other methods write into a label that is the application's own, and that two Applications can share.
        "application.resourceTrackingMethod": "annotation",
        "admin.enabled": str(settings.local_admin).lower(),
        "users.anonymous.enabled": "false",
        # A shell in a pod would go past Git, and a badge shows an Application's state to anybody.
        "exec.enabled": "false",
        "statusbadge.enabled": "false",
    }
    if settings.url:
        general["url"] = settings.url
    if settings.sso:
        general["oidc.config"] = yaml.safe_dump(_oidc(settings.sso), sort_keys=False)
    return general


def _commands(settings: ArgoCd) -> dict[str, str]:
    """What the programs read at their start.

    `server.rootpath` has argocd-server answer below a path, and its pages ask there (`server.basehref` follows); the
    probes' /healthz stays at the root (argo-cd 3.2: withRootPath in server/server.go). What is in front of it has
    to pass on the path as it is.
    """
    return {"server.rootpath": settings.root_path} if settings.root_path else {}


def _oidc(sso: Sso) -> dict[str, object]:
    return {
        "name": str(sso.name),
        "issuer": str(sso.issuer),
        "clientID": str(sso.client_id),
        "clientSecret": f"${SSO_SECRET}:clientSecret",
        "requestedScopes": ["openid", "profile", "email", *(["groups"] if sso.groups_scope else [])],
        # Rights are given to groups, and some identity providers list them only on request.
        "requestedIDTokenClaims": {"groups": {"essential": True}},
    }


def _rights(sso: Sso | None) -> dict[str, str]:
    groups = sso.admin_groups if sso else ()
    return {
        # Who is in no group can log in, and then do and see nothing.
        "policy.default": "",
        "policy.csv": "".join(f"g, {group}, role:admin\n" for group in groups),
        "scopes": "[groups]",
    }
