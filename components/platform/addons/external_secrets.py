"""The External Secrets operator: it makes Secrets from what a secret manager holds."""

from __future__ import annotations

from typing import Any

from components.platform.addons.addon import AddonArgs, resources
from components.platform.charts import Chart

NAMESPACE = "external-secrets"

CHART = Chart(
    name="external-secrets",
    repository="external-secrets/external-secrets",
    tag="v1.3.2",
    version="1.3.2",
    app_version="v1.3.2",
    files={"deploy/charts/external-secrets": "", "deploy/crds/bundle.yaml": "crds/external-secrets.yaml"},
    digest="1606e529505a8a70d5af13285a31cca6a24b0de6cda1e7195910ea3f048e1181",
)


def args(production: bool) -> AddonArgs:
    """What it is installed with.

    Args:
        production: whether there are two of each part, and Pulumi refuses to delete its namespace.
    """
    part: dict[str, Any] = {"replicaCount": 2 if production else 1, "podDisruptionBudget": {"enabled": production}}
    values = {
        **part,
        "leaderElect": True,
        "resources": resources("20m 500m", "128Mi 512Mi"),
        "livenessProbe": {"enabled": True},
        # A store of its namespace is all that an environment has, or one that somebody else makes.
        "processClusterExternalSecret": False,
        "processClusterPushSecret": False,
        "processPushSecret": False,
        "processClusterGenerator": False,
        # The right to look at ExternalSecrets must not bring the right to read Secrets.
        "rbac": {"servicebindings": {"create": False}},
        "webhook": {**part, "resources": resources("10m 200m", "64Mi 256Mi")},
        "certController": {**part, "resources": resources("10m 200m", "64Mi 256Mi")},
    }
    annotated = tuple(f"{part}deploymentAnnotations" for part in ("", "webhook.", "certController."))
    return AddonArgs(CHART, NAMESPACE, values, protect=production, annotated=annotated)
