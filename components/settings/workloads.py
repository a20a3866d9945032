"""The workloads: how many pods of each, how large, on which volumes."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from components.settings.base import Autoscaling, Bounds, Count, Resources, Section
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
    gunicorn: Gunicorn = Field(default=Gunicorn(), description="The API's web server.")


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
