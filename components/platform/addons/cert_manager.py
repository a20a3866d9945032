"""cert-manager: it gets certificates from Let's Encrypt, and renews them."""

from __future__ import annotations

from typing import Any

from components.platform.addons.addon import AddonArgs, resources
from components.platform.charts import Chart

NAMESPACE = "cert-manager"

CHART = Chart(
    name="cert-manager",
    repository="cert-manager/cert-manager",
    tag="v1.19.0",
    version="1.19.0",
    app_version="v1.19.0",
    files={"deploy/charts/cert-manager": ""},
    digest="bdd48bc1aa7f094b5781d20f1cbc8430465bfbd8fd2da1f71cbe936d1580b765",
)


def args(production: bool, gateway: bool) -> AddonArgs:
    """What it is installed with.

    Args:
        production: whether there are two of each part, and Pulumi refuses to delete its namespace.
        gateway: whether it answers Let's Encrypt through the Gateway API, whose definitions have to be there.
    """
    part: dict[str, Any] = {"replicaCount": 2 if production else 1, "podDisruptionBudget": {"enabled": production}}
    values = {
        **part,
        "crds": {"enabled": True, "keep": True},
        # kube-system is not ours, and GKE Autopilot lets nobody in there.
        "global": {"leaderElection": {"namespace": NAMESPACE}},
        "resources": resources("20m 500m", "64Mi 256Mi"),
        "webhook": {
            **part,
            "replicaCount": 3 if production else 1,  # without it nobody can change a certificate
            "resources": resources("10m 200m", "32Mi 128Mi"),
        },
        "cainjector": {**part, "resources": resources("10m 200m", "128Mi 512Mi")},
        # A hook of Helm's; what needs cert-manager waits until all of it is ready.
        "startupapicheck": {"enabled": False},
        "config": {
            "apiVersion": "controller.config.cert-manager.io/v1alpha1",
            "kind": "ControllerConfiguration",
            "enableGatewayAPI": gateway,
        },
    }
    annotated = tuple(f"{part}deploymentAnnotations" for part in ("", "webhook.", "cainjector."))
    return AddonArgs(CHART, NAMESPACE, values, protect=production, annotated=annotated)
