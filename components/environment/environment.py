"""One environment of SmartHR360: namespace, secrets, workloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.cluster.connection import ClusterConnection
from components.delivery.rendering import Rendering, Wave
from components.edge.routing import Routing, RoutingArgs
from components.environment.metrics import Metrics, MetricsArgs
from components.environment.namespace import Namespace, NamespaceArgs
from components.environment.network_policies import Network, NetworkArgs
from components.environment.rotation import Rotation, RotationArgs
from components.secrets.contents import NAMES
from components.secrets.encrypted import Secrets, SecretsArgs
from components.secrets.external import ExternalSecrets, ExternalSecretsArgs
from components.settings import ApplicationSecrets, Identity, Settings
from components.workloads.api import Api, ApiArgs
from components.workloads.beat import Beat, BeatArgs
from components.workloads.nginx import Nginx, NginxArgs
from components.workloads.parts.access import Access, AccessArgs
from components.workloads.parts.config import AppConfig, AppConfigArgs
from components.workloads.parts.django import Shared
from components.workloads.parts.storage import Storage, StorageArgs
from components.workloads.postgres import Postgres, PostgresArgs
from components.workloads.redis import Redis, RedisArgs
from components.workloads.worker import Worker, WorkerArgs


@dataclass(frozen=True)
class EnvironmentArgs:
    """What an environment is made from; a cluster, a rendering or both.

    Args:
        settings: everything that the stack says of it.
        identity: what is its own by the stack's name.
        cluster: where it is made; None to make no more than files.
        rendering: what turns all but the namespace and the secrets into files; None to make everything in the cluster.
    """

    settings: Settings
    identity: Identity
    cluster: ClusterConnection | None
    rendering: Rendering | None


class Environment(pulumi.ComponentResource):
    """Makes a whole environment in one namespace.

    Type token `smarthr360:environment:Environment`; children: `<name>-namespace`, `<name>-secrets`, `<name>-access`,
    `<name>-config`, `<name>-storage`, `<name>-postgres`, `<name>-redis`, `<name>-api`, `<name>-worker`, `<name>-beat`,
    `<name>-nginx`, `<name>-network`, `<name>-routing`; with the Prometheus operator
    `<name>-metrics`; and where pods can't know by themselves that a Secret changed, `<name>-rotation`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `EnvironmentArgs`.
        opts: the usual resource options.
    """

    namespace: pulumi.Input[str]
    """The namespace that everything is in."""

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:environment:Environment", name, {}, opts)
        settings = args.settings
        self.namespace, names = settings.namespace, NAMES
        checksums: Mapping[str, str] = {}
        if args.cluster:
            applied = pulumi.ResourceOptions(parent=self, provider=args.cluster.provider)
            own = NamespaceArgs(settings.namespace, settings.environment, args.identity.stack, settings.protect)
            made = Namespace(f"{name}-namespace", own, applied)
            secrets = _secrets(f"{name}-secrets", made.namespace, args.cluster, args, applied)
            if args.rendering or not secrets.checksums:
                # Where Pulumi applies the pods and knows the secrets, a checksum in each pod template is enough.
                rotation = RotationArgs(made.namespace, settings.images.api, secrets.names)
                Rotation(f"{name}-rotation", rotation, applied)
        if args.rendering:
            # Files wait for nothing, so they have the plain names.
            config, stores, workloads = (args.rendering.options(self, wave) for wave in Wave)
        else:
            self.namespace, names, checksums = made.namespace, secrets.names, secrets.checksums
            config = stores = workloads = applied
        access = Access(f"{name}-access", AccessArgs(self.namespace, settings.namespace, names.pull), config)
        app_config = AppConfig(
            f"{name}-config",
            AppConfigArgs(self.namespace, settings.environment, settings.app, settings.hosts, settings.api),
            config,
        )
        Network(
            f"{name}-network",
            NetworkArgs(self.namespace, settings.edge.namespace, settings.monitoring.namespace, settings.network),
            config,
        )
        postgres = PostgresArgs(
            namespace=self.namespace,
            image=settings.images.postgres,
            secret=names.postgres,
            storage_class=settings.storage.classes.read_write_once,
            access=access,
            settings=settings.postgres,
            protect=settings.protect,
        )
        Postgres(f"{name}-postgres", postgres, stores)
        redis = RedisArgs(
            namespace=self.namespace,
            image=settings.images.redis,
            secret=names.redis,
            secret_checksum=checksums.get("redis"),
            storage_class=settings.storage.classes.read_write_once,
            access=access,
            settings=settings.redis,
            protect=settings.protect,
        )
        Redis(f"{name}-redis", redis, stores)
        storage = StorageArgs(
            self.namespace, settings.storage.classes.read_write_many, settings.storage, settings.protect
        )
        shared = Shared(
            namespace=self.namespace,
            config=app_config,
            secret=names.app,
            secret_checksum=checksums.get("app"),
            access=access,
            storage=Storage(f"{name}-storage", storage, workloads),
            # Not the databases: their volumes hang on one pod, which spot nodes would take down at any time.
            spot_taint=settings.cluster.spot_taint,
        )
        Api(f"{name}-api", ApiArgs(shared, settings.images.api, settings.api), workloads)
        Worker(f"{name}-worker", WorkerArgs(shared, settings.images.celery, settings.worker), workloads)
        Beat(f"{name}-beat", BeatArgs(shared, settings.images.celery, settings.beat), workloads)
        nginx = NginxArgs(
            namespace=self.namespace,
            image=settings.images.nginx,
            media=shared.storage.media,
            access=access,
            settings=settings.nginx,
            spot_taint=shared.spot_taint,
        )
        Nginx(f"{name}-nginx", nginx, workloads)
        Routing(f"{name}-routing", RoutingArgs(self.namespace, settings.hosts, settings.edge), workloads)
        if settings.monitoring.operator:
            Metrics(f"{name}-metrics", MetricsArgs(self.namespace, settings.namespace), workloads)
        self.register_outputs({"namespace": self.namespace})


def _secrets(
    name: str,
    namespace: pulumi.Input[str],
    cluster: ClusterConnection,
    args: EnvironmentArgs,
    opts: pulumi.ResourceOptions,
) -> Secrets | ExternalSecrets:
    """Make the Secrets from the source that the stack says."""
    settings = args.settings
    external, images = settings.external_secrets, settings.images
    if external:
        read = ExternalSecretsArgs(
            namespace=namespace,
            plain_namespace=settings.namespace,
            settings=external,
            key=external.key or args.identity.secret_key,
            manager=cluster.secret_manager if external.store == "cloud" else None,
            registry=images.registry,
            user=images.user,
        )
        return ExternalSecrets(name, read, opts)
    if isinstance(settings.secrets, ApplicationSecrets):
        return Secrets(name, SecretsArgs(namespace, settings.secrets, images.registry, images.user), opts)
    raise AssertionError("the settings let no stack without secrets pass")
