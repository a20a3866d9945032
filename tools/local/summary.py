"""The closing table: what runs, where, and how to look at it."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from rich.console import Console
from rich.table import Table

from tools.local.stack import Stack


def closing_table(stack: Stack, namespace: str, seconds: float) -> None:
    """Print what runs in the stack's namespace, read from the cluster, and what to type next."""
    console = Console(soft_wrap=True)
    table = Table(title=f"{stack.name}: what runs in namespace {namespace}", title_justify="left")
    for column in ("workload", "ready", "image"):
        table.add_column(column, overflow="fold")
    for item in _workloads(stack, namespace):
        status = item["status"]
        table.add_row(
            f"{item['kind'].lower()}/{item['metadata']['name']}",
            f"{status.get('readyReplicas', 0)}/{status.get('replicas', 0)}",
            item["spec"]["template"]["spec"]["containers"][0]["image"],
        )
    console.print()
    console.print(table)
    console.print(f"Up in {seconds:.0f} s. The API server and the controllers are real; pods are simulated (kwok):")
    console.print("they are scheduled and become ready, but no container runs.")
    console.print()
    console.print("Look at it:", style="bold")
    console.print('  eval "$(make -s env)"', markup=False)
    console.print(f"  kubectl get all -n {namespace}")
    console.print(f"  pulumi preview --diff --stack {stack.name}")
    console.print(f"  pulumi up --stack {stack.name}")
    console.print(f"Take it down: make destroy STACK={stack.name}; stop the cluster: make down")


def _workloads(stack: Stack, namespace: str) -> list[dict[str, Any]]:
    command = ["kubectl", "get", "deployments,statefulsets", "--namespace", namespace, "--output", "json"]
    done = subprocess.run(command, env=stack.environment(), capture_output=True, check=True)
    items: list[dict[str, Any]] = json.loads(done.stdout)["items"]
    return items
