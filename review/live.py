"""Previews a running environment: what the program would change in it, and what somebody has changed in its cluster.

`pulumi preview` answers the first question, against what Pulumi has applied, and `pulumi refresh --preview-only` the
second. Neither changes anything. The second locks the stack, so they run one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes

from errors import UserError
from manifests.differences import Field
from manifests.fingerprints import Fingerprints
from manifests.immutable import unchangeable
from review import build_report, risk
from review.changes import differences
from review.model import Action, Change, Report
from snapshot import requested
from snapshot.engine import Progress, ask
from snapshot.engine_events import DONE, PLANNED, Step, at, steps
from snapshot.in_process import Registered
from snapshot.model import Object, Owner, Snapshot
from snapshot.revision import WORK_TREE

APPLIED = "what is applied"
"""The name of the base: what Pulumi has applied last, by the stack's state."""

_REPLACES = ("replace", "import-replacement")
_MAKES = ("same", "create", "update", "import", *_REPLACES)
"""The engine's operations that replace a resource, and those after which the program has it."""


def preview(root: Path, stack: str, progress: Progress) -> Report:
    """Report what the program in the work tree would change in a stack, and what somebody has changed in it.

    Args:
        root: the project's folder.
        stack: the stack's name, as `pulumi` knows it.
        progress: receives what is being done.

    Raises:
        UserError: Pulumi can't work on the stack: it does not exist, is locked, or its cluster can't be reached.
    """
    fingerprints = Fingerprints(token_bytes(32))
    progress(f"{stack}: looking for what the program would change")
    planned = ask(root, stack, ("preview",), progress)
    if planned.errors:
        head = Snapshot(stack, WORK_TREE, (), planned.errors[0])
        problems = [f"{stack} can't be previewed: {error}" for error in planned.errors]
        return build_report.of_changes(APPLIED, WORK_TREE, [head], None, problems=problems)
    planned_steps = steps(planned.events, PLANNED)
    head = _snapshot((step.after for step in planned_steps if step.operation in _MAKES), stack, fingerprints)
    progress(f"{stack}: looking for what has changed in the cluster")
    drift = _drift(root, planned_steps, stack, progress, fingerprints)
    return build_report.of_changes(
        APPLIED, WORK_TREE, [head], _assessed(planned_steps, head, fingerprints), problems=(), drift=drift
    )


def _drift(
    root: Path, planned: Iterable[Step], stack: str, progress: Progress, fingerprints: Fingerprints
) -> list[Change]:
    """What differs in the cluster from what Pulumi has applied; what it has rendered to files is left out."""
    rendered = [step.before.urn for step in planned if step.before and step.before.rendered]
    left_out = [argument for urn in rendered for argument in ("--exclude", urn)]
    refreshed = ask(root, stack, ("refresh", "--preview-only", *left_out), progress)
    if refreshed.errors:
        raise UserError(*(f"what is in the cluster can't be read: {error}" for error in refreshed.errors))
    done = steps(refreshed.events, DONE)
    changes = _assessed(done, _snapshot((step.after for step in done), stack, fingerprints), fingerprints)
    # The API server rewrites some values: 1000m of CPU become 1.
    return [change for change in changes if _means_something(change)]


def _means_something(change: Change) -> bool:
    return not change.before or not change.after or any(differences(change.before, change.after))


def _snapshot(resources: Iterable[Registered | None], stack: str, fingerprints: Fingerprints) -> Snapshot:
    # A replaced resource is reported twice.
    registered = list({resource.urn: resource for resource in resources if resource}.values())
    return Snapshot(
        stack, WORK_TREE, requested.objects(registered, stack, fingerprints, requested.environment(registered))
    )


def _assessed(steps_: Iterable[Step], head: Snapshot, fingerprints: Fingerprints) -> list[Change]:
    every = list(steps_)
    environments = tuple(requested.environment(getattr(step, side) for step in every) for side in ("before", "after"))
    changes = (_change(step, head.stack, fingerprints, environments) for step in every)
    return [replace(change, risks=risk.assess(change, head)) for change in changes if change]


def _change(step: Step, stack: str, fingerprints: Fingerprints, environments: tuple[str, ...]) -> Change | None:
    """What happens to an object; None if nothing does.

    Components, providers and what is only read are left out; a replacement is one change, not two.
    """
    sides = zip((step.before, step.after), environments, strict=True)
    before, after = (_object(side, stack, fingerprints, environment) for side, environment in sides)
    if after and step.operation == "create":
        return Change(Action.CREATE, None, after)
    if before and step.operation == "delete":
        return Change(Action.DELETE, before, None)
    if after and step.operation == "import":  # Pulumi takes over an existing object
        return Change(Action.UPDATE, after, after, (Field("imported", None, step.id),))
    if not before or not after:
        return None
    differing = tuple(differences(before, after))
    if step.operation == "same":  # so the engine calls it, even if its protection differs
        own = tuple(field for field in differing if field.path == "protected")
        return Change(Action.UPDATE, before, after, own) if own else None
    if step.operation in ("update", *_REPLACES):
        fields, forced_by = differing or tuple(_reported(step, before, after)), step.forcing
        replaces = step.operation in _REPLACES
        if before.owner is after.owner is Owner.ARGO_CD:  # a file to Pulumi; Argo CD updates the object
            replaces, forced_by = bool(unchangeable(before.manifest, fields)), ()
        return Change(Action.REPLACE if replaces else Action.UPDATE, before, after, fields, forced_by=forced_by)
    return None


def _object(side: Registered | None, stack: str, fingerprints: Fingerprints, environment: str) -> Object | None:
    return next(iter(requested.objects([side] if side else [], stack, fingerprints, environment)), None)


def _reported(step: Step, before: Object, after: Object) -> Iterator[Field]:
    """How an object differs according to its provider, for differences that mean nothing to Kubernetes."""
    for path in step.fields:
        yield Field(path, at(before.manifest, path), at(after.manifest, path))
