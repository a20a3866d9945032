"""The configuration of one environment, as frozen and validated models: read once, before anything is made.

This is the only reader of Pulumi's configuration, and the one place for defaults. It knows no Pulumi resource and
opens no file, so that a preview works without a cluster. docs/configuration.md is generated from these models.
"""

import json
from collections.abc import Collection, Mapping
from typing import Annotated, Generic, Literal, Self, TypeVar

from pulumi.runtime import config as pulumi_config
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from components.names import Digest, DnsLabel, DnsSubdomain, HostName, ImageReference, Repository, Tag
from components.schema import ConflictError, is_model, sentences, type_of, with_defaults
from components.values import Duration, Quantity, Size

NAMESPACE = "smarthr360:"

_MAKE_UP = ", or let `make up` set it for the embedded cluster"
_ENCRYPTED = f"is encrypted, in whole or in part; allowed is plain text only, secrets belong in {NAMESPACE}secrets"
_PLAIN = (
    f"is not encrypted; type `pulumi config set --path --secret {NAMESPACE}secrets.NAME` for each, with a new value "
    "where the old one was committed"
)

Percent = Annotated[int, Field(ge=1, le=100)]
Count = Annotated[int, Field(ge=1)]
Amount = TypeVar("Amount", bound=Quantity)


class ConfigError(Exception):
    """A stack whose configuration is not good.

    Attributes:
        errors: Every fault, one sentence each, which starts with the full key. No secret is in them.
    """

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class Section(BaseModel):
    """An object of the configuration: unknown keys are refused, "3" is no number, and nothing changes later."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)


class StorageClasses(Section):
    """Which storage classes the cluster's claims use."""

    read_write_once: DnsSubdomain = Field(description="Storage class for a volume of one pod: PostgreSQL, Redis.")
    read_write_many: DnsSubdomain = Field(
        description="Storage class for a volume that many pods write, such as media files.", examples=["shared-rwx"]
    )


class ExistingCluster(Section):
    """A cluster that is there already, such as the embedded one."""

    kind: Literal["existing"] = Field(description="Where the cluster comes from.")
    kubeconfig: str = Field(
        min_length=1, description="Path of the kubeconfig file; `~` is the home folder.", examples=["~/.kube/config"]
    )
    context: str = Field(
        min_length=1,
        description="Context in that file; never the current one, which changes behind one's back.",
        examples=["staging-cluster"],
    )
    storage_classes: StorageClasses = Field(description="The cluster's storage classes.")


# A cluster that is made joins here, as a union that its `kind` tells apart.
Cluster = ExistingCluster


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
        digest = f"@{self.digests.api}" if self.digests.api else ""
        return ImageReference(f"{self.registry}/smarthr360-api:{self.tag}{digest}")


class App(Section):
    """How the Django application behaves."""

    debug: bool = Field(default=False, description="Django's debug pages; never in production.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level logged.")
    hsts: Duration = Field(
        default=Duration("8760h"), description="How long browsers insist on HTTPS after a visit; `0s` for not at all."
    )


