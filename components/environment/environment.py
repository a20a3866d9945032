"""One environment of SmartHR360: namespace, secrets, workloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.cluster.connection import ClusterConnection
from components.delivery.rendering import Rendering, Wave
from components.edge.edge import Routing, RoutingArgs
from components.environment.metrics import Metrics, MetricsArgs
from components.environment.namespace import Namespace, NamespaceArgs
from components.environment.network_policies import Network, NetworkArgs
from components.environment.rotation import Rotation, RotationArgs
from components.secrets.contents import NAMES, SecretNames
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


@dataclass(frozen=True)
class _Base:
    """What everything else in an environment is made on.

    Args:
        namespace: where it is made.
        secrets: the names of the Secrets.
        checksums: what rolls the pods that read a Secret; empty where it is not known here.
        config: options of what has to be there first.
        stores: options of the stores.
        workloads: options of what needs both.
    """

    namespace: pulumi.Input[str]
    secrets: SecretNames
    checksums: Mapping[str, str]
    config: pulumi.ResourceOptions
    stores: pulumi.ResourceOptions
    workloads: pulumi.ResourceOptions


class Environment(pulumi.ComponentResource):
    """Makes a whole environment in one namespace.

    Type token `smarthr360:environment:Environment`; children: `<name>-namespace`, `<name>-secrets`, `<name>-access`,
    `<name>-config`, `<name>-storage`, `<name>-postgres`, `<name>-redis`, `<name>-api`, `<name>-worker`, `<name>-beat`,
    `<name>-nginx`, `<name>-network`, `<name>-routing`; with the Prometheus operator `<name>-metrics`; and where nothing
    else rolls pods whose Secret changed, `<name>-rotation`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `EnvironmentArgs`.
        opts: the usual resource options.
    """

    namespace: pulumi.Input[str]
    """The namespace that everything is in."""

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:environment:Environment", name, {}, opts)
        self._name, self._args, self._settings = name, args, args.settings
        base = self._base()
        self.namespace = base.namespace
        access = self._access(base)
        config = self._config(base)
        self._network(base)
        self._stores(base, access)
        shared = self._shared(base, access, config)
        self._programs(base, shared)
        self._nginx(base, shared)
        self._edge(base)
        self._monitoring(base)
        self.register_outputs({"namespace": self.namespace})

    def _base(self) -> _Base:
        """Make what is never rendered: the namespace, the Secrets, and what rolls pods when a Secret changes."""
        if not self._args.cluster:
            return self._rendered()
        settings, name = self._settings, self._name
        opts = pulumi.ResourceOptions(parent=self, provider=self._args.cluster.provider)
        own = NamespaceArgs(settings.namespace, settings.environment, self._args.identity.stack, settings.protect)
        namespace = Namespace(f"{name}-namespace", own, opts).namespace
        secrets = self._secrets(namespace, self._args.cluster, opts)
        if self._args.rendering or not secrets.checksums:
            # Where Pulumi applies the pods and knows the secrets, a checksum in each pod template is enough.
            Rotation(f"{name}-rotation", RotationArgs(namespace, settings.images.api, secrets.names), opts)
        if self._args.rendering:
            return self._rendered()
        return _Base(namespace, secrets.names, secrets.checksums, opts, opts, opts)

    def _rendered(self) -> _Base:
        """Plain names, as files wait for nothing."""
        if not self._args.rendering:
            raise AssertionError("an environment needs a cluster, a rendering or both")
        waves = (self._args.rendering.options(self, wave) for wave in Wave)
        return _Base(self._settings.namespace, NAMES, {}, *waves)

    def _secrets(
        self, namespace: pulumi.Input[str], cluster: ClusterConnection, opts: pulumi.ResourceOptions
    ) -> Secrets | ExternalSecrets:
        settings, name = self._settings, f"{self._name}-secrets"
        external, images = settings.external_secrets, settings.images
        if external:
            args = ExternalSecretsArgs(
                namespace=namespace,
                plain_namespace=settings.namespace,
                settings=external,
                key=external.key or self._args.identity.secret_key,
                manager=cluster.secret_manager if external.store == "cloud" else None,
                registry=images.registry,
                user=images.user,
            )
            return ExternalSecrets(name, args, opts)
        if isinstance(settings.secrets, ApplicationSecrets):
            return Secrets(name, SecretsArgs(namespace, settings.secrets, images.registry, images.user), opts)
        raise AssertionError("the settings let no stack without secrets pass")

    def _access(self, base: _Base) -> Access:
        args = AccessArgs(base.namespace, self._settings.namespace, base.secrets.pull)
        return Access(f"{self._name}-access", args, base.config)

    def _config(self, base: _Base) -> AppConfig:
        settings = self._settings
        args = AppConfigArgs(base.namespace, settings.environment, settings.app, settings.hosts, settings.api)
        return AppConfig(f"{self._name}-config", args, base.config)

    def _network(self, base: _Base) -> None:
        edge, monitoring = self._settings.edge.namespace, self._settings.monitoring.namespace
        args = NetworkArgs(base.namespace, edge, monitoring, self._settings.network)
        Network(f"{self._name}-network", args, base.config)

    def _stores(self, base: _Base, access: Access) -> None:
        settings = self._settings
        postgres = PostgresArgs(
            namespace=base.namespace,
            image=settings.images.postgres,
            secret=base.secrets.postgres,
            storage_class=settings.storage.classes.read_write_once,
            access=access,
            settings=settings.postgres,
            protect=settings.protect,
        )
        Postgres(f"{self._name}-postgres", postgres, base.stores)
        redis = RedisArgs(
            namespace=base.namespace,
            image=settings.images.redis,
            secret=base.secrets.redis,
            secret_checksum=base.checksums.get("redis"),
            storage_class=settings.storage.classes.read_write_once,
            access=access,
            settings=settings.redis,
            protect=settings.protect,
        )
        Redis(f"{self._name}-redis", redis, base.stores)

    def _shared(self, base: _Base, access: Access, config: AppConfig) -> Shared:
        settings = self._settings
        storage_class = settings.storage.classes.read_write_many
        storage = StorageArgs(base.namespace, storage_class, settings.storage, settings.protect)
        return Shared(
            namespace=base.namespace,
            config=config,
            secret=base.secrets.app,
            secret_checksum=base.checksums.get("app"),
            access=access,
            storage=Storage(f"{self._name}-storage", storage, base.workloads),
            # Not the databases: their volumes hang on one pod, which spot nodes would take down at any time.
            spot_taint=settings.cluster.spot_taint,
        )

    def _programs(self, base: _Base, shared: Shared) -> None:
        settings, images = self._settings, self._settings.images
        Api(f"{self._name}-api", ApiArgs(shared, images.api, settings.api), base.workloads)
        Worker(f"{self._name}-worker", WorkerArgs(shared, images.celery, settings.worker), base.workloads)
        Beat(f"{self._name}-beat", BeatArgs(shared, images.celery, settings.beat), base.workloads)

    def _nginx(self, base: _Base, shared: Shared) -> None:
        args = NginxArgs(
            namespace=base.namespace,
            image=self._settings.images.nginx,
            media=shared.storage.media,
            access=shared.access,
            settings=self._settings.nginx,
            spot_taint=shared.spot_taint,
        )
        Nginx(f"{self._name}-nginx", args, base.workloads)

    def _edge(self, base: _Base) -> None:
        args = RoutingArgs(base.namespace, self._settings.hosts, self._settings.edge)
        Routing(f"{self._name}-routing", args, base.workloads)

    def _monitoring(self, base: _Base) -> None:
        if self._settings.monitoring.operator:
            args = MetricsArgs(base.namespace, self._settings.namespace)
            Metrics(f"{self._name}-metrics", args, base.workloads)
