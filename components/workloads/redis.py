"""Redis: Celery's broker and the application's cache."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import CHECKSUM, SECRET_CHECKSUM, checksum, metadata
from components.settings import Redis as RedisSettings
from components.workloads.parts.access import Access
from components.workloads.parts.pod import Mounts, env_from_secret, shell
from components.workloads.parts.store import StoreArgs, make_store

SERVICE = "redis"
PORT = 6379

DATA = "/data"
CONFIG = "/etc/redis"
SECRET = "/etc/redis-secret"  # noqa: S105 - a path


@dataclass(frozen=True)
class RedisArgs:
    """What Redis is made from.

    Args:
        namespace: where it is made.
        image: the server's image, an Alpine one (its redis user has the id 999).
        secret: name of the Secret with the keys auth.conf and password.
        secret_checksum: a digest of that Secret, to roll the pod; None where it is not known here.
        storage_class: class of its ReadWriteOnce volume.
        access: the ServiceAccount and the priority classes.
        settings: memory, volume size, requests and limits.
        protect: whether Pulumi refuses to delete its volume and its StatefulSet.
    """

    namespace: pulumi.Input[str]
    image: str
    secret: pulumi.Input[str]
    secret_checksum: str | None
    storage_class: str
    access: Access
    settings: RedisSettings
    protect: bool


class Redis(pulumi.ComponentResource):
    """Makes one Redis server with a password, append-only on a volume of its own, reached as `redis:6379`.

    Type token `smarthr360:workloads:Redis`; children: `<name>-config`, `<name>-claim`, `<name>-service`,
    `<name>-statefulset`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `RedisArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: RedisArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Redis", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        data = {"redis.conf": _redis_conf(args.settings)}
        config = k8s.core.v1.ConfigMap(
            f"{name}-config",
            metadata=metadata("redis-config", args.namespace, SERVICE),
            data=data,
            opts=child,
        )
        store = StoreArgs(
            component=SERVICE,
            namespace=args.namespace,
            port=PORT,
            image=args.image,
            user=999,
            command=["redis-server", f"{CONFIG}/redis.conf"],
            # redis-cli takes the password from here, so that it is in no argument list.
            env=[env_from_secret("REDISCLI_AUTH", args.secret, "password")],
            ready=shell("redis-cli ping | grep -q PONG"),
            grace=60,
            resources=args.settings.resources,
            storage_class=args.storage_class,
            size=args.settings.storage,
            data=DATA,
            access=args.access,
            mounts=Mounts()
            .config_map("config", CONFIG, config.metadata.name)
            .secret("secret", SECRET, args.secret, "auth.conf")
            .scratch("tmp", "/tmp"),  # noqa: S108 - inside the container
            annotations={
                CHECKSUM: checksum(data),
                **({SECRET_CHECKSUM: args.secret_checksum} if args.secret_checksum else {}),
            },
        )
        make_store(name, store, pulumi.ResourceOptions(parent=self, protect=args.protect))
        self.register_outputs({})


def _redis_conf(settings: RedisSettings) -> str:
    lines = [
        f"port {PORT}",
        f"dir {DATA}",
        "appendonly yes",
        f"maxmemory {int(settings.max_memory.value)}",
        # A broker that evicts loses tasks without a word; noeviction makes the sender fail instead.
        "maxmemory-policy noeviction",
        f"include {SECRET}/auth.conf",
    ]
    return "\n".join(lines) + "\n"
