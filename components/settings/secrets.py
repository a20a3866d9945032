"""Secrets: the values that a stack holds encrypted, and where they come from otherwise."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from secrets import token_hex, token_urlsafe
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from checked import Text
from components.settings.base import Section
from components.settings.schema import ConflictError
from components.settings.types.measures import Refresh
from components.settings.types.names import DnsSubdomain

UNPRINTABLE = r"\x00-\x1f\x7f-\x9f"
"""Characters that no secret holds, as a range of a regular expression that Python and Go read alike.

A line break comes along when a file is piped into `pulumi config set`, and no login would work with it. The others the
API server does not take: it reads what is applied as YAML.
"""

LONGEST_ROLE = 63
"""Bytes of a role's name; PostgreSQL cuts off the rest (postgresql.org/docs/15/limits.html: identifier length)."""


class SecretKey(Text):
    """What a secret is called in a secret manager: what all clouds can write, with `-` instead of `/` if need be."""

    __slots__ = ()
    example = "smarthr360/staging"
    allowed = f"a name of letters, digits, hyphens and slashes such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        parts = text.split("/")
        if not all(part.isascii() and part.replace("-", "").isalnum() for part in parts):
            return "has a part that is empty or has other characters"
        return "is too long (127 characters)" if len(text) > 127 else None


def _random() -> str:
    return token_urlsafe(24)


def _random_key() -> str:
    return token_urlsafe(48)


@dataclass(frozen=True)
class Use:
    """What a secret is for, on its field: the settings' rules, the Secrets, previews and `make up` all read it here.

    Attributes:
        keys: Which Secrets hold it, by which key: `app/SENTRY_DSN`. The Secret is named as in `components.secrets`.
        needed_by: The optional setting that needs it, such as `gitops.slack`; "" where no setting does.
        local: What makes it up for the embedded cluster, where it must be set.
    """

    keys: tuple[str, ...] = ()
    needed_by: str = ""
    local: Callable[[], str] = _random


def uses(model: type[BaseModel]) -> Iterator[tuple[str, Use]]:
    """Yield each field of a model of secrets, with what its secret is for."""
    for name, field in model.model_fields.items():
        yield name, next((item for item in field.metadata if isinstance(item, Use)), Use())


def made_up() -> dict[str, str]:
    """Return random values for the secrets that must be set, by key: those of an embedded cluster."""
    fields = ApplicationSecrets.model_fields
    every = ((fields[name], use) for name, use in uses(ApplicationSecrets))
    return {str(field.alias): use.local() for field, use in every if field.is_required()}


class _Printable(Section):
    """Secrets without line breaks."""

    @field_validator("*")
    @classmethod
    def _printable(cls, secret: SecretStr) -> SecretStr:
        if re.search(f"[{UNPRINTABLE}\ufffe\uffff]", secret.get_secret_value()):
            raise ValueError("holds a line break or another control character; allowed is printable text")
        return secret


class ApplicationSecrets(_Printable):
    """The application's own. The shortest lengths are Django's for its key, and sixteen random characters."""

    secret_key: Annotated[SecretStr, Use(("app/SECRET_KEY",), local=_random_key)] = Field(
        min_length=50, description="Django's key for signatures."
    )
    jwt_secret_key: Annotated[SecretStr, Use(("app/JWT_SECRET_KEY",), local=_random_key)] = Field(
        min_length=32, description="Key that signs the API's tokens: 256 bits for HS256."
    )
    db_user: Annotated[
        SecretStr,
        # Random as well: Pulumi masks a secret's value wherever it appears, and a plain word appears everywhere.
        Use(("app/DB_USER", "postgres/username"), local=lambda: f"app_{token_hex(6)}"),
    ] = Field(min_length=1, description="PostgreSQL's user.")
    db_password: Annotated[SecretStr, Use(("app/DB_PASSWORD", "postgres/password"))] = Field(
        min_length=16, description="That user's password."
    )
    redis_password: Annotated[SecretStr, Use(("app/REDIS_PASSWORD", "redis/auth.conf", "redis/password"))] = Field(
        min_length=16, description="Redis's password."
    )
    registry_token: Annotated[SecretStr, Use(("pull/.dockerconfigjson",))] = Field(
        min_length=1,
        description="Token that pulls the application's images, beside `images.login`. AWS's last 12 hours: there, "
        "nodes pull by their own identity.",
    )
    sentry_dsn: Annotated[SecretStr, Use(("app/SENTRY_DSN",))] = Field(
        default=SecretStr(""), description="Where Sentry takes errors; empty for nowhere."
    )
    elastic_apm_secret_token: Annotated[SecretStr, Use(("app/ELASTIC_APM_SECRET_TOKEN",))] = Field(
        default=SecretStr(""), description="Token for Elastic APM; empty for no tracing."
    )

    @field_validator("db_user")
    @classmethod
    def _free(cls, user: SecretStr) -> SecretStr:
        name = user.get_secret_value()
        if len(name.encode()) > LONGEST_ROLE:
            raise ValueError(f"is too long; allowed are {LONGEST_ROLE} bytes, as PostgreSQL cuts off the rest")
        if name.startswith("pg_") or name in ("public", "none"):
            raise ValueError("is a name that PostgreSQL keeps for itself; allowed is one that does not begin with pg_")
        return user


class ArgoCdSecrets(_Printable):
    """What Argo CD needs secret. It is in the stack file, wherever the application's secrets are."""

    git_token: SecretStr = Field(
        default=SecretStr(""), description="Token with which Argo CD reads the Git repository; empty for a public one."
    )
    slack_token: Annotated[SecretStr, Use(needed_by="gitops.slack")] = Field(
        default=SecretStr(""),
        description="Slack app's token, with which Argo CD posts to a channel; needs gitops.slack.",
    )
    sso_client_secret: Annotated[SecretStr, Use(needed_by="argocd.sso")] = Field(
        default=SecretStr(""), description="Argo CD's client secret at the identity provider; needs argocd.sso."
    )

    @field_validator("slack_token")
    @classmethod
    def _fits_a_header(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!-~]*", token.get_secret_value()):
            raise ValueError("has a space or a character beyond ASCII; allowed is what Slack shows, such as xoxb-...")
        return token


class Secrets(ArgoCdSecrets, ApplicationSecrets):
    """All secrets of a stack."""


class ExternalSecrets(Section):
    """The application's secrets come from a secret manager, by the External Secrets operator."""

    store: Literal["cloud", "existing"] = Field(
        description="Which store they are read from. `cloud`: one that the stack makes, for the secret manager of the "
        "cluster's cloud and without a key. `existing`: a ClusterSecretStore that is there already.",
    )
    cluster_store: DnsSubdomain | None = Field(
        default=None, description="Name of that ClusterSecretStore; only with store `existing`.", examples=["vault"]
    )
    key: SecretKey | None = Field(
        default=None, description="What the secret is called there; smarthr360/ and the stack's name if left out."
    )
    refresh: Refresh = Field(default=Refresh("1h"), description="How often it is read anew.")

    @model_validator(mode="after")
    def _store_is_known(self) -> Self:
        if self.store == "existing" and not self.cluster_store:
            raise ConflictError(
                "clusterStore", f"is missing, and store existing needs it; allowed is {DnsSubdomain.allowed}"
            )
        if self.store == "cloud" and self.cluster_store:
            raise ConflictError(
                "clusterStore", "is not used by store cloud; allowed is store existing, or no clusterStore"
            )
        return self
