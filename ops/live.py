"""What a running environment would become: `pulumi preview` on the real stack, and what somebody has changed there.

Two questions: what the program would change of what Pulumi has applied, and what of that is different in the cluster
by now (`pulumi refresh --preview-only`). Neither changes anything. The second locks the stack, so they are asked one
after the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes

from ops import asked, compare, findings, risk
from ops.engine import Answer, Progress, ask
from ops.engine_events import DONE, PLANNED, Step, at, steps
from ops.errors import OpsError
from ops.fingerprints import Fingerprints
from ops.model import Action, Change, Field, Object, Report, Snapshot
from ops.revision import WORK_TREE

APPLIED = "what is applied"
"""What people call the base: what Pulumi has applied last, by the stack's state."""

_ACTIONS = {
    "create": Action.CREATE,
    "update": Action.UPDATE,
    "import": Action.UPDATE,
    "same": Action.UPDATE,
    "replace": Action.REPLACE,
    "import-replacement": Action.REPLACE,
    "delete": Action.DELETE,
}
"""What is left out is a part of a replacement, or only read, or a matter of the state alone."""

_GOES = ("delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace")


def preview(root: Path, stack: str, progress: Progress) -> Report:
    """Say what the program as it lies there would change in a stack, and what somebody has changed in it.

    Args:
        root: the project's folder.
        stack: the stack's name, as `pulumi` knows it.
        progress: what is told how far it is.

    Raises:
        OpsError: Pulumi can't work on the stack: there is none, it is locked, its cluster can't be reached.
    """
    progress(f"{stack}: asking what the program would change")
    planned = ask(root, stack, ("preview",), progress)
    progress(f"{stack}: asking what is different in the cluster")
    found = ask(root, stack, ("refresh", "--preview-only"), progress)
    if found.errors:
        raise OpsError("\n".join(f"what is in the cluster can't be read: {error}" for error in found.errors))
    fingerprints = Fingerprints(token_bytes(32))
    changes, head = _changes(planned, stack, fingerprints)
    drift = _drift(found, stack, fingerprints)
    return findings.of_changes(
        APPLIED,
        WORK_TREE,
        [head],
        None if head.problem else changes,
        problems=[f"{stack} can't be previewed: {error}" for error in planned.errors],
        drift=drift,
    )


def _changes(planned: Answer, stack: str, fingerprints: Fingerprints) -> tuple[list[Change], Snapshot]:
    """What the program would change, and all that it asks for."""
    if planned.errors:
        return [], Snapshot(stack, WORK_TREE, (), planned.errors[0])
    told = steps(planned.events, PLANNED)
    made = [step for step in told if step.after and step.operation not in _GOES]
    objects = asked.objects([step.after for step in made if step.after], stack, fingerprints)
    head = Snapshot(stack, WORK_TREE, tuple({item.urn: item for item in objects}.values()))
    return _assessed(told, head, fingerprints), head


def _drift(found: Answer, stack: str, fingerprints: Fingerprints) -> list[Change]:
    """What is different in the cluster."""
    told = steps(found.events, DONE)
    there = asked.objects([step.after for step in told if step.after], stack, fingerprints)
    return _assessed(told, Snapshot(stack, "cluster", there), fingerprints)


def _assessed(told: Iterable[Step], head: Snapshot, fingerprints: Fingerprints) -> list[Change]:
    found = (_change(step, head.stack, fingerprints) for step in told)
    return [replace(change, risks=risk.assess(change, head)) for change in found if change]


def _change(step: Step, stack: str, fingerprints: Fingerprints) -> Change | None:
    action = _ACTIONS.get(step.operation)
    before, after = (
        next(iter(asked.objects([side], stack, fingerprints)), None) if side else None
        for side in (step.before, step.after)
    )
    if step.operation == "import" and after:  # what is there already comes under Pulumi
        return Change(Action.UPDATE, after, after, (Field("imported", None, step.id),))
    if action is Action.CREATE:
        before = None
    elif action is Action.DELETE:
        after = None
    if action is None or not (before or after):  # a component or a provider
        return None
    if not before or not after:
        return Change(Action.CREATE if after else Action.DELETE, before, after)
    fields = tuple(_fields(step, before, after))
    if step.operation == "same" and not fields:
        return None
    return Change(action, before, after, fields, forced_by=step.forcing if action is Action.REPLACE else ())


def _fields(step: Step, before: Object, after: Object) -> list[Field]:
    """How an object differs by what it means, and where that is nothing, where the provider says that it does."""
    found = list(compare.differences(before, after))
    if step.operation == "same":  # Pulumi itself keeps only whether it is protected
        return [field for field in found if field.path == "protected"]
    return found or [Field(path, *(at(side.manifest, path) for side in (before, after))) for path in step.fields]
