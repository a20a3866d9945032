"""Metrics: how the monitoring finds the API's, and when it raises an alert."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import metadata, selector

PATH = "/metrics"


def scraped(port: int) -> dict[str, str]:
    """Annotations by which a Prometheus without the operator finds a pod's metrics."""
    return {"prometheus.io/scrape": "true", "prometheus.io/port": str(port), "prometheus.io/path": PATH}


@dataclass(frozen=True)
class MetricsArgs:
    """What the operator's objects are made from.

    Args:
        namespace: where they are made.
        namespace_name: its name as plain text, for the alerts' expressions.
    """

    namespace: pulumi.Input[str]
    namespace_name: str


class Metrics(pulumi.ComponentResource):
    """Makes a ServiceMonitor and alert rules, for a cluster that has the Prometheus operator.

    Type token `smarthr360:workloads:Metrics`; children: `<name>-service-monitor`, `<name>-rules`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `MetricsArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: MetricsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Metrics", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        k8s.apiextensions.CustomResource(
            f"{name}-service-monitor",
            api_version="monitoring.coreos.com/v1",
            kind="ServiceMonitor",
            metadata=metadata("smarthr360-api", args.namespace, "metrics"),
            spec={
                "selector": {"matchLabels": selector("api")},
                "endpoints": [{"port": "http", "path": PATH, "interval": "30s"}],
            },
            opts=child,
        )
        k8s.apiextensions.CustomResource(
            f"{name}-rules",
            api_version="monitoring.coreos.com/v1",
            kind="PrometheusRule",
            metadata=metadata("smarthr360", args.namespace, "metrics"),
            spec={"groups": [{"name": "smarthr360", "rules": _rules(args.namespace_name)}]},
            opts=child,
        )
        self.register_outputs({})


def _rules(namespace: str) -> list[dict[str, object]]:
    """Alerts on what users notice, and on what is about to run out."""
    here = f'namespace="{namespace}"'
    return [
        _rule(
            "SmartHR360ApiUnavailable",
            f'kube_deployment_status_replicas_available{{{here},deployment="smarthr360-api"}} == 0',
            minutes=2,
            severity="critical",
            summary="No pod of the API is ready.",
        ),
        _rule(
            "SmartHR360WorkersUnavailable",
            f'kube_deployment_status_replicas_available{{{here},deployment="smarthr360-worker"}} == 0',
            minutes=5,
            severity="critical",
            summary="No worker is running: tasks pile up in the broker, which refuses more when it is full.",
        ),
        _rule(
            "SmartHR360BeatMissing",
            f'kube_deployment_status_replicas_available{{{here},deployment="smarthr360-beat"}} != 1',
            minutes=10,
            severity="warning",
            summary="Beat is not exactly one: scheduled tasks are not sent, or are sent twice.",
        ),
        _rule(
            "SmartHR360VolumeNearlyFull",
            f"kubelet_volume_stats_available_bytes{{{here}}} / kubelet_volume_stats_capacity_bytes{{{here}}} < 0.15",
            minutes=15,
            severity="warning",
            summary="A volume has less than 15 % left; raise its size in the stack file.",
        ),
        _rule(
            "SmartHR360PodRestarting",
            f"increase(kube_pod_container_status_restarts_total{{{here}}}[30m]) > 3",
            minutes=5,
            severity="warning",
            summary="A container has started again more than three times in half an hour.",
        ),
    ]


def _rule(alert: str, expression: str, *, minutes: int, severity: str, summary: str) -> dict[str, object]:
    return {
        "alert": alert,
        "expr": expression,
        "for": f"{minutes}m",
        "labels": {"severity": severity},
        "annotations": {"summary": summary},
    }
