"""Policies for container images."""

from __future__ import annotations

from collections.abc import Iterator

from components.settings.app import Images
from components.settings.names import ImageReference
from ops.model import Object
from policy.manifest import POD_KINDS, containers
from policy.rule import Topic

topic = Topic("Images", "Which programs may run, and how surely one knows which.")


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
"""Where images may come from."""


@topic.rule(
    "images-from-known-registries",
    kinds=POD_KINDS,
    refuses=f"An image that comes from elsewhere than {', '.join(REGISTRIES)}.",
    why="Anybody can publish an image under a name that looks right.",
    mend="use one from a registry that REGISTRIES in policy/rules/images.py names, or have a reviewer agree to add it",
)
def _unknown(found: Object) -> Iterator[str]:
    for title, container in containers(found):
        image = container.get("image") or ""
        if not image.startswith(tuple(f"{registry}/" for registry in REGISTRIES)):
            yield f"{title} runs {image or 'no image'}, which is from none of our registries"


@topic.rule(
    "images-stay-the-same",
    kinds=POD_KINDS,
    refuses="An image without a fixed tag or a digest, such as `latest`.",
    why="Two pods of one Deployment would run different programs, and a rollback would bring back nothing.",
    mend="name a fixed tag or a digest",
)
def _floating(found: Object) -> Iterator[str]:
    for title, container in containers(found):
        try:
            ImageReference(container.get("image") or "")
        except ValueError as error:
            yield f"{title}: {str(error).partition(';')[0]}"
