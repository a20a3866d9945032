"""One environment of SmartHR360: namespace, secrets, workloads."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.cluster.connection import ClusterConnection
from components.namespace import Namespace, NamespaceArgs
from components.secrets import Secrets, SecretsArgs
from components.settings import Settings
from components.workloads.api import Api, ApiArgs
from components.workloads.config import AppConfig, AppConfigArgs
from components.workloads.postgres import Postgres, PostgresArgs
from components.workloads.redis import Redis, RedisArgs


@dataclass(frozen=True)
class EnvironmentArgs:
    """What an environment is made from.

    Args:
        cluster: where it is made.
        settings: everything that the stack says of it.
    """

    cluster: ClusterConnection
    settings: Settings


class Environment(pulumi.ComponentResource):
    """Makes a whole environment in one namespace.

    Type token `smarthr360:environment:Environment`; children: `<name>-namespace`, `<name>-secrets`, `<name>-config`,
    `<name>-postgres`, `<name>-redis`, `<name>-api`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `EnvironmentArgs`.
        opts: the usual resource options.
    """

    namespace: pulumi.Output[str]
    """The namespace that everything is in."""

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:environment:Environment", name, {}, opts)
        settings = args.settings
        child = pulumi.ResourceOptions(parent=self, provider=args.cluster.provider)
        self.namespace = Namespace(
            f"{name}-namespace", NamespaceArgs(settings.namespace, settings.environment), child
        ).namespace
        secrets = Secrets(f"{name}-secrets", SecretsArgs(self.namespace, settings.secrets), child)
        config = AppConfig(
            f"{name}-config",
            AppConfigArgs(self.namespace, settings.environment, settings.app, settings.hosts, settings.api),
            child,
        )
        postgres = PostgresArgs(
            namespace=self.namespace,
            image=settings.images.postgres,
            secret=secrets.postgres,
            storage_class=args.cluster.read_write_once,
            settings=settings.postgres,
        )
        Postgres(f"{name}-postgres", postgres, child)
        redis = RedisArgs(
            namespace=self.namespace,
            image=settings.images.redis,
            secret=secrets.redis,
            storage_class=args.cluster.read_write_once,
            settings=settings.redis,
        )
        Redis(f"{name}-redis", redis, child)
        api = ApiArgs(
            namespace=self.namespace,
            image=settings.images.api,
            config=config,
            secret=secrets.app,
            settings=settings.api,
        )
        Api(f"{name}-api", api, child)
        self.register_outputs({"namespace": self.namespace})
