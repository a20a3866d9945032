"""Argo CD's release manifests, and the transforms that make them ours.

A transform takes manifests and returns manifests. None changes its input: the parsed release is shared.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from components.environment.metadata import CHECKSUM, NOT_AWAITED, OWNED, PART_OF, checksum
from components.platform.argocd.resources import requirements

Manifest = Mapping[str, Any]
Manifests = tuple[Manifest, ...]

PART_OF_ARGOCD = {"app.kubernetes.io/part-of": "argocd"}
"""The label by which Argo CD finds its own config maps and Secrets."""

NOTIFICATIONS_SECRET = "argocd-notifications-secret"  # noqa: S105 - a name
"""The Secret from which notifications take their tokens. The release has an empty one; `install` makes it, filled."""

_UNUSED = ("dex-server", "applicationset-controller")
"""Components that are left out.

Single sign-on is OIDC without Dex, and no ApplicationSet exists: Pulumi makes the Applications. The definition of
ApplicationSets stays, because argocd-server lists and watches them.
"""

_LARGE = b"\n  name: applicationsets.argoproj.io\n"
_SCHEMA = re.compile(rb"^( +)schema:\n(?:\1 .*\n|\n)+", re.MULTILINE)
_ANYTHING = rb"\1schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n"

_NO_NAMESPACE = ("CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding")
_WORKLOADS = ("Deployment", "StatefulSet")


@functools.lru_cache(maxsize=2)
def parse(content: bytes) -> Manifests:
    """Return the manifests of a release, without its large schema; the same content is parsed once in a process."""
    return tuple(
        manifest for document in re.split(rb"^---$", content, flags=re.MULTILINE) for manifest in _parse(document)
    )


@functools.lru_cache(maxsize=256)
def _parse(document: bytes) -> Manifests:
    """Return the manifests of one document; both releases share most of theirs, and the largest take a while."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return tuple(manifest for manifest in yaml.load_all(without_large_schema(document), Loader=loader) if manifest)


def without_large_schema(document: bytes) -> bytes:
    """Let the definition of ApplicationSets allow anything; none of them exists.

    Its schema is most of the release, and takes most of the time to read. Pulumi would keep it three times in the
    stack's state, which is written at every step of an update: an install took four times as long.

    Args:
        document: any one of the release.
    """
    return _SCHEMA.sub(_ANYTHING, document) if _LARGE in document else document


def configured(release: Manifests, namespace: str, config_maps: Mapping[str, Mapping[str, str]]) -> Manifests:
    """Return a release as we install it.

    Args:
        release: the release's manifests.
        namespace: the namespace that Argo CD is in.
        config_maps: what is added to its config maps, by their names.
    """
    manifests = (*without_unused(release), _DEFAULT_DENY)
    manifests = rolled(with_data(manifests, config_maps), config_maps)
    return managed(with_resources(in_namespace(manifests, namespace)))


def without_unused(manifests: Manifests) -> Manifests:
    """Leave out the components that are not used, and the Secret that `install` makes with its content."""
    return tuple(
        manifest
        for manifest in manifests
        if manifest["metadata"].get("labels", {}).get("app.kubernetes.io/component") not in _UNUSED
        and (manifest["kind"], manifest["metadata"]["name"]) != ("Secret", NOTIFICATIONS_SECRET)
    )


def in_namespace(manifests: Manifests, namespace: str) -> Manifests:
    """Put everything that can be in a namespace into this one, and give rights only to ServiceAccounts there."""
    return tuple(_in_namespace(manifest, namespace) for manifest in manifests)


def _in_namespace(manifest: Manifest, namespace: str) -> Manifest:
    moved = dict(manifest)
    if manifest["kind"] not in _NO_NAMESPACE:
        moved["metadata"] = {**manifest["metadata"], "namespace": namespace}
    if "subjects" in manifest:
        moved["subjects"] = [{**subject, "namespace": namespace} for subject in manifest["subjects"]]
    return moved


def with_data(manifests: Manifests, config_maps: Mapping[str, Mapping[str, str]]) -> Manifests:
    """Add data to config maps. What the release has in them stays."""
    return tuple(
        {**manifest, "data": {**manifest.get("data", {}), **config_maps[manifest["metadata"]["name"]]}}
        if manifest["kind"] == "ConfigMap" and manifest["metadata"]["name"] in config_maps
        else manifest
        for manifest in manifests
    )


def rolled(manifests: Manifests, config_maps: Mapping[str, Mapping[str, str]]) -> Manifests:
    """Have pods roll when a config map changes from which they take environment variables, which are read at the start.

    Argo CD watches the others, such as argocd-cm.
    """
    return tuple(
        _rolled(manifest, config_maps) if manifest["kind"] in _WORKLOADS else manifest for manifest in manifests
    )


def _rolled(workload: Manifest, config_maps: Mapping[str, Mapping[str, str]]) -> Manifest:
    template = workload["spec"]["template"]
    containers = [each for key in ("initContainers", "containers") for each in template["spec"].get(key, ())]
    taken = [entry.get("valueFrom", {}).get("configMapKeyRef") for each in containers for entry in each.get("env", ())]
    keys = {(reference["name"], reference["key"]) for reference in taken if reference}
    read = {key: config_maps[name][key] for name, key in keys if key in config_maps.get(name, {})}
    if not read:
        return workload
    own = template.get("metadata", {})
    annotated = {**own, "annotations": {**own.get("annotations", {}), CHECKSUM: checksum(read)}}
    return {**workload, "spec": {**workload["spec"], "template": {**template, "metadata": annotated}}}


def with_resources(manifests: Manifests) -> Manifests:
    """Give every container requests and limits; the release has none."""
    return tuple(_with_resources(manifest) if manifest["kind"] in _WORKLOADS else manifest for manifest in manifests)


def _with_resources(workload: Manifest) -> Manifest:
    template = workload["spec"]["template"]
    pod = {
        **template["spec"],
        **{
            key: [{**container, "resources": requirements(container["name"])} for container in template["spec"][key]]
            for key in ("initContainers", "containers")
            if key in template["spec"]
        },
    }
    return {**workload, "spec": {**workload["spec"], "template": {**template, "spec": pod}}}


def managed(manifests: Manifests) -> Manifests:
    """Mark the objects as ours, and those that Pulumi need not wait for."""
    return tuple(_managed(manifest) for manifest in manifests)


def _managed(manifest: Manifest) -> Manifest:
    own = manifest["metadata"]
    annotations = OWNED | (NOT_AWAITED if manifest["kind"] == "Service" else {})
    return {
        **manifest,
        "metadata": {
            **own,
            "labels": {**PART_OF, **own.get("labels", {})},
            "annotations": {**own.get("annotations", {}), **annotations},
        },
    }


def steps(manifests: Manifests) -> Iterator[Manifests]:
    """Yield the manifests in the order to make them: definitions, what workloads need, workloads."""
    order = {"CustomResourceDefinition": 0, **dict.fromkeys(_WORKLOADS, 2)}
    for step in range(3):
        yield tuple(manifest for manifest in manifests if order.get(manifest["kind"], 1) == step)


_DEFAULT_DENY: Manifest = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "argocd-default-deny", "labels": PART_OF_ARGOCD},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
}
"""Nothing reaches a pod but what one of the release's own policies lets in."""
