"""One environment of SmartHR360: namespace, secrets, workloads."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.cluster.connection import ClusterConnection
from components.namespace import Namespace, NamespaceArgs
from components.secrets import Secrets, SecretsArgs
from components.settings import Settings
from components.workloads.access import Access, AccessArgs
from components.workloads.api import Api, ApiArgs
from components.workloads.beat import Beat, BeatArgs
from components.workloads.config import AppConfig, AppConfigArgs
from components.workloads.django import Shared
from components.workloads.metrics import Metrics, MetricsArgs
from components.workloads.network import Network, NetworkArgs
from components.workloads.nginx import Nginx, NginxArgs
from components.workloads.postgres import Postgres, PostgresArgs
from components.workloads.redis import Redis, RedisArgs
from components.workloads.routing import Routing, RoutingArgs
from components.workloads.storage import Storage, StorageArgs
from components.workloads.worker import Worker, WorkerArgs


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

    Type token `smarthr360:environment:Environment`; children: `<name>-namespace`, `<name>-secrets`, `<name>-access`,
    `<name>-config`, `<name>-storage`, `<name>-postgres`, `<name>-redis`, `<name>-api`, `<name>-worker`, `<name>-beat`,
    `<name>-nginx`, `<name>-network`, `<name>-routing` and, with the Prometheus operator, `<name>-metrics`.

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
        secrets = Secrets(
            f"{name}-secrets", SecretsArgs(self.namespace, settings.secrets, settings.images.registry), child
        )
        access = Access(f"{name}-access", AccessArgs(self.namespace, settings.namespace, secrets.pull), child)
        config = AppConfig(
            f"{name}-config",
            AppConfigArgs(self.namespace, settings.environment, settings.app, settings.hosts, settings.api),
            child,
        )
        storage = StorageArgs(self.namespace, args.cluster.read_write_many, settings.storage, settings.protect)
        shared = Shared(self.namespace, config, secrets.app, access, Storage(f"{name}-storage", storage, child))
        postgres = PostgresArgs(
            namespace=self.namespace,
            image=settings.images.postgres,
            secret=secrets.postgres,
            storage_class=args.cluster.read_write_once,
            access=access,
            settings=settings.postgres,
            protect=settings.protect,
        )
        Postgres(f"{name}-postgres", postgres, child)
        redis = RedisArgs(
            namespace=self.namespace,
            image=settings.images.redis,
            secret=secrets.redis,
            storage_class=args.cluster.read_write_once,
            access=access,
            settings=settings.redis,
            protect=settings.protect,
        )
        Redis(f"{name}-redis", redis, child)
        Api(f"{name}-api", ApiArgs(shared, settings.images.api, settings.api), child)
        Worker(f"{name}-worker", WorkerArgs(shared, settings.images.celery, settings.worker), child)
        Beat(f"{name}-beat", BeatArgs(shared, settings.images.celery, settings.beat), child)
        nginx = NginxArgs(
            namespace=self.namespace,
            image=settings.images.nginx,
            media=shared.storage.media,
            access=access,
            settings=settings.nginx,
        )
        Nginx(f"{name}-nginx", nginx, child)
        network = NetworkArgs(self.namespace, settings.edge.namespace, settings.monitoring.namespace)
        Network(f"{name}-network", network, child)
        Routing(f"{name}-routing", RoutingArgs(self.namespace, settings.hosts, settings.edge), child)
        if settings.monitoring.operator:
            Metrics(f"{name}-metrics", MetricsArgs(self.namespace, settings.namespace), child)
        self.register_outputs({"namespace": self.namespace})
