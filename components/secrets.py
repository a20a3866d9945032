"""The secrets of one environment, from Pulumi's encrypted config."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
from pydantic import SecretStr

from components.metadata import metadata
from components.settings import Secrets as SecretsSettings


@dataclass(frozen=True)
class SecretNames:
    """Names of the Secrets, for what reads them.

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


@dataclass(frozen=True)
class SecretsArgs:
    """What the secrets are made from.

    Args:
        namespace: where they are made.
        values: the decrypted values; they leave this component only as Pulumi secrets.
        registry: the registry that the pull secret is for, with or without a path.
    """

    namespace: pulumi.Input[str]
    values: SecretsSettings
    registry: str


class Secrets(pulumi.ComponentResource):
    """Makes one Secret for each program, with what that program needs and nothing more.

    Type token `smarthr360:environment:Secrets`; children: `<name>-app` (environment variables of the application),
    `<name>-postgres` (the server's user and password), `<name>-redis` (a piece of redis.conf, so that the password
    is in no argument list) and `<name>-pull` (the login to the registry).

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `SecretsArgs`.
        opts: the usual resource options.
    """

    names: SecretNames
    """Their names, known once they are there."""

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:environment:Secrets", name, {}, opts)
        values = args.values

        def secret(
            suffix: str,
            object_name: pulumi.Input[str],
            component: str,
            data: dict[str, SecretStr],
            kind: str = "Opaque",
        ) -> pulumi.Output[str]:
            made = k8s.core.v1.Secret(
                f"{name}-{suffix}",
                metadata=metadata(object_name, args.namespace, component),
                type=kind,
                string_data={key: pulumi.Output.secret(value.get_secret_value()) for key, value in data.items()},
                opts=pulumi.ResourceOptions(parent=self),
            )
            return made.metadata.name

        app = {
            "SECRET_KEY": values.secret_key,
            "JWT_SECRET_KEY": values.jwt_secret_key,
            "DB_USER": values.db_user,
            "DB_PASSWORD": values.db_password,
            "REDIS_PASSWORD": values.redis_password,
            "ELASTIC_APM_SECRET_TOKEN": values.elastic_apm_secret_token,
            "SENTRY_DSN": values.sentry_dsn,
        }
        postgres = {"username": values.db_user, "password": values.db_password}
        redis = {"auth.conf": _redis_conf(values.redis_password), "password": values.redis_password}
        pull = {".dockerconfigjson": _docker_config(args.registry, values.registry_token)}
        self.names = SecretNames(
            app=secret("app", NAMES.app, "config", app),
            postgres=secret("postgres", NAMES.postgres, "postgres", postgres),
            redis=secret("redis", NAMES.redis, "redis", redis),
            pull=secret("pull", NAMES.pull, "access", pull, "kubernetes.io/dockerconfigjson"),
        )
        self.register_outputs({})


def _redis_conf(password: SecretStr) -> SecretStr:
    """The line that sets the password; bare, a space would start a second argument and a line break a second line."""
    quoted = re.sub(rb"[^\w-]", lambda found: b"\\x%02x" % ord(found[0]), password.get_secret_value().encode())
    return SecretStr(f'requirepass "{quoted.decode()}"\n')


def _docker_config(registry: str, token: SecretStr) -> SecretStr:
    """What the kubelet logs in to the registry with. GitHub's takes any user name beside a token."""
    host = registry.partition("/")[0]
    login = base64.b64encode(f"smarthr360:{token.get_secret_value()}".encode()).decode()
    return SecretStr(json.dumps({"auths": {host: {"auth": login}}}))