class Bounds(Section, Generic[Amount]):
    """What a container asks for, and what it may take."""

    request: Amount = Field(description="What the scheduler sets aside for each pod.")
    limit: Amount = Field(description="What a pod never gets more than; not below the request.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.request.value > self.limit.value:
            raise ConflictError("request", f"{self.request.text} is above limit {self.limit.text}")
        return self


class Resources(Section):
    """Compute resources of one container."""

    cpu: Bounds[Quantity] = Field(description="Processor time, in cores.")
    memory: Bounds[Size] = Field(description="Memory.")
    ephemeral_storage: Bounds[Size] = Field(
        default=Bounds[Size](request=Size("256Mi"), limit=Size("1Gi")), description="The node's disk."
    )


class ApiResources(Resources):
    """Compute resources of the API's container, which also keeps uploads on the node's disk for a moment."""

    ephemeral_storage: Bounds[Size] = Field(
        default=Bounds[Size](request=Size("1Gi"), limit=Size("4Gi")), description="The node's disk."
    )


class Autoscaling(Section):
    """Between which numbers of pods, and at which load, the API scales."""

    min: Count = Field(description="Fewest pods.", examples=[2])
    max: Count = Field(description="Most pods; not below `min`.", examples=[5])
    cpu: Percent = Field(default=70, description="Percent of the requested CPU above which pods are added.")
    memory: Percent = Field(default=80, description="Percent of the requested memory above which pods are added.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ConflictError("min", f"{self.min} is above max {self.max}")
        return self


class Gunicorn(Section):
    """The API's web server."""

    workers: Count = Field(default=4, description="Processes of each pod.")
    threads: Count = Field(default=2, description="Threads of each process.")
    timeout: Duration = Field(default=Duration("120s"), description="How long a request may take.")

    @field_validator("timeout")
    @classmethod
    def _above_zero(cls, timeout: Duration) -> Duration:
        # Gunicorn reads 0 as "for ever".
        if not timeout.seconds:
            raise ValueError(f"{timeout} would wait for ever; allowed is one second or more such as 120s")
        return timeout


class Api(Section):
    """The API's pods."""

    resources: ApiResources = Field(description="Compute resources of each pod.")
    autoscaling: Autoscaling = Field(description="How many pods there are.")
    gunicorn: Gunicorn = Field(default=Gunicorn(), description="The API's web server.")


class Postgres(Section):
    """The database."""

    storage: Size = Field(description="Size of the database's volume.", examples=["50Gi"])
    resources: Resources = Field(
        default=Resources(
            cpu=Bounds[Quantity](request=Quantity("250m"), limit=Quantity("1")),
            memory=Bounds[Size](request=Size("512Mi"), limit=Size("2Gi")),
        ),
        description="Compute resources of the database.",
    )


class Redis(Section):
    """Celery's broker."""

    storage: Size = Field(default=Size("10Gi"), description="Size of Redis's volume.")
    max_memory: Size = Field(
        default=Size("1Gi"),
        description="How much Redis holds, below its memory limit; then it refuses more, and evicts nothing.",
    )
    # While Redis rewrites its append-only file, a forked copy can take as much memory again as the data does.
    resources: Resources = Field(
        default=Resources(
            cpu=Bounds[Quantity](request=Quantity("100m"), limit=Quantity("500m")),
            memory=Bounds[Size](request=Size("1Gi"), limit=Size("2Gi")),
        ),
        description="Compute resources of Redis.",
    )

    @model_validator(mode="after")
    def _room(self) -> Self:
        limit = self.resources.memory.limit
        if self.max_memory.value >= limit.value:
            raise ConflictError("maxMemory", f"{self.max_memory.text} is not below resources.memory.limit {limit.text}")
        return self


class Secrets(Section):
    """What nobody may read. The shortest lengths are Django's for its key, and sixteen random characters."""

    secret_key: SecretStr = Field(min_length=50, description="Django's key for signatures.")
    jwt_secret_key: SecretStr = Field(min_length=32, description="Key that signs the API's tokens: 256 bits for HS256.")
    db_user: SecretStr = Field(min_length=1, description="PostgreSQL's user.")
    db_password: SecretStr = Field(min_length=16, description="That user's password.")
    redis_password: SecretStr = Field(min_length=16, description="Redis's password.")
    sentry_dsn: SecretStr = Field(default=SecretStr(""), description="Where Sentry takes errors; empty for nowhere.")
    elastic_apm_secret_token: SecretStr = Field(
        default=SecretStr(""), description="Token for Elastic APM; empty for no tracing."
    )


class Settings(Section):
    """Everything that one environment's stack says."""

    environment: Literal["dev", "staging", "production"] = Field(description="Which environment this is.")
    namespace: DnsLabel = Field(description="Kubernetes namespace that holds all of the environment.")
    delivery: Literal["direct"] = Field(
        default="direct",
        description="Who applies the environment's objects; `direct`: Pulumi does, and waits for them.",
    )
    cluster: Cluster = Field(description="The Kubernetes cluster.")
    hosts: Hosts = Field(description="Host names, each in one of the lists only.")
    images: Images = Field(description="Container images, never `latest`.")
    app: App = Field(default=App(), description="The Django application.")
    api: Api = Field(description="The API's pods.")
    postgres: Postgres = Field(description="The PostgreSQL database.")
    redis: Redis = Field(default=Redis(), description="Redis, Celery's broker.")
    secrets: Secrets = Field(description="Secrets, every one of them encrypted.")

    @field_validator("app")
    @classmethod
    def _no_debug_in_production(cls, app: App, found: ValidationInfo) -> App:
        if app.debug and found.data.get("environment") == "production":
            raise ConflictError(
                "debug", "true is not allowed in production, where its pages would show settings to anyone"
            )
        return app


def parse(raw: Mapping[str, object], secret_keys: Collection[str]) -> Settings:
    """Make the settings from what Pulumi hands to a program.

    Args:
        raw: Configuration by full key (`smarthr360:api`): plain values as text, objects as JSON text. Keys of other
            namespaces are not looked at. "" and {} count as missing, because Pulumi.yaml gives them as defaults.
        secret_keys: Which of the keys are encrypted, in whole or in part.

    Raises:
        ConfigError: With every fault there is.
    """
    own = {key.removeprefix(NAMESPACE): value for key, value in raw.items() if key.startswith(NAMESPACE)}
    values = {name: _decode(name, value) for name, value in own.items() if value not in ("", "{}")}
    encrypted = {name for name in Settings.model_fields if f"{NAMESPACE}{name}" in secret_keys} - {"secrets"}
    faults = [f"{NAMESPACE}{name}: {_ENCRYPTED}" for name in values if name in encrypted]
    if "secrets" in values and f"{NAMESPACE}secrets" not in secret_keys:
        faults.append(f"{NAMESPACE}secrets: {_PLAIN}")
    # What is encrypted may be a secret in the wrong place, so no other sentence is made about it.
    unread = tuple(f"{NAMESPACE}{name}{mark}" for name in encrypted for mark in ":.")
    try:
        read = {name: value for name, value in values.items() if name not in encrypted}
        settings = Settings.model_validate_json(json.dumps(with_defaults(Settings, read)))
    except ValidationError as error:
        found = sentences(Settings, error, NAMESPACE, offer={"cluster": _MAKE_UP, "secrets": _MAKE_UP})
        faults += [sentence for sentence in found if not sentence.startswith(unread)]
    if faults:
        # Raised out here, so that pydantic's error, which holds the input, does not travel along.
        raise ConfigError(tuple(faults))
    return settings


def load() -> Settings:
    """Return the settings of the stack that Pulumi is running this program for.

    Raises:
        ConfigError: With every fault there is.
    """
    raw = pulumi_config.CONFIG.get()
    return parse(raw, {key for key in raw if pulumi_config.is_config_secret(key)})


def _decode(name: str, value: object) -> object:
    """Return what an object's JSON text holds; other values, and text that is no JSON, as they are."""
    field = Settings.model_fields.get(name)
    if not isinstance(value, str) or not field or not is_model(type_of(field)):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
