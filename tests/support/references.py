"""What of an environment's plain manifests leads nowhere, and which of them make pods."""

from __future__ import annotations

from collections.abc import Iterable

from manifests.objects import Manifest
from manifests.ports import unanswered
from manifests.references import uncertified, unmounted, unnamed
from manifests.selections import unselected
from manifests.stack import Objects

WORKLOADS = ("Deployment", "StatefulSet")


def workloads(objects: Iterable[Manifest]) -> list[Manifest]:
    """Those of the objects that make pods."""
    return [found for found in objects if found["kind"] in WORKLOADS]


def dangling(manifests: Iterable[Manifest]) -> list[str]:
    """A sentence for each name, selector, port, file or host of one environment's objects that leads nowhere."""
    objects = Objects(manifests)
    return [
        f"{manifest['kind']} {manifest['metadata']['name']}: {phrase}"
        for check in (unnamed, unmounted, unselected, unanswered, uncertified)
        for manifest, phrase in check(objects)
    ]
