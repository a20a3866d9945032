"""The application: how Django behaves, which images it runs, under which hosts it answers."""

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from components.settings.base import Section
from components.settings.schema import ConflictError
from components.settings.types.measures import Hsts
from components.settings.types.names import Digest, HostName, ImageReference, Login, Registry, Tag


class Hosts(Section):
    """The host names that the environment answers to."""

    site: tuple[HostName, ...] = Field(min_length=1, description="Hosts of the web site.")
    api: tuple[HostName, ...] = Field(
        min_length=1, description="Hosts of the API.", examples=["api.dev.smarthr360.com"]
    )

    @field_validator("site", "api")
    @classmethod
    def _once(cls, hosts: tuple[HostName, ...]) -> tuple[HostName, ...]:
        twice = [host for host in dict.fromkeys(hosts) if hosts.count(host) > 1]
        if twice:
            raise ValueError(f"{' and '.join(twice)} is in the list more than once; allowed is each host once")
        return hosts

    @model_validator(mode="after")
    def _apart(self) -> Self:
        both = [host for host in self.api if host in self.site]
        if both:
            raise ConflictError("api", f"{' and '.join(both)} is in hosts.site as well; allowed is one of the two")
        return self


class Digests(Section):
    """Which build an image's tag must be."""

    api: Digest | None = Field(default=None, description="Digest that pins the API's image.")
    celery: Digest | None = Field(default=None, description="Digest that pins the workers' and beat's image.")
    nginx: Digest | None = Field(default=None, description="Digest that pins Nginx's image.")


_LOGINS = {
    r"[0-9]{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?|public\.ecr\.aws": "AWS",
    r"([a-z]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev": "_json_key",
    r"[a-z0-9-]+\.azurecr\.(io|cn|us)": "00000000-0000-0000-0000-000000000000",
}
"""Who logs in to which registry: docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html,
cloud.google.com/artifact-registry/docs/docker/authentication and learn.microsoft.com/azure/container-registry/
container-registry-authentication. Others take their own users, and GitHub's any beside a token."""


class Images(Section):
    """Where container images come from."""

    registry: Registry = Field(
        default=Registry("ghcr.io/smarthr360"), description="Registry and path of the application's images."
    )
    login: Login | None = Field(
        default=None,
        description="User beside `secrets.registryToken`; known for the registries of AWS, Google Cloud and Azure, and "
        "for GitHub's, which takes any.",
        examples=["smarthr360-robot"],
    )
    tag: Tag = Field(description="Release of the application: a version, or a branch and commit.")
    digests: Digests = Field(default=Digests(), description="Digests of the application's images.")
    postgres: ImageReference = Field(
        default=ImageReference("docker.io/library/postgres:15.14-alpine3.22"), description="PostgreSQL's image."
    )
    redis: ImageReference = Field(
        default=ImageReference("docker.io/library/redis:7.4.5-alpine3.21"), description="Redis's image."
    )

    @property
    def user(self) -> str:
        """The user that logs in to the registry."""
        host = self.registry.partition("/")[0]
        return self.login or next((user for form, user in _LOGINS.items() if re.fullmatch(form, host)), "smarthr360")

    @property
    def api(self) -> ImageReference:
        """The API's image, pinned by digest where one is given."""
        return self._of("api", self.digests.api)

    @property
    def celery(self) -> ImageReference:
        """The workers' and beat's image, pinned by digest where one is given."""
        return self._of("celery", self.digests.celery)

    @property
    def nginx(self) -> ImageReference:
        """Nginx's image, pinned by digest where one is given."""
        return self._of("nginx", self.digests.nginx)

    def _of(self, program: str, digest: Digest | None) -> ImageReference:
        pinned = f"@{digest}" if digest else ""
        return ImageReference(f"{self.registry}/smarthr360-{program}:{self.tag}{pinned}")


class App(Section):
    """How the Django application behaves."""

    debug: bool = Field(default=False, description="Django's debug pages; never in production.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level logged.")
    hsts: Hsts = Field(
        default=Hsts("8760h"), description="How long browsers insist on HTTPS after a visit; `0s` for not at all."
    )
