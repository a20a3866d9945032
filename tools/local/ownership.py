"""Whose a namespace of the cluster is: no stack works in another's.

Stack files that lie beside each other are compared by the program itself; this is about those that do not, such as of
another branch.
"""

from __future__ import annotations

import json
import subprocess

from components.metadata import STACK
from tools.local.stack import Stack, StackError


def refuse_another_s(stack: Stack) -> None:
    """Refuse a namespace that is marked as another stack's; one without a mark, or a cluster that is down, is nobody's.

    Raises:
        StackError: with both named.
    """
    namespace = stack.config["namespace"]
    command = ["kubectl", "get", "namespace", namespace, "--ignore-not-found", "--output=json", "--request-timeout=5s"]
    done = subprocess.run(command, env=stack.environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0 or not done.stdout.strip():
        return
    owner = (json.loads(done.stdout)["metadata"].get("labels") or {}).get(STACK)
    if owner not in (None, stack.name):
        raise StackError(
            f"namespace {namespace} belongs to stack {owner}, and stack {stack.name} would take it over; give "
            f"{stack.committed.name} another smarthr360:namespace, or type `make destroy STACK={owner}` first"
        )
