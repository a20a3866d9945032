"""metrics-server: it reports to autoscalers what pods use. EKS has it only as an add-on; GKE and AKS bring it."""

from __future__ import annotations

from typing import Any

from components.platform.addons.addon import AddonArgs, resources
from components.platform.charts import Chart

CHART = Chart(
    name="metrics-server",
    repository="kubernetes-sigs/metrics-server",
    tag="v0.9.0",
    version="3.13.1",
    app_version="0.8.1",
    files={"charts/metrics-server": ""},
    digest="ad78dbc13e9da3ba090ef1703d0fd1d6526c4fd68331c96e8fa626ea1e1c6015",
)


def args(production: bool) -> AddonArgs:
    """What it is installed with.

    Args:
        production: whether there are two of it, and Pulumi refuses to delete its namespace.
    """
    values: dict[str, Any] = {
        "replicas": 2 if production else 1,
        "podDisruptionBudget": {"enabled": True, "minAvailable": 1} if production else {"enabled": False},
        "resources": resources("100m 500m", "200Mi 512Mi"),
    }
    return AddonArgs(CHART, "metrics-server", values, protect=production)
