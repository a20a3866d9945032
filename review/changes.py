"""The differences between two revisions of an environment, object by object, by their meaning to Kubernetes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from manifests.differences import Field, fields
from manifests.immutable import unchangeable
from review.model import Action, Change
from snapshot.model import Object, Owner, Snapshot


def changes_between(base: Snapshot, head: Snapshot) -> list[Change]:
    """Return what happens to an environment's objects between two snapshots, without risks."""
    before, after = ({_identity(item): item for item in snapshot.objects} for snapshot in (base, head))
    changes: list[Change] = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if not old or not new:
            changes.append(Change(Action.CREATE if new else Action.DELETE, old, new))
        elif differing := tuple(differences(old, new)):
            replaced = unchangeable(old.manifest, differing) or {"owner", "urn"} & {field.path for field in differing}
            action = Action.REPLACE if replaced else Action.UPDATE
            changes.append(Change(action, old, new, differing))
    return changes


def _identity(item: Object) -> tuple[str, str, str, str]:
    """What identifies an object in another revision; not its API version, as it is the same object in the cluster."""
    if item.type.startswith("kubernetes:"):
        group = item.type.split(":")[1].rpartition("/")[0]  # "apps" of kubernetes:apps/v1:Deployment
        return group, item.kind, item.namespace or "", item.name
    return item.type, "", "", item.name


def differences(before: Object, after: Object) -> Iterator[Field]:
    """Yield how an object differs from before: in its owner or URN, its protection and its manifest."""
    if before.owner != after.owner:
        yield Field("owner", before.owner.value, after.owner.value)
    elif after.owner is Owner.PULUMI and before.urn not in (after.urn, *after.aliases):
        yield Field("urn", before.urn, after.urn)
    if before.protected != after.protected:
        yield Field("protected", before.protected, after.protected)
    old, new = (json.dumps(side.manifest, sort_keys=True) for side in (before, after))
    if old != new:  # a quick check, as most manifests are equal
        yield from fields(before.manifest, after.manifest)
