"""Roles: what the people of one environment are allowed to do with its Application, in Argo CD's policy lines."""

from __future__ import annotations

from components.settings.gitops import Groups

ALLOWED = {
    "admin": ("*",),
    "deployer": ("get", "sync"),
    "readonly": ("get",),
}
"""Which actions on the project's Applications each role is allowed to take; everything else is denied."""

DESCRIPTIONS = {
    "admin": "Everything with this environment's Application.",
    "deployer": "See this environment's Application, and sync it inside the windows.",
    "readonly": "See this environment's Application.",
}


def roles(project: str, groups: Groups) -> list[dict[str, object]]:
    """The `roles` of an AppProject.

    Args:
        project: the project's name.
        groups: which groups of the identity provider have which role.
    """
    return [
        {
            "name": role,
            "description": DESCRIPTIONS[role],
            "policies": [f"p, proj:{project}:{role}, applications, {action}, {project}/*, allow" for action in actions],
            "groups": list(getattr(groups, role)),
        }
        for role, actions in ALLOWED.items()
    ]
