"""What each Secret of an environment holds, whichever source its values come from.

Which secrets there are, and what for, is declared in `components/settings/secrets.py`.

A key of a Secret is made from one value: by Python where Pulumi holds the values, and by a Go template of the External
Secrets operator where a secret manager does. Both are here, side by side.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pulumi
from annotated_types import MinLen

from components.settings import ApplicationSecrets
from components.settings.secrets import LONGEST_ROLE, UNPRINTABLE, uses


@dataclass(frozen=True)
class SecretNames:
    """Names of the Secrets, for what reads them; fields are what `Use.keys` calls the Secrets.

    Args:
        app: the application's, with its secret environment variables.
        postgres: PostgreSQL's; keys username, password.
        redis: Redis's; keys auth.conf, password.
        pull: what pulls the application's images.
    """

    app: pulumi.Input[str]
    postgres: pulumi.Input[str]
    redis: pulumi.Input[str]
    pull: pulumi.Input[str]


NAMES = SecretNames(app="smarthr360-secrets", postgres="postgres-secrets", redis="redis-secrets", pull="ghcr-secret")
"""What they are called, for objects that do not wait until Pulumi has made them."""


_RULES = {
    "db_user": (
        f"a name of {LONGEST_ROLE} bytes that PostgreSQL does not keep for itself",
        f'(gt (len $value) {LONGEST_ROLE}) (hasPrefix "pg_" $value) (eq $value "public" "none")',
    )
}
"""For some fields, what is allowed in words, and the conditions of a Go template under which a value is refused."""


@dataclass(frozen=True)
class Value:
    """What one key of a Secret holds.

    Args:
        field: the value that it is made from: a field of `ApplicationSecrets`.
        plain: how Python makes it.
        template: how a Go template makes it, with the value in `$value`.
    """

    field: str
    plain: Callable[[str], str] = lambda value: value
    template: str = "{{ $value }}"

    def of(self, values: ApplicationSecrets) -> str:
        """What it holds, from the values."""
        return self.plain(getattr(values, self.field).get_secret_value())

    @property
    def go_template(self) -> str:
        """The template that makes it, and refuses what the settings refuse.

        The operator then says so in the ExternalSecret's status, and leaves the Secret as it was.
        """
        field = ApplicationSecrets.model_fields[self.field]
        least = next((bound.min_length for bound in field.metadata if isinstance(bound, MinLen)), 0)
        allowed, refused = _RULES.get(self.field, (f"printable text of {least} or more characters", ""))
        unprintable = UNPRINTABLE.replace("\\", "\\\\")  # for the regular expression, not for the text that it is in
        return (
            # By `index`, for which a key that is missing is no error: the next line decides what is allowed.
            f'{{{{ $value := index . "{field.alias}" | default "" }}}}'
            f'{{{{ if or (not (regexMatch "^[^{unprintable}]{{{least},}}$" $value)) {refused} }}}}'
            f'{{{{ fail "{field.alias}: allowed is {allowed}" }}}}{{{{ end }}}}'
            f"{self.template}"
        )


@dataclass(frozen=True)
class Content:
    """What one Secret holds.

    Args:
        suffix: the end of Pulumi's name of it.
        name: its name.
        component: whose it is, for its labels.
        data: its keys.
        type: its type.
    """

    suffix: str
    name: str
    component: str
    data: Mapping[str, Value]
    type: str = "Opaque"

    def checksum(self, values: ApplicationSecrets) -> str:
        """A short digest of all that it holds, for `SECRET_CHECKSUM`.

        Keyed with Django's key, fifty random characters, so that nobody can try out short passwords
        against the digest in a diff.
        """
        data = json.dumps({key: value.of(values) for key, value in self.data.items()}, sort_keys=True)
        return hmac.new(values.secret_key.get_secret_value().encode(), data.encode(), "sha256").hexdigest()[:16]


def contents(registry: str, user: str) -> tuple[Content, ...]:
    """One Secret for each program, with what that program needs and nothing more, in the order of `SecretNames`.

    The fields of `ApplicationSecrets` say which value goes where.

    Args:
        registry: the registry that the pull secret is for, with or without a path.
        user: who logs in to it.
    """
    host = registry.partition("/")[0]
    forms: dict[str, tuple[Callable[[str], str], str]] = {
        "redis/auth.conf": (_redis_conf, _REDIS_CONF_TEMPLATE),
        "pull/.dockerconfigjson": (partial(_login, host, user), _LOGIN % (host, _LOGIN_TEMPLATE % user)),
    }
    data: dict[str, dict[str, Value]] = {secret: {} for secret in vars(NAMES)}
    for field, use in uses(ApplicationSecrets):
        for place in use.keys:
            secret, _, key = place.partition("/")
            data[secret][key] = Value(field, *forms.get(place, ()))
    return (
        Content("app", str(NAMES.app), "config", data["app"]),
        Content("postgres", str(NAMES.postgres), "postgres", data["postgres"]),
        Content("redis", str(NAMES.redis), "redis", data["redis"]),
        Content("pull", str(NAMES.pull), "access", data["pull"], "kubernetes.io/dockerconfigjson"),
    )


# A line of redis.conf with the password. Bare, a space in it would start a second argument and a quote end it, so each
# byte is written as its number.

_REDIS_CONF_TEMPLATE = 'requirepass "{{ regexReplaceAll "(..)" (printf "%x" $value) "\\\\x${1}" }}"\n'


def _redis_conf(password: str) -> str:
    return 'requirepass "{}"\n'.format("".join(f"\\x{byte:02x}" for byte in password.encode()))


# What the kubelet logs in to the registry with.

_LOGIN = '{"auths": {"%s": {"auth": "%s"}}}'
_LOGIN_TEMPLATE = '{{ printf "%s:%%s" $value | b64enc }}'


def _login(host: str, user: str, token: str) -> str:
    return _LOGIN % (host, base64.b64encode(f"{user}:{token}".encode()).decode())
