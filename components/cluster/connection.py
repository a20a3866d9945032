"""What the rest of the program knows of a cluster, whichever kind it is."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_kubernetes as k8s


@dataclass(frozen=True)
class ClusterConnection:
    """How to reach a cluster.

    Args:
        provider: the Kubernetes provider of every object that Pulumi applies.
    """

    provider: k8s.Provider
