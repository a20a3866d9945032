"""The application: how Django behaves, which images it runs, under which hosts it answers."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from components.settings.base import Section
from components.settings.names import Digest, HostName, ImageReference, Repository, Tag
from components.settings.schema import ConflictError
from components.settings.values import Duration


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
            raise ValueError(f"{' and '.join(twice)} stands in it more than once; allowed is each host once")
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


class Images(Section):
    """Where container images come from."""

    registry: Repository = Field(
        default=Repository("ghcr.io/smarthr360"), description="Registry and path of the application's images."
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
    hsts: Duration = Field(
        default=Duration("8760h"), description="How long browsers insist on HTTPS after a visit; `0s` for not at all."
    )
