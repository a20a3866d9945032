"""The workloads: how many pods of each, how large, on which volumes."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from components.settings.base import Autoscaling, Bounds, Count, Resources, Section, keeps_working
from components.settings.schema import ConflictError
from components.settings.values import Duration, Quantity, Size


class ApiResources(Resources):
    """Compute resources of the API's container, which also keeps uploads on the node's disk for a moment."""

    ephemeral_storage: Bounds[Size] = Field(
        default=Bounds[Size](request=Size("1Gi"), limit=Size("4Gi")), description="The node's disk."
    )


class Gunicorn(Section):
    """The API's web server."""

    workers: Count = Field(default=4, description="Processes of each pod.")
    threads: Count = Field(default=2, description="Threads of each process.")
    timeout: Duration = Field(default=Duration("120s"), description="How long a request may take.")

    @field_validator("timeout")
    @classmethod
    def _above_zero(cls, timeout: Duration) -> Duration:
        # Gunicorn reads 0 as "for ever".
        if not timeout.seconds:
            raise ValueError(f"{timeout} would wait for ever; allowed is one second or more such as 120s")
        return timeout


class Api(Section):
    """The API's pods."""

    resources: ApiResources = Field(description="Compute resources of each pod.")
    autoscaling: Autoscaling = Field(description="How many pods there are.")
    min_available: int | None = Field(
        default=None, ge=1, description="How many pods a drained node leaves running; not set for no disruption budget."
    )
    gunicorn: Gunicorn = Field(default=Gunicorn(), description="The API's web server.")

    @model_validator(mode="after")
    def _drainable(self) -> Self:
        keeps_working(self.autoscaling.min, self.min_available, "autoscaling.min")
        return self


class Worker(Section):
    """The Celery workers' pods."""

    replicas: int | None = Field(default=None, ge=1, description="How many pods there are, where nothing scales them.")
    autoscaling: Autoscaling | None = Field(default=None, description="How many pods there are, decided by load.")
    min_available: int | None = Field(
        default=None, ge=1, description="How many pods a drained node leaves running; not set for no disruption budget."
    )
    resources: Resources = Field(
        default=Resources(
            cpu=Bounds[Quantity](request=Quantity("250m"), limit=Quantity("1")),
            memory=Bounds[Size](request=Size("512Mi"), limit=Size("2Gi")),
        ),
        description="Compute resources of each pod.",
    )
    concurrency: Count = Field(default=4, description="Tasks that a pod works on at once.")
    max_tasks_per_child: Count = Field(
        default=1000, description="Tasks after which a process is replaced, so that what it leaks is given back."
    )

    @model_validator(mode="after")
    def _scaled_once(self) -> Self:
        if self.replicas is None and self.autoscaling is None:
            raise ConflictError("replicas", "is missing; allowed is a number of pods, or autoscaling in its place")
        if self.replicas is not None and self.autoscaling is not None:
            raise ConflictError(
                "replicas",
                f"{self.replicas} stands beside autoscaling; allowed is one of the two, as each undoes the other",
            )
        floor, key = (self.replicas, "replicas") if self.replicas else (self.autoscaling.min, "autoscaling.min")  # type: ignore[union-attr]
        keeps_working(floor, self.min_available, key)
        return self


class Beat(Section):
    """Celery beat, the scheduler. There is exactly one."""

    resources: Resources = Field(
        default=Resources(
            cpu=Bounds[Quantity](request=Quantity("100m"), limit=Quantity("250m")),
            memory=Bounds[Size](request=Size("256Mi"), limit=Size("512Mi")),
        ),
        description="Compute resources of the pod.",
    )

    @model_validator(mode="before")
    @classmethod
    def _one(cls, found: object) -> object:
        for key in ("replicas", "autoscaling"):
            if isinstance(found, dict) and key in found:
                raise ConflictError(
                    key, "is not allowed: beat is exactly one pod, two would send every scheduled task twice"
                )
        return found


class Nginx(Section):
    """Nginx, which serves static and media files and hands on the rest."""

    replicas: Count = Field(default=2, description="How many pods there are.")
    min_available: int | None = Field(
        default=None, ge=1, description="How many pods a drained node leaves running; not set for no disruption budget."
    )
    resources: Resources = Field(
        default=Resources(
            cpu=Bounds[Quantity](request=Quantity("50m"), limit=Quantity("500m")),
            memory=Bounds[Size](request=Size("64Mi"), limit=Size("256Mi")),
        ),
        description="Compute resources of each pod.",
    )

    @model_validator(mode="after")
    def _drainable(self) -> Self:
        keeps_working(self.replicas, self.min_available, "replicas")
        return self


class Postgres(Section):
    """The database."""

    storage: Size = Field(description="Size of the database's volume.", examples=["50Gi"])
    resources: Resources = Field(
        default=Resources(
            cpu=Bounds[Quantity](request=Quantity("250m"), limit=Quantity("1")),
            memory=Bounds[Size](request=Size("512Mi"), limit=Size("2Gi")),
        ),
        description="Compute resources of the database.",
    )


class Redis(Section):
    """Celery's broker."""

    storage: Size = Field(default=Size("10Gi"), description="Size of Redis's volume.")
    max_memory: Size = Field(
        default=Size("1Gi"),
        description="How much Redis holds, below its memory limit; then it refuses more, and evicts nothing.",
    )
    # While Redis rewrites its append-only file, a forked copy can take as much memory again as the data does.
    resources: Resources = Field(
        default=Resources(
            cpu=Bounds[Quantity](request=Quantity("100m"), limit=Quantity("500m")),
            memory=Bounds[Size](request=Size("1Gi"), limit=Size("2Gi")),
        ),
        description="Compute resources of Redis.",
    )

    @model_validator(mode="after")
    def _room(self) -> Self:
        limit = self.resources.memory.limit
        if self.max_memory.value >= limit.value:
            raise ConflictError("maxMemory", f"{self.max_memory.text} is not below resources.memory.limit {limit.text}")
        return self
