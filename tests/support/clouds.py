"""What the tests of all clouds share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from components.cluster.connection import ClusterArgs
from components.settings import StorageClasses
from components.settings.cluster import Cluster

ID = "11111111-2222-3333-4444-555555555555"
EXISTING: dict[str, dict[str, Any]] = {
    "eks": {"name": "smarthr360", "region": "eu-west-3"},
    "gke": {"name": "smarthr360", "region": "europe-west9", "project": "smarthr360"},
    "aks": {
        "name": "smarthr360",
        "region": "francecentral",
        "resourceGroup": "smarthr360",
        "subscription": ID,
        "secretVault": {"name": "smarthr360-secrets", "resourceGroup": "secrets"},
    },
}
"""A cluster on each cloud that exists, as a stack file names it."""
CREATION: dict[str, dict[str, Any]] = {
    "eks": {"version": "1.35"},
    "gke": {"version": "1.35"},
    "aks": {"version": "1.35", "adminGroups": [ID]},
}
"""What the stack file has to say to make it instead."""


def cluster_args(kind: str, settings: Mapping[str, Any], environment: str, *, protect: bool) -> ClusterArgs:
    """What a stack file says of a cluster, checked as it is there.

    Args:
        kind: `eks`, `gke` or `aks`.
        settings: the keys below the kind.
        environment: which environment it is for.
        protect: whether it is protected, as production is.
    """
    return ClusterArgs(
        Cluster.model_validate_json(json.dumps({kind: settings})), environment, StorageClasses(), protect
    )
