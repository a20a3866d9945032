"""`python -m bench.environment`: an environment brought up and left alone, against kubectl with the same objects.

Uses the dev stack of this checkout's embedded cluster, and takes it down again first: `make bench`.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tools.local.stack import Stack
from tools.local.workspace import ROOT, Workspace

ROUNDS = 3
STACK = "dev"
# In the order in which they are applied; what Pulumi makes of them is in the table of docs/architecture.md.
KINDS = (
    "serviceaccounts,secrets,configmaps,persistentvolumeclaims,services,statefulsets,deployments,"
    "horizontalpodautoscalers,networkpolicies,issuers,certificates,gateways,httproutes"
)


def main() -> int:
    """Measure, and print seconds and ratios."""
    stack = Stack(Workspace(ROOT), STACK)
    _run(["make", "up"], stack)
    namespace = str(stack.config["namespace"])
    with tempfile.TemporaryDirectory() as folder:
        manifests = Path(folder) / "manifests.json"
        manifests.write_text(json.dumps(_manifests(stack, namespace)))
        figures: dict[str, list[float]] = {}
        for index in range(ROUNDS):
            print(f"round {index + 1} of {ROUNDS}", file=sys.stderr, flush=True)
            for name, seconds in _round(stack, namespace, manifests).items():
                figures.setdefault(name, []).append(seconds)
    _run(["make", "up"], stack)
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, values in figures.items():
        print(f"{name:44} {medians[name]:6.1f} s   (of {', '.join(f'{value:.1f}' for value in values)})")
    for what in ("from nothing to all ready", "again, no change"):
        print(f"{what + ': pulumi up / kubectl':44} {medians['pulumi up, ' + what] / medians['kubectl, ' + what]:6.1f}")
    return 0


def _round(stack: Stack, namespace: str, manifests: Path) -> dict[str, float]:
    up = ["pulumi-engine", "up", "--yes", "--skip-preview", "--stack", STACK]
    apply = ["kubectl", "apply", "--server-side", "--force-conflicts", "--filename", str(manifests)]
    wait = ["kubectl", "rollout", "status", "--namespace", namespace, "--timeout=120s"]
    _run(["pulumi-engine", "destroy", "--yes", "--stack", STACK], stack)
    measured = {
        "pulumi up, from nothing to all ready": _run(up, stack),
        "pulumi up, again, no change": _run(up, stack),
    }
    _run(["pulumi-engine", "destroy", "--yes", "--stack", STACK], stack)
    started = time.monotonic()
    _run(apply, stack)
    for kind in ("deployment", "statefulset"):
        names = subprocess.run(
            ["kubectl", "get", kind, "--namespace", namespace, "--output", "name"],
            env=stack.environment(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for name in names:
            _run([*wait, name], stack)
    measured["kubectl, from nothing to all ready"] = time.monotonic() - started
    measured["kubectl, again, no change"] = _run(apply, stack)
    _run(["kubectl", "delete", "namespace", namespace], stack)
    return measured


def _manifests(stack: Stack, namespace: str) -> dict[str, Any]:
    """The environment's objects as kubectl would be given them: without what the cluster has added."""

    def read(*what: str) -> list[dict[str, Any]]:
        command = ["kubectl", "get", *what, "--output", "json"]
        done = subprocess.run(command, env=stack.environment(), capture_output=True, check=True)
        items: list[dict[str, Any]] = json.loads(done.stdout)["items"]
        return items

    items = read("namespaces", f"--field-selector=metadata.name={namespace}")
    items += [item for item in read("priorityclasses") if item["metadata"]["name"].startswith(namespace)]
    items += read(KINDS, "--namespace", namespace)
    for item in items:
        item.pop("status", None)
        for key in (
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "managedFields",
            "generation",
            "finalizers",
            "annotations",
        ):
            item["metadata"].pop(key, None)
        for key in ("clusterIP", "clusterIPs", "volumeName"):
            if item.get("spec", {}).get(key) not in ("None", ["None"]):
                item.get("spec", {}).pop(key, None)
        if item["kind"] == "Namespace":
            item.pop("spec", None)
    own = [item for item in items if "app.kubernetes.io/part-of" in item["metadata"].get("labels", {})]
    return {"apiVersion": "v1", "kind": "List", "items": own}


def _run(command: list[str], stack: Stack) -> float:
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=stack.environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"error: `{' '.join(command)}` failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
