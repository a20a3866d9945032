"""The closing table: what runs, where, and how to look at it."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from errors import UserError
from tools.local.stack import Stack

SETTLE = 15.0
"""Seconds that autoscalers get to raise new Deployments to their fewest replicas, before the table is printed."""

Objects = dict[str, list[dict[str, Any]]]


def closing_table(stack: Stack, started: float, status: str) -> bool:
    """Print what runs in the stack's namespace, read from the cluster, and what to type next; whether all is ready.

    Args:
        stack: what was brought up.
        started: when that began, in seconds since 1970.
        status: what Argo CD says, Synced or OutOfSync; "" where it is not Argo CD that delivers.

    Raises:
        UserError: the cluster does not answer.
    """
    namespace = stack.config["namespace"]
    if status == "OutOfSync":
        _print_waiting(stack)
        return True
    objects, ready = _settled(stack, namespace)
    console = Console(soft_wrap=True)
    table = Table(title=f"{stack.name}: what runs in namespace {namespace}", title_justify="left")
    for column in ("workload", "ready", "image"):
        table.add_column(column)
    for item in objects["Deployment"] + objects["StatefulSet"]:
        table.add_row(
            f"{item['kind'].lower()}/{item['metadata']['name']}",
            f"{item['status'].get('readyReplicas', 0)}/{_wanted(item, objects)}",
            # Without its registry, which is the same for all of ours and makes the line too long.
            item["spec"]["template"]["spec"]["containers"][0]["image"].rpartition("/")[2],
        )
    console.print()
    console.print(table)
    console.print(
        f"Up in {time.time() - started:.0f} s. API server and controllers are real, pods are simulated (kwok):"
    )
    console.print("they are scheduled and become ready, but no container runs.")
    if status:
        console.print(f"Argo CD, whose controllers are real and whose own pods are simulated, says: {status}, Healthy.")
    console.print()
    console.print("Look at it:", style="bold")
    console.print('  eval "$(make -s env)"', markup=False)
    console.print(f"  kubectl get all -n {namespace}")
    console.print(f"  pulumi preview --diff --stack {stack.name}")
    console.print(f"  pulumi up --stack {stack.name}")
    console.print(f"Take it down: make destroy STACK={stack.name}; stop the cluster: make down")
    return ready


def _print_waiting(stack: Stack) -> None:
    """Say that Argo CD waits for somebody."""
    console = Console(soft_wrap=True)
    console.print()
    console.print(f"{stack.name}: Argo CD says OutOfSync. It syncs when somebody asks it to, inside the windows only:")
    console.print(f"  make calendar STACK={stack.name}")
    console.print(f"  make sync STACK={stack.name}")


def _settled(stack: Stack, namespace: str) -> tuple[Objects, bool]:
    until = time.monotonic() + SETTLE
    while True:
        objects = _read(stack, namespace)
        workloads = objects["Deployment"] + objects["StatefulSet"]
        ready = bool(workloads) and all(
            item["status"].get("readyReplicas", 0) >= _wanted(item, objects) for item in workloads
        )
        if ready or time.monotonic() > until:
            return objects, ready
        time.sleep(0.3)


def _read(stack: Stack, namespace: str) -> Objects:
    kinds = ("Deployment", "StatefulSet", "HorizontalPodAutoscaler")
    command = ["kubectl", "get", ",".join(kinds), "--namespace", namespace, "--output", "json", "--request-timeout=10s"]
    done = subprocess.run(command, env=stack.environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(
            f"Pulumi is done, but the embedded cluster does not answer: {done.stderr.strip().splitlines()[-1]}; "
            f"`make up STACK={stack.name}` starts it again"
        )
    items = json.loads(done.stdout)["items"]
    return {kind: [item for item in items if item["kind"] == kind] for kind in kinds}


def _wanted(item: dict[str, Any], objects: Objects) -> int:
    """How many replicas there should be: what the workload says, but at least what its autoscaler wants."""
    floors = [
        autoscaler["spec"].get("minReplicas", 1)
        for autoscaler in objects["HorizontalPodAutoscaler"]
        if autoscaler["spec"]["scaleTargetRef"]["kind"] == item["kind"]
        and autoscaler["spec"]["scaleTargetRef"]["name"] == item["metadata"]["name"]
    ]
    return int(max([item["spec"]["replicas"], *floors]))
