"""What the sections of a stack's settings are made of."""

from typing import Annotated, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from components.settings.schema import ConflictError
from components.settings.types.measures import Cpu, Disk, Memory, Percent, Pods
from units import Quantity

Count = Annotated[int, Field(ge=1)]
Amount = TypeVar("Amount", bound=Quantity)


class Section(BaseModel):
    """An object of the configuration: unknown keys are refused, "3" is no number, and nothing changes later."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)


class Bounds(Section, Generic[Amount]):
    """What a container requests, and the most that it can use."""

    request: Amount = Field(description="What the scheduler sets aside for each pod.")
    limit: Amount = Field(description="What a pod never gets more than; not below the request.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.request.value > self.limit.value:
            raise ConflictError("request", f"{self.request.text} is above limit {self.limit.text}")
        return self


class Resources(Section):
    """Compute resources of one container."""

    cpu: Bounds[Cpu] = Field(description="Processor time, in cores.")
    memory: Bounds[Memory] = Field(description="Memory.")
    ephemeral_storage: Bounds[Disk] = Field(
        default=Bounds[Disk](request=Disk("256Mi"), limit=Disk("1Gi")), description="The node's disk."
    )


class Autoscaling(Section):
    """Between which numbers of pods, and at which load, a workload scales."""

    min: Pods = Field(description="Fewest pods.", examples=[2])
    max: Pods = Field(description="Most pods; not below `min`.", examples=[5])
    cpu: Percent = Field(default=70, description="Percent of the requested CPU above which pods are added.")
    memory: Percent = Field(default=80, description="Percent of the requested memory above which pods are added.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ConflictError("min", f"{self.min} is above max {self.max}")
        return self


def keeps_working(floor: int, min_available: int | None, floor_key: str) -> None:
    """Refuse a disruption budget that no node could ever be drained under.

    Args:
        floor: The fewest pods there are.
        min_available: How many of them a drain has to leave running; None for no budget.
        floor_key: The key that says the floor.

    Raises:
        ConflictError: It leaves no pod to move.
    """
    if min_available is not None and min_available >= floor:
        raise ConflictError(
            "minAvailable", f"{min_available} is not below {floor_key} {floor}, so that no node could ever be drained"
        )
