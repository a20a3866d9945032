"""Whose a namespace of the cluster is: no stack works in another's."""

from __future__ import annotations

import json
import subprocess

from components.environment.metadata import STACK
from components.neighbours import clashes
from errors import UserError
from tools.local.stack import Stack


def refuse_another_s(stack: Stack) -> None:
    """Refuse what another stack owns, by the stack files that lie beside each other and by the namespace's mark.

    The program compares the files, too; the mark is for what no file says, such as a stack on another branch. A
    namespace without a mark is nobody's, and in a cluster that is down nothing is taken over.

    Raises:
        UserError: with both named.
    """
    if shared := clashes(stack.workspace.root, stack.name):
        raise UserError(*shared)
    namespace = stack.config["namespace"]
    command = ["kubectl", "get", "namespace", namespace, "--ignore-not-found", "--output=json", "--request-timeout=5s"]
    done = subprocess.run(command, env=stack.environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0 or not done.stdout.strip():
        return
    owner = (json.loads(done.stdout)["metadata"].get("labels") or {}).get(STACK)
    if owner not in (None, stack.name):
        raise UserError(
            f"namespace {namespace} belongs to stack {owner}, and stack {stack.name} would take it over; give "
            f"{stack.committed.name} another smarthr360:namespace, or type `make destroy STACK={owner}` first"
        )
