"""PostgreSQL: the application's database."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.settings import Postgres as PostgresSettings
from components.workloads.parts.access import Access
from components.workloads.parts.pod import Mounts, env_from_secret, shell
from components.workloads.parts.store import StoreArgs, make_store

SERVICE = "postgres"
PORT = 5432
DATABASE = "smarthr360"

DATA = "/var/lib/postgresql/data"

SHARED = "/dev/shm"  # noqa: S108 - inside the container
"""Where the processes of a parallel query share what they work on (`dynamic_shared_memory_type = posix`).

A container has 64 MiB there, whatever its memory limit. A few parallel hash joins fill that, or one parallel index
build with its 64 MB of maintenance_work_mem, and end in `could not resize shared memory segment ... No space left on
device` (docker-library/postgres#416).
"""


@dataclass(frozen=True)
class PostgresArgs:
    """What PostgreSQL is made from.

    Args:
        namespace: where it is made.
        image: the server's image, an Alpine one (its postgres user has the id 70).
        secret: name of the Secret with the keys username and password.
        storage_class: class of its ReadWriteOnce volume.
        access: the ServiceAccount and the priority classes.
        settings: sizes of its volume and of its shared memory, requests and limits; from its memory limit follows how
            many connections it takes.
        protect: whether Pulumi refuses to delete its volume and its StatefulSet.
    """

    namespace: pulumi.Input[str]
    image: str
    secret: pulumi.Input[str]
    storage_class: str
    access: Access
    settings: PostgresSettings
    protect: bool


class Postgres(pulumi.ComponentResource):
    """Makes one PostgreSQL server on a volume of its own, reached as `postgres:5432`.

    Type token `smarthr360:workloads:Postgres`; children: `<name>-claim`, `<name>-service`, `<name>-statefulset`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `PostgresArgs`.
        opts: the usual resource options.
    """

    def __init__(self, name: str, args: PostgresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Postgres", name, {}, opts)
        store = StoreArgs(
            component=SERVICE,
            namespace=args.namespace,
            port=PORT,
            image=args.image,
            user=70,
            args=["-c", f"max_connections={args.settings.connections}"],
            env=[
                k8s.core.v1.EnvVarArgs(name="POSTGRES_DB", value=DATABASE),
                # A subdirectory: the volume's root can hold lost+found, which initdb refuses.
                k8s.core.v1.EnvVarArgs(name="PGDATA", value=f"{DATA}/pgdata"),
                env_from_secret("POSTGRES_USER", args.secret, "username"),
                env_from_secret("POSTGRES_PASSWORD", args.secret, "password"),
            ],
            ready=shell(f'exec pg_isready --quiet --dbname={DATABASE} --username="$POSTGRES_USER"'),
            # A fast shutdown checkpoints first; killed before that, the next start replays the log.
            grace=120,
            resources=args.settings.resources,
            storage_class=args.storage_class,
            size=args.settings.storage,
            data=DATA,
            access=args.access,
            mounts=Mounts()
            .scratch("run", "/var/run/postgresql")
            .scratch("tmp", "/tmp")  # noqa: S108 - inside the container
            .memory("shared-memory", SHARED, args.settings.shared_memory),
        )
        make_store(name, store, pulumi.ResourceOptions(parent=self, protect=args.protect))
        self.register_outputs({})
