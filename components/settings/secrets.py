"""Secrets: the values that a stack holds encrypted, and where they come from otherwise."""

import re
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

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

    secret_key: SecretStr = Field(min_length=50, description="Django's key for signatures.")
    jwt_secret_key: SecretStr = Field(min_length=32, description="Key that signs the API's tokens: 256 bits for HS256.")
    db_user: SecretStr = Field(min_length=1, description="PostgreSQL's user.")
    db_password: SecretStr = Field(min_length=16, description="That user's password.")
    redis_password: SecretStr = Field(min_length=16, description="Redis's password.")
    registry_token: SecretStr = Field(
        min_length=1,
        description="Token that pulls the application's images, beside `images.login`. AWS's last 12 hours: there, "
        "nodes pull by their own identity.",
    )
    sentry_dsn: SecretStr = Field(default=SecretStr(""), description="Where Sentry takes errors; empty for nowhere.")
    elastic_apm_secret_token: SecretStr = Field(
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
    """What Argo CD needs secret. It stands in the stack file, wherever the application's secrets are."""

    git_token: SecretStr = Field(
        default=SecretStr(""), description="Token with which Argo CD reads the Git repository; empty for a public one."
    )
    slack_token: SecretStr = Field(
        default=SecretStr(""), description="Slack app's token, with which Argo CD tells a channel; needs gitops.slack."
    )
    sso_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Argo CD's client secret at the identity provider; needs argocd.sso."
    )

    @field_validator("slack_token")
    @classmethod
    def _fits_a_header(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!-~]*", token.get_secret_value()):
            raise ValueError("has a space or a character beyond ASCII; allowed is what Slack shows, such as xoxb-...")
        return token


class Secrets(ArgoCdSecrets, ApplicationSecrets):
    """What nobody may read."""


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
