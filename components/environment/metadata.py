"""Metadata: what objects are found by, what rolls pods, and what tells the provider how to treat them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

PART_OF = {"app.kubernetes.io/part-of": "smarthr360", "app.kubernetes.io/managed-by": "pulumi"}
"""On every object that the program makes."""

ENVIRONMENT = "smarthr360.com/environment"
"""Label of a namespace: which environment it holds."""

STACK = "smarthr360.com/stack"
"""Label of a namespace: the stack that it belongs to."""

FROM_EDGE = {"smarthr360.com/from-edge": "true"}
"""On pods whose port `http` is open to the edge: Nginx's, the API's, and cert-manager's that answer Let's Encrypt."""

RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
"""On a namespace that refuses every pod below this Pod Security level.

`warn` and `audit` say to people what `enforce` refuses only when the pod is made.
"""

FIELD_MANAGER = "smarthr360-pulumi"
"""Under which name the API server notes what Pulumi has set."""

OWNED = {"pulumi.com/patchFieldManager": FIELD_MANAGER, "pulumi.com/patchForce": "true"}
"""On every object: each field that the program sets is Pulumi's, under one name, whoever has changed it since.

By default the provider makes up a name for each object, and an object whose creation was interrupted then conflicts
with itself at the next try; and a field that somebody has set by hand, such as by `kubectl scale`, is a conflict that
fails every later update instead of drift that is put back.
"""

NOT_AWAITED = {"pulumi.com/skipAwait": "true"}
"""On what the provider need not wait for.

A Service whose Deployment it has waited for takes ten seconds to settle, which add nothing; an Ingress waits for
an address that not every controller reports.
"""

CHECKSUM = "smarthr360.com/config-checksum"
"""Annotation of a pod template: it changes with the config that the pods read at their start, and so rolls them."""

SECRET_CHECKSUM = "smarthr360.com/secret-checksum"  # noqa: S105 - a name
"""Annotation of a pod template: it changes with the Secret that the pods read at their start, and so rolls them."""


def selector(component: str) -> dict[str, str]:
    """The labels that select one component's pods; immutable in a Deployment, so never add to them."""
    return {"app.kubernetes.io/name": "smarthr360", "app.kubernetes.io/component": component}


def labels(component: str) -> dict[str, str]:
    """All labels of one component's objects and pods."""
    return {**selector(component), **PART_OF}


def checksum(data: dict[str, str]) -> str:
    """A short digest of a config map's content, for `CHECKSUM`."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def metadata(
    name: pulumi.Input[str],
    namespace: pulumi.Input[str] | None,
    component: str | None,
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
    more_labels: dict[str, str] | None = None,
) -> k8s.meta.v1.ObjectMetaArgs:
    """The metadata of an object that the program makes.

    Args:
        name: the object's name.
        namespace: where it is; None for what is in none.
        component: whose it is, for its labels; None for what belongs to no component.
        annotations: its own annotations.
        more_labels: its own labels.
    """
    own = labels(component) if component else PART_OF
    return k8s.meta.v1.ObjectMetaArgs(
        name=name,
        namespace=namespace,
        labels={**own, **(more_labels or {})},
        annotations={**OWNED, **(annotations or {})},
    )
