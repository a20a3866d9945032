"""Clusters on GKE for the tests: the whole program with one that it makes, or finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.cluster.connection import SecretAccess, connect
from tests.support.clouds import cluster_args
from tests.support.program import Program, run_program
from tests.support.stacks import good_config

PROJECT, REGION = "smarthr360-cloud", "europe-west9"
CHEAP = {"filestore": "basic", "nodes": {"min": 1, "max": 3, "spot": True}}
"""What makes dev's cluster cheap, as docs/gke.md says."""


def cluster_config(stack: str, create: dict[str, Any] | None) -> dict[str, object]:
    """A good configuration with a cluster on GKE.

    Args:
        stack: the environment.
        create: how it is made, beside its version; None for one that is there already.
    """
    gke: dict[str, Any] = {"name": f"smarthr360-{stack}", "project": PROJECT, "region": REGION}
    if create is not None:
        gke["create"] = {"version": "1.35", **create}
    return good_config(stack) | {"cluster": {"gke": gke}}


def made_cluster(folder: Path, stack: str = "production", **create: Any) -> Program:
    """Run the program with a cluster that it makes.

    Args:
        folder: an empty one.
        stack: the environment.
        create: how it is made, beside its version.
    """
    return run_program(cluster_config(stack, create), folder, stack)


def with_a_reader() -> SecretAccess:
    """A program that makes production's cluster, and lets a ServiceAccount read a secret."""
    gke = {"name": "smarthr360-production", "project": PROJECT, "region": REGION, "create": {"version": "1.35"}}
    manager = connect("cluster", cluster_args("gke", gke, "production", protect=True)).secret_manager
    assert manager
    return manager.grant("secrets", "smarthr360", "secret-reader", "smarthr360/production")
