"""Policies for container images."""

from __future__ import annotations

import re
from collections.abc import Iterator

from components.settings.app import Images
from components.settings.types.names import ImageReference
from manifests.objects import items, part
from policy.objects import MAKES_PODS, containers, pods
from policy.rule import Topic
from snapshot.model import Object

topic = Topic("Images", "Where images are allowed to come from, and that they stay the same.")


def _default(name: str) -> str:
    return str(Images.model_fields[name].default)


REGISTRIES = (
    _default("registry"),
    _default("postgres").rpartition("/")[0],
    # What Argo CD's release runs.
    "quay.io/argoproj",
    "public.ecr.aws/docker/library",
    # What the add-ons' charts run.
    "ghcr.io/external-secrets",
    "quay.io/jetstack",
    "docker.io/envoyproxy",
    "registry.k8s.io/metrics-server",
    "quay.io/prometheus-operator",
)
"""The registries that images are allowed to come from."""


_FIXED = re.compile(r"\d+\.\d+|\b\d{8,}\b|(?=[a-f0-9]*\d)\b[0-9a-f]{7,40}\b", re.ASCII)
"""What a fixed tag contains: a version, a date, a build number or a commit."""


def _images(item: Object) -> Iterator[tuple[str, str]]:
    """Every image that an object's pods run or mount, after the container or the volume that names it."""
    for title, container, _ in containers(item):
        yield title, container.get("image") or ""
    for pod in pods(item):
        for volume in items(pod.spec, "volumes"):
            if "image" in volume:
                yield f"volume {volume.get('name')}", part(volume, "image").get("reference") or ""


@topic.rule(
    "images-from-known-registries",
    kinds=(MAKES_PODS,),
    refuses=f"An image from a registry other than {', '.join(REGISTRIES)}.",
    why="Anybody can publish an image under a name that looks right.",
    mend="use one from a registry in REGISTRIES of policy/rules/images.py, or have a reviewer agree to add another",
)
def _unknown(item: Object) -> Iterator[str]:
    for title, image in _images(item):
        if not image.startswith(tuple(f"{registry}/" for registry in REGISTRIES)) or ".." in image:
            yield f"{title}: {image or 'no image'} is not from one of our registries"


@topic.rule(
    "images-stay-the-same",
    kinds=(MAKES_PODS,),
    refuses="An image with neither a digest nor a tag that contains a version, a date or a commit: `latest`, `main`, "
    "`stable`, `16`.",
    why="Two pods of one Deployment could run different programs, and a rollback would restore nothing.",
    mend="name a fixed tag or a digest",
)
def _floating(item: Object) -> Iterator[str]:
    for title, image in _images(item):
        try:
            ImageReference(image)
        except ValueError as error:
            yield f"{title}: {str(error).partition(';')[0]}"
            continue
        name, _, digest = image.partition("@")
        tag = name.rpartition("/")[2].partition(":")[2]
        if not digest and not _FIXED.search(tag.lower()):
            yield f"{title}: the tag {tag} contains no version, date or commit, so it moves"
