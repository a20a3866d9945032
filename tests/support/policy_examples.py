"""For each policy an object that keeps it, and objects that break it and nothing else.

Where our own program makes such an object, that is the good one, and an edit of it is the bad one.
"""

from __future__ import annotations

import copy
import functools
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from components.environment.metadata import PART_OF
from manifests.fingerprints import Fingerprints
from snapshot import requested
from snapshot.model import Object, Owner
from tests.support.program import run_program
from tests.support.stacks import good_config, with_gitops

NAMESPACE = "smarthr360"
Path_ = Sequence[str | int]


@dataclass(frozen=True)
class Example:
    """What keeps and what breaks one policy, each among all objects of a stack.

    Attributes:
        policy: its name.
        good: an object that keeps it.
        bad: objects that break it and nothing else, by what is wrong with them.
        beside: what else there has to be.
        removed: kind and name of objects that may not be there.
        blamed: the title of what is blamed, where that is another object.
        also: other policies that some of the bad objects break, as they are about the same thing.
    """

    policy: str
    good: Object
    bad: Mapping[str, Object]
    beside: tuple[Object, ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    blamed: str = ""
    also: tuple[str, ...] = ()

    def world(self, found: Object) -> list[Object]:
        """All objects of the stack, with this one in its place."""
        placed = {(other.kind, other.name) for other in (found, *self.beside)} | {*self.removed}
        others = [other for other in own_stack(found.stack) if (other.kind, other.name) not in placed]
        return [*others, *self.beside, found]


@functools.cache
def own_stack(
    stack: str, *, delivery: str = "gitops", install: bool = False, options: bool = False
) -> tuple[Object, ...]:
    """What our own program asks for; with its options, an Ingress and what the Prometheus operator reads."""
    config = good_config(stack)
    if options:
        edge = config["edge"]
        assert isinstance(edge, dict)
        config |= {"edge": {**edge, "kind": "ingress", "className": "nginx"}, "monitoring": {"operator": True}}
    if delivery == "gitops":
        config = with_gitops(config, install=install)
    with tempfile.TemporaryDirectory() as folder:
        registered = run_program(config, Path(folder), stack).resources
    return requested.objects(registered, stack, Fingerprints(b"not-a-real-key"), requested.environment(registered))


def ours(kind: str, name: str, stack: str = "production") -> Object:
    """One object of ours."""
    found = [found for found in own_stack(stack) if (found.kind, found.name) == (kind, name)]
    assert len(found) == 1, f"{len(found)} objects are {kind} {name}"
    return found[0]


def edited(found: Object, path: Path_ | str, value: object = None) -> Object:
    """An object with another value at one place; without any, where the value is None."""
    manifest: Any = copy.deepcopy(found.manifest)
    *above, last = path.split(".") if isinstance(path, str) else path
    place = manifest
    for step in above:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if value is None:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return replace(found, manifest=manifest, namespace=manifest.get("metadata", {}).get("namespace"))


def edits(found: Object, **values: tuple[Path_ | str, object]) -> dict[str, Object]:
    """Edits of one object, each by itself."""
    return {name: edited(found, path, value) for name, (path, value) in values.items()}


def made(api: str, kind: str, name: str, namespace: str | None = NAMESPACE, **manifest: object) -> Object:
    """A Kubernetes object that our program does not make."""
    metadata: dict[str, Any] = {"name": name, "labels": PART_OF}
    if namespace:
        metadata["namespace"] = namespace
    return Object(
        stack="production",
        type=f"kubernetes:{api}:{kind}",
        kind=kind,
        namespace=namespace,
        name=name,
        urn=f"urn:pulumi:production::smarthr360::kubernetes:{api}:{kind}::{name}",
        component="",
        owner=Owner.PULUMI,
        protected=True,
        manifest={"apiVersion": api, "kind": kind, "metadata": metadata, **manifest},
    )


def of_cloud(type_: str, **manifest: object) -> Object:
    """A resource of a cloud."""
    kind = type_.rpartition(":")[2]
    urn = f"urn:pulumi:production::smarthr360::{type_}::example"
    return Object("production", type_, kind, None, "example", urn, "", Owner.PULUMI, protected=True, manifest=manifest)
