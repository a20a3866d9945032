"""The workloads: how many pods of each, how large, on which volumes."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from components.settings.base import Autoscaling, Bounds, Resources, Section, keeps_working
from components.settings.schema import ConflictError
from components.settings.types.measures import (
    MOST_PODS,
    Cpu,
    DatabaseVolume,
    Disk,
    Memory,
    Pods,
    Processes,
    RequestTime,
    Tasks,
    Volume,
)

Available = Annotated[
    int | None,
    Field(
        ge=1, le=MOST_PODS, description="How many pods a drained node leaves running; not set for no disruption budget."
    ),
]

_BYTES_OF_A_CONNECTION = 9_531_392


class ApiResources(Resources):
    """Compute resources of the API's container, which also keeps uploads on the node's disk for a moment."""

    ephemeral_storage: Bounds[Disk] = Field(
        default=Bounds[Disk](request=Disk("1Gi"), limit=Disk("4Gi")), description="The node's disk."
    )


class Gunicorn(Section):
    """The API's web server."""

    workers: Processes = Field(default=4, description="Processes of each pod.")
    threads: Processes = Field(default=2, description="Threads of each process.")
    timeout: RequestTime = Field(
        default=RequestTime("120s"),
        description="How long a request is allowed to take; the edge waits no longer than 120s.",
    )


class Api(Section):
    """The API's pods."""

    resources: ApiResources = Field(description="Compute resources of each pod.")
    autoscaling: Autoscaling = Field(description="How many pods there are.")
    min_available: Available = None
    session_affinity: bool = Field(
        default=False,
        description="Whether an address stays with one pod for an hour. Requests come from the edge and Nginx, so "
        "their few addresses then reach a few pods, and those that the autoscaler adds stay idle.",
    )
    gunicorn: Gunicorn = Field(default=Gunicorn(), description="The API's web server.")

    @property
    def connections(self) -> int:
        """How many connections to the database it opens at most: each thread one, in one pod more during a rollout."""
        return (self.autoscaling.max + 1) * self.gunicorn.workers * self.gunicorn.threads

    @model_validator(mode="after")
    def _drainable(self) -> Self:
        keeps_working(self.autoscaling.min, self.min_available, "autoscaling.min")
        return self


