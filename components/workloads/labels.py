"""Labels and annotations: what objects are found by, and what rolls pods."""

from __future__ import annotations

import hashlib
import json

PART_OF = {"app.kubernetes.io/part-of": "smarthr360", "app.kubernetes.io/managed-by": "pulumi"}
"""On every object that the program makes."""

FROM_EDGE = {"smarthr360.com/from-edge": "true"}
"""On pods whose port `http` the edge may reach: Nginx's, the API's, and cert-manager's that answer Let's Encrypt."""

CHECKSUM = "smarthr360.com/config-checksum"
"""Annotation of a pod template: it changes with the config that the pods read at their start, and so rolls them."""


def selector(component: str) -> dict[str, str]:
    """The labels that select one component's pods; immutable in a Deployment, so never add to them."""
    return {"app.kubernetes.io/name": "smarthr360", "app.kubernetes.io/component": component}


def labels(component: str) -> dict[str, str]:
    """All labels of one component's objects and pods."""
    return {**selector(component), **PART_OF}


def checksum(data: dict[str, str]) -> str:
    """A short digest of a config map's content, for `CHECKSUM`."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]
