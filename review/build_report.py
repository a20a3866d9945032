"""Makes a report from snapshots: what changes between them, how risky that is, and what breaks a policy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

import policy
from manifests.fingerprints import without_fingerprints
from manifests.objects import MISSHAPEN
from policy.violation import Violation
from review import risk
from review.changes import changes_between
from review.model import Action, Change, Report
from snapshot.model import Object, Snapshot

_SHAPE = "objects-have-their-shape"
_REFUSED = "it does not have the shape that Kubernetes expects, so no policy can judge it"
"""The violation by objects that no policy can read; nothing can be exempt from it."""

_WORST_FIRST = (Action.DELETE, Action.REPLACE, Action.UPDATE, Action.CREATE)


def report(base: str, head: str, bases: Sequence[Snapshot], heads: Sequence[Snapshot]) -> Report:
    """Make a report.

    Args:
        base: what people call the base; "" for an inventory.
        head: what people call the head.
        bases: the environments before; empty for an inventory.
        heads: the environments after, in the same order.

    Raises:
        UserError: policy/exemptions.yaml is not valid.
    """
    pairs = [pair for pair in zip(bases, heads, strict=False) if not any(side.problem for side in pair)]
    changes = [
        replace(change, risks=risk.assess(change, after))
        for before, after in pairs
        for change in changes_between(before, after)
    ]
    unread = {before.stack for before in bases if before.problem}
    return of_changes(
        base,
        head,
        heads,
        changes if pairs else None,
        problems=(*_problems(heads), *_problems(bases), *(head.stale for head in heads if head.stale)),
        uncompared=[head.stack for head in heads if head.stack in unread and not head.problem],
    )


def of_changes(
    base: str,
    head: str,
    heads: Sequence[Snapshot],
    changes: Sequence[Change] | None,
    *,
    problems: Iterable[str],
    uncompared: Iterable[str] = (),
    drift: Sequence[Change] | None = None,
) -> Report:
    """Make a report from changes whose risks are already assessed.

    Args:
        base: what people call the base; "" for an inventory.
        head: what people call the head.
        heads: the environments as the head requests them.
        changes: with their risks; None if nothing could be compared.
        problems: sentences about what can't be read.
        uncompared: the stacks of which only the head could be read.
        drift: what somebody has changed in the cluster, with its risks; None if the cluster was not checked.

    Raises:
        UserError: policy/exemptions.yaml is not valid.
    """
    order = [head.stack for head in heads]
    # From here on nothing depends on this run's key.
    shown = _riskiest_first(changes or (), order)
    drifted = None if drift is None else _riskiest_first(drift, order)
    shown_heads = tuple(replace(head, objects=tuple(map(_object, head.objects))) for head in heads)
    return Report(
        base=base,
        head=head,
        heads=shown_heads,
        changes=shown,
        problems=tuple(problems),
        violations=_violations(shown_heads),
        digest="" if changes is None else digest((*shown, *(drifted or ()))),
        uncompared=tuple(uncompared),
        drift=drifted,
    )


def digest(changes: Iterable[Change]) -> str:
    """Return the SHA-256 of all changes, so that a shortened report can name the full diff."""
    content = sorted(json.dumps(change, default=vars, sort_keys=True) for change in changes)
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


def _violations(heads: Iterable[Snapshot]) -> tuple[Violation, ...]:
    objects = [item for head in heads for item in head.objects]
    try:
        return tuple(policy.check(objects))
    except MISSHAPEN:
        odd = [item for item in objects if _is_misshapen(item)]
        good = [item for item in objects if item not in odd]
        return (*(Violation(item.stack, _SHAPE, True, item.title, _REFUSED) for item in odd), *policy.check(good))


def _is_misshapen(item: Object) -> bool:
    try:
        policy.check([item], exemptions=())
    except MISSHAPEN:
        return True
    return False


def _problems(snapshots: Iterable[Snapshot]) -> list[str]:
    """A sentence for each reason why a revision can't be read, with its environments."""
    stacks_of: dict[tuple[str, str], list[str]] = {}
    for item in snapshots:
        if item.problem:
            stacks_of.setdefault((item.revision, item.problem), []).append(item.stack)
    return [
        f"{', '.join(stacks)} in {called} can't be read: {problem}" for (called, problem), stacks in stacks_of.items()
    ]


def _riskiest_first(changes: Iterable[Change], order: Sequence[str]) -> tuple[Change, ...]:
    """Changes as a report has them: without fingerprints, riskiest first, and the last stack first among equals."""
    in_order = sorted(
        changes,
        key=lambda change: (
            -change.level,
            _WORST_FIRST.index(change.action),
            -order.index(change.object.stack),
            change.object.key,
        ),
    )
    return tuple(map(_shown, in_order))


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
