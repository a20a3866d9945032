"""An add-on: a namespace, and a chart in it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import RESTRICTED, metadata
from components.platform.charts import Chart, definitions


@dataclass(frozen=True)
class AddonArgs:
    """What an add-on is made from.

    Args:
        chart: its chart.
        namespace: the namespace that is made for it, and refuses pods below the level `restricted`.
        values: the chart's values.
        protect: whether Pulumi refuses to delete the namespace.
        annotated: which values, by their paths with dots, are annotations of its Deployments.
    """

    chart: Chart
    namespace: str
    values: Mapping[str, Any]
    protect: bool
    annotated: tuple[str, ...] = ()


def install(
    name: str, args: AddonArgs, parent: pulumi.Resource, before: Sequence[pulumi.Resource] = ()
) -> list[pulumi.Resource]:
    """Install an add-on: everything that its chart makes, in order and ready.

    The provider itself runs Helm on the chart's folder, so each object is a resource of its own in a preview, in the
    state and before the policies. Hooks of the chart are not run. Its definitions stay when it is uninstalled.

    Its Deployments wait for its definitions. Helm would apply those first, while the provider makes everything at once
    that names nothing else: Envoy Gateway came up, said that there is no kind Gateway, and stayed unready until its
    liveness probe ended it a minute later.

    Args:
        name: the prefix of Pulumi's names: `<name>-namespace` and `<name>-chart`, with the chart's objects below it.
        args: see `AddonArgs`.
        parent: the parent, which has the cluster's provider.
        before: what has to be there first.

    Returns:
        What has to be there before anything that needs the add-on.

    Raises:
        pulumi.RunError: the chart can't be had, or is another one.
    """
    namespace = k8s.core.v1.Namespace(
        f"{name}-namespace",
        metadata=metadata(args.namespace, None, None, more_labels=RESTRICTED),
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
    )
    folder = args.chart.folder()
    chart = k8s.helm.v4.Chart(
        f"{name}-chart",
        # Helm's name of the release is part of the names of what it makes.
        name=args.chart.name,
        chart=str(folder),
        namespace=args.namespace,
        values=_waiting(args, definitions(folder)),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[namespace, *before]),
    )
    return [namespace, chart]


def _waiting(args: AddonArgs, names: Sequence[str]) -> dict[str, Any]:
    """The values, with which Deployments say to the provider (yaml/v2, by cli-utils' graph) what has to be there."""
    values = copy.deepcopy(dict(args.values))
    wanted = ",".join(f"apiextensions.k8s.io/CustomResourceDefinition/{name}" for name in names)
    for path in args.annotated:
        *parents, last = path.split(".")
        place = values
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = {"config.kubernetes.io/depends-on": wanted}
    return values


def resources(cpu: str, memory: str) -> dict[str, dict[str, str]]:
    """Requests and limits of a container of an add-on.

    Args:
        cpu: processor time, request and limit, such as `20m 500m`.
        memory: memory, request and limit.
    """
    bounds = zip(cpu.split(), memory.split(), ("32Mi", "512Mi"), strict=True)
    return {
        side: {"cpu": cores, "memory": size, "ephemeral-storage": disk}
        for side, (cores, size, disk) in zip(("requests", "limits"), bounds, strict=True)
    }
