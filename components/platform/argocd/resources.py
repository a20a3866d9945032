"""Requests and limits of Argo CD's containers.

The release has none, and its documentation names no numbers. These are a start, for some environments on one cluster;
what grows with what is in the chapter "High Availability" of its manual.
"""

from __future__ import annotations

_NAMES = ("cpu", "memory", "ephemeral-storage")

# A request and a limit of each of these, by the container's name.
_RESOURCES = {
    # Holds every object of the cluster that an Application can own.
    "argocd-application-controller": ("250m 2", "512Mi 2Gi", "64Mi 1Gi"),
    "argocd-server": ("50m 500m", "128Mi 512Mi", "64Mi 512Mi"),
    # Clones repositories to its disk; the copy of its own program, which copyutil makes, counts as well.
    "argocd-repo-server": ("100m 1", "256Mi 1Gi", "512Mi 4Gi"),
    "argocd-notifications-controller": ("20m 200m", "64Mi 256Mi", "16Mi 256Mi"),
    "copyutil": ("50m 500m", "64Mi 256Mi", "256Mi 1Gi"),
    "secret-init": ("50m 500m", "64Mi 256Mi", "16Mi 64Mi"),
    # A cache, which is filled anew when it is lost.
    "redis": ("50m 500m", "128Mi 512Mi", "16Mi 1Gi"),
    "sentinel": ("20m 200m", "32Mi 128Mi", "16Mi 64Mi"),
    "split-brain-fix": ("10m 100m", "16Mi 64Mi", "16Mi 64Mi"),
    "haproxy": ("50m 500m", "64Mi 256Mi", "16Mi 64Mi"),
    "config-init": ("10m 100m", "16Mi 64Mi", "16Mi 64Mi"),
}


def requirements(container: str) -> dict[str, dict[str, str]]:
    """The `resources` of one container.

    Args:
        container: its name.

    Raises:
        ValueError: an upgrade brought a container that is not known here.
    """
    if container not in _RESOURCES:
        known = ", ".join(_RESOURCES)
        raise ValueError(f"{__name__}: Argo CD's container {container} has no entry; the entries are {known}")
    bounds = [bound.split() for bound in _RESOURCES[container]]
    return {
        side: {name: pair[number] for name, pair in zip(_NAMES, bounds, strict=True)}
        for number, side in enumerate(("requests", "limits"))
    }
