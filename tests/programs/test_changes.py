"""What one changed value changes: these objects, and no others; these pods are rolled, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support import stacks
from tests.support.program import Program, run_program
from tests.support.stacks import STACKS, Secret, good_config

DJANGO = {"Deployment/smarthr360-api", "Deployment/smarthr360-worker", "Deployment/smarthr360-beat"}
NGINX = {"Deployment/smarthr360-nginx"}
CONFIG = {"ConfigMap/smarthr360-config"}
ROUTES = {"HTTPRoute/smarthr360-redirect", "Certificate/smarthr360-tls"}


def objects(program: Program) -> dict[str, Mapping[str, Any]]:
    """Every object by kind and name."""
    return {f"{entry.inputs['kind']}/{entry.inputs['metadata']['name']}": entry.inputs for entry in program.objects()}


def difference(before: Program, after: Program) -> tuple[set[str], set[str]]:
    """The objects that differ, and those of them whose pods are rolled."""
    old, new = objects(before), objects(after)
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    rolled = {key for key in changed if _template(old.get(key)) != _template(new.get(key))}
    return changed, rolled


def _template(manifest: Mapping[str, Any] | None) -> object:
    return ((manifest or {}).get("spec") or {}).get("template")


def change(config: dict[str, object], path: str, value: object) -> dict[str, object]:
    """A configuration with one value changed."""
    *parents, last = path.split(".")
    place: Any = config
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = value
    return config


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return run_program(good_config("staging"), tmp_path_factory.mktemp("staging"), "staging")


@pytest.mark.parametrize(
    ("path", "value", "changed", "rolled"),
    [
        ("app.logLevel", "ERROR", CONFIG | DJANGO, DJANGO),
        ("app.hsts", "24h", CONFIG | DJANGO, DJANGO),
        ("images.tag", "staging-0000000", DJANGO | NGINX, DJANGO | NGINX),
        ("images.digests.api", "sha256:" + "a" * 64, {"Deployment/smarthr360-api"}, {"Deployment/smarthr360-api"}),
        ("images.redis", "docker.io/library/redis:7.4.6", {"StatefulSet/redis"}, {"StatefulSet/redis"}),
        ("api.autoscaling.max", 6, {"HorizontalPodAutoscaler/smarthr360-api"}, set()),
        ("api.minAvailable", None, {"PodDisruptionBudget/smarthr360-api"}, set()),
        ("worker.replicas", 3, {"Deployment/smarthr360-worker"}, set()),
        ("worker.concurrency", 8, {"Deployment/smarthr360-worker"}, {"Deployment/smarthr360-worker"}),
        ("nginx.replicas", 3, NGINX, set()),
        ("redis.maxMemory", "512Mi", {"ConfigMap/redis-config", "StatefulSet/redis"}, {"StatefulSet/redis"}),
        ("postgres.storage", "60Gi", {"PersistentVolumeClaim/postgres-data"}, set()),
        ("storage.media", "30Gi", {"PersistentVolumeClaim/media"}, set()),
        ("edge.tls.issuer", "staging", {"Issuer/letsencrypt"}, set()),
        ("edge.namespace", "gateways", {"NetworkPolicy/from-edge"}, set()),
        ("monitoring.namespace", "observability", {"NetworkPolicy/api"}, set()),
        (
            "hosts.site",
            ["staging.example.com"],
            CONFIG | DJANGO | ROUTES | {"HTTPRoute/smarthr360-site"},
            DJANGO,
        ),
        (
            "secrets.redisPassword",
            Secret("another-redis-password-altogether"),
            {"Secret/smarthr360-secrets", "Secret/redis-secrets", "StatefulSet/redis"} | DJANGO,
            {"StatefulSet/redis"} | DJANGO,
        ),
    ],
)
def test_one_value_changes_what_uses_it_and_nothing_else(
    staging: Program, tmp_path: Path, path: str, value: object, changed: set[str], rolled: set[str]
) -> None:
    after = run_program(change(good_config("staging"), path, value), tmp_path, "staging")

    assert difference(staging, after) == (changed, rolled)


def test_no_change_changes_nothing(staging: Program, tmp_path: Path) -> None:
    assert difference(staging, run_program(good_config("staging"), tmp_path, "staging")) == (set(), set())


def test_an_edit_of_one_stack_file_changes_that_stack_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = STACKS
    before = {name: run_program(good_config(name), tmp_path, name) for name in names}
    for name in names:
        text = (stacks.ROOT / f"Pulumi.{name}.yaml").read_text()
        edited = text.replace("replicas: 2", "replicas: 4") if name == "staging" else text
        (tmp_path / f"Pulumi.{name}.yaml").write_text(edited)
    monkeypatch.setattr(stacks, "ROOT", tmp_path)

    after = {name: run_program(good_config(name), tmp_path, name) for name in names}

    assert difference(before["dev"], after["dev"]) == (set(), set())
    assert difference(before["staging"], after["staging"]) == ({"Deployment/smarthr360-worker"}, set())
    assert difference(before["production"], after["production"]) == (set(), set())
