"""What the rest of the program knows of a cluster, whichever kind it is."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_kubernetes as k8s


@dataclass(frozen=True)
class ClusterConnection:
    """How to reach a cluster, and which storage it offers.

    Args:
        provider: the one Kubernetes provider that every object of the stack is made with.
        read_write_once: name of the storage class for volumes that one node mounts (databases).
        read_write_many: name of the storage class for volumes that many nodes mount at once (media, models, logs).
    """

    provider: k8s.Provider
    read_write_once: str
    read_write_many: str
