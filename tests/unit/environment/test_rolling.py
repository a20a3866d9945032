"""Pods that read a config map at their start roll when it changes, whoever applies them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from components.environment.metadata import CHECKSUM
from tests.support.program import run_program
from tests.support.references import workloads
from tests.support.stacks import good_config, with_gitops

DELIVERIES: Mapping[str, Callable[[dict[str, object]], dict[str, object]]] = {"direct": dict, "gitops": with_gitops}
CHANGES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "smarthr360-config": ("app", {"logLevel": "ERROR"}),
    "redis-config": ("redis", {"maxMemory": "700Mi"}),
}
"""A change of the stack file for each config map that it changes. That of Nginx follows from constants only."""


def read_at_start(pod: Mapping[str, Any]) -> Iterator[str]:
    """The config maps that a pod's containers read when they start: as environment, or as files."""
    for container in (*pod.get("initContainers", ()), *pod["containers"]):
        yield from (
            source["configMapRef"]["name"] for source in container.get("envFrom", ()) if "configMapRef" in source
        )
        references = (variable.get("valueFrom", {}).get("configMapKeyRef") for variable in container.get("env", ()))
        yield from (found["name"] for found in references if found)
    yield from (volume["configMap"]["name"] for volume in pod.get("volumes", ()) if "configMap" in volume)


def readers(objects: list[dict[str, Any]]) -> dict[str, tuple[set[str], str | None]]:
    """Of each workload, the config maps that it reads, and its checksum."""
    return {
        found["metadata"]["name"]: (
            set(read_at_start(found["spec"]["template"]["spec"])),
            found["spec"]["template"]["metadata"].get("annotations", {}).get(CHECKSUM),
        )
        for found in workloads(objects)
        # Each run of a CronJob's is a new pod.
        if "template" in found["spec"]
    }


@pytest.mark.parametrize("delivery", DELIVERIES)
@pytest.mark.parametrize("config_map", CHANGES)
def test_a_changed_config_map_rolls_what_reads_it_and_nothing_else(
    tmp_path: Path, delivery: str, config_map: str
) -> None:
    config = DELIVERIES[delivery](good_config("dev"))
    section, change = CHANGES[config_map]
    own = config.get(section, {})
    assert isinstance(own, dict)
    changed = config | {section: {**own, **change}}
    before, after = (readers(run_program(values, tmp_path).manifests()) for values in (config, changed))

    rolled = {name for name in before if before[name][1] != after[name][1]}
    assert rolled
    assert rolled == {name for name, (read, _) in before.items() if config_map in read}


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_whatever_reads_a_config_map_has_a_checksum_of_it(tmp_path: Path, delivery: str) -> None:
    found = readers(run_program(DELIVERIES[delivery](good_config("production")), tmp_path, "production").manifests())

    assert {name for name, (read, checksum) in found.items() if read and not checksum} == set()
    assert {name for name, (read, _) in found.items() if read} >= {"smarthr360-api", "smarthr360-nginx", "redis"}