class Worker(Section):
    """The Celery workers' pods."""

    replicas: int | None = Field(
        default=None, ge=1, le=MOST_PODS, description="How many pods there are, where nothing scales them."
    )
    autoscaling: Autoscaling | None = Field(default=None, description="How many pods there are, decided by load.")
    min_available: Available = None
    resources: Resources = Field(
        default=Resources(
            cpu=Bounds[Cpu](request=Cpu("250m"), limit=Cpu("1")),
            memory=Bounds[Memory](request=Memory("512Mi"), limit=Memory("2Gi")),
        ),
        description="Compute resources of each pod.",
    )
    concurrency: Processes = Field(default=4, description="Tasks that a pod works on at once.")
    max_tasks_per_child: Tasks = Field(
        default=1000, description="Tasks after which a process is replaced, so that what it leaks is given back."
    )

    @property
    def connections(self) -> int:
        """How many connections to the database they open at most.

        Each process one, and the one that watches over a pod's; in a quarter more of the pods during a rollout, which
        is what Kubernetes does by itself.
        """
        pods = self.autoscaling.max if self.autoscaling else self.replicas or 0
        return (pods + -(-pods // 4)) * (self.concurrency + 1)

    @model_validator(mode="after")
    def _scaled_once(self) -> Self:
        if self.replicas is None and self.autoscaling is None:
            raise ConflictError("replicas", "is missing; allowed is a number of pods, or autoscaling in its place")
        if self.replicas is not None and self.autoscaling is not None:
            raise ConflictError(
                "replicas",
                f"{self.replicas} is set beside autoscaling; allowed is one of the two, as each would undo the other",
            )
        floor, key = (self.replicas, "replicas") if self.replicas else (self.autoscaling.min, "autoscaling.min")  # type: ignore[union-attr]
        keeps_working(floor, self.min_available, key)
        return self


class Beat(Section):
    """Celery beat, the scheduler. There is exactly one."""

    resources: Resources = Field(
        default=Resources(
            cpu=Bounds[Cpu](request=Cpu("100m"), limit=Cpu("250m")),
            memory=Bounds[Memory](request=Memory("256Mi"), limit=Memory("512Mi")),
        ),
        description="Compute resources of the pod.",
    )

    @model_validator(mode="before")
    @classmethod
    def _one(cls, value: object) -> object:
        for key in ("replicas", "autoscaling"):
            if isinstance(value, dict) and key in value:
                raise ConflictError(
                    key, "is not allowed: beat is exactly one pod, two would send every scheduled task twice"
                )
        return value


class Nginx(Section):
    """Nginx, which serves static and media files and hands on the rest."""

    replicas: Pods = Field(default=2, description="How many pods there are.")
    min_available: Available = None
    resources: Resources = Field(
        default=Resources(
            cpu=Bounds[Cpu](request=Cpu("50m"), limit=Cpu("500m")),
            memory=Bounds[Memory](request=Memory("64Mi"), limit=Memory("256Mi")),
        ),
        description="Compute resources of each pod.",
    )

    @model_validator(mode="after")
    def _drainable(self) -> Self:
        keeps_working(self.replicas, self.min_available, "replicas")
        return self


class Postgres(Section):
    """The database."""

    MOST_CONNECTIONS: ClassVar[int] = 5000

    storage: DatabaseVolume = Field(description="Size of the database's volume.", examples=["50Gi"])
    resources: Resources = Field(
        default=Resources(
            cpu=Bounds[Cpu](request=Cpu("250m"), limit=Cpu("1")),
            memory=Bounds[Memory](request=Memory("512Mi"), limit=Memory("2Gi")),
        ),
        description="Compute resources of the database. It takes as many connections as its memory limit has room for.",
    )
    shared_memory: Memory = Field(
        default=Memory("256Mi"),
        description="Most memory that parallel queries share; counts towards the memory limit, of which it is "
        "at most half.",
    )

    @model_validator(mode="after")
    def _room(self) -> Self:
        limit = self.resources.memory.limit
        if self.shared_memory.value * 2 > limit.value:
            raise ConflictError(
                "sharedMemory", f"{self.shared_memory.text} is above half of resources.memory.limit {limit.text}"
            )
        return self

    @property
    def connections(self) -> int:
        """How many connections it takes (`max_connections`): the rule of Amazon RDS for PostgreSQL.

        One for 9,531,392 bytes of memory, and 5,000 at most (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/
        CHAP_Limits.html).
        """
        return min(int(self.resources.memory.limit.value // _BYTES_OF_A_CONNECTION), self.MOST_CONNECTIONS)

    @staticmethod
    def memory_for(connections: int) -> Memory:
        """Return the memory limit with room for so many connections, in whole MiB."""
        return Memory(f"{-(-connections * _BYTES_OF_A_CONNECTION // 2**20)}Mi")


class Redis(Section):
    """Celery's broker."""

    storage: Volume = Field(default=Volume("10Gi"), description="Size of Redis's volume.")
    max_memory: Memory = Field(
        default=Memory("1Gi"),
        description="How much Redis holds, half of its memory limit at most; then it refuses more, and evicts nothing.",
    )
    # While Redis rewrites its append-only file, a forked copy can take as much memory again as the data does
    # (redis.io/docs/latest/operate/oss_and_stack/management/admin), and the file before, what was added to it (as much
    # again, `auto-aof-rewrite-percentage 100`) and the new one are on the disk.
    resources: Resources = Field(
        default=Resources(
            cpu=Bounds[Cpu](request=Cpu("100m"), limit=Cpu("500m")),
            memory=Bounds[Memory](request=Memory("1Gi"), limit=Memory("2Gi")),
        ),
        description="Compute resources of Redis.",
    )

    @model_validator(mode="after")
    def _room(self) -> Self:
        limit = self.resources.memory.limit
        if self.max_memory.value * 2 > limit.value:
            raise ConflictError(
                "maxMemory",
                f"{self.max_memory.text} is more than half of resources.memory.limit {limit.text}, all of which it can "
                "take while it rewrites its file; allowed is half of it",
            )
        if self.storage.value < self.max_memory.value * 3:
            raise ConflictError(
                "storage",
                f"{self.storage.text} is less than three times maxMemory {self.max_memory.text}, which its file can "
                "take while it is rewritten; allowed is three times as much",
            )
        return self
