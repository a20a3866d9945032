"""What is found in snapshots: what changes between them, how risky that is, and what breaks a policy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

import policy
from ops import compare, risk
from ops.errors import OpsError
from ops.fingerprints import without_fingerprints
from ops.model import Action, Change, Object, Report, Snapshot, Violation

_WORST_FIRST = (Action.DELETE, Action.REPLACE, Action.UPDATE, Action.CREATE)


def report(base: str, head: str, bases: Sequence[Snapshot], heads: Sequence[Snapshot]) -> Report:
    """Make a report.

    Args:
        base: what people call the base; "" for an inventory.
        head: what people call the head.
        bases: the environments before; none for an inventory.
        heads: the environments after, in the same order.

    Raises:
        OpsError: policy/exemptions.yaml is not good.
    """
    pairs = [pair for pair in zip(bases, heads, strict=False) if not any(side.problem for side in pair)]
    changes = [
        replace(change, risks=risk.assess(change, after))
        for before, after in pairs
        for change in compare.changes(before, after)
    ]
    order = [found.stack for found in heads]
    changes.sort(
        key=lambda change: (
            -change.level,
            _WORST_FIRST.index(change.action),
            -order.index(change.object.stack),
            change.object.key,
        )
    )
    # From here on nothing depends on this run's key.
    shown = tuple(map(_shown, changes))
    asked = tuple(replace(found, objects=tuple(map(_object, found.objects))) for found in heads)
    return Report(
        base=base,
        head=head,
        heads=asked,
        changes=shown,
        problems=(*_problems(heads), *_problems(bases)),
        violations=_violations(asked),
        digest=digest(shown) if pairs else "",
    )


def digest(changes: Iterable[Change]) -> str:
    """Return the SHA-256 of a full diff, by which a shortened report names it.

    Args:
        changes: all of them.
    """
    content = sorted(json.dumps(change, default=vars, sort_keys=True) for change in changes)
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


def _violations(heads: Iterable[Snapshot]) -> tuple[Violation, ...]:
    try:
        return tuple(policy.check(item for head in heads for item in head.objects))
    except policy.ExemptionError as error:
        raise OpsError(str(error)) from None


def _problems(snapshots: Iterable[Snapshot]) -> list[str]:
    """A sentence for each reason why a revision can't be read, with the environments that it is about."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in snapshots:
        if item.problem:
            found.setdefault((item.revision, item.problem), []).append(item.stack)
    return [f"{', '.join(stacks)} in {called} can't be read: {problem}" for (called, problem), stacks in found.items()]


def _shown(change: Change) -> Change:
    """A change without fingerprints."""
    return replace(
        change,
        before=change.before and _object(change.before),
        after=change.after and _object(change.after),
        fields=tuple(
            replace(field, before=without_fingerprints(field.before), after=without_fingerprints(field.after))
            for field in change.fields
        ),
    )


def _object(item: Object) -> Object:
    return replace(item, manifest=without_fingerprints(item.manifest))
