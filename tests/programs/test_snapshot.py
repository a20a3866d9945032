"""What a revision asks for is found out from its own code, and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from manifests.fingerprints import without_fingerprints
from snapshot import collect, requested
from snapshot.model import Object, Owner, Snapshot
from snapshot.revision import WORK_TREE
from tests.support.previews import KEY, by_title
from tests.support.stacks import ROOT, STACKS, texts


@pytest.fixture(scope="module")
def taken(program: Path) -> Mapping[str, Snapshot]:
    return {stack: requested.snapshot(program, stack, "here", KEY) for stack in STACKS}


@pytest.fixture(params=STACKS)
def found(request: pytest.FixtureRequest, taken: Mapping[str, Snapshot]) -> Snapshot:
    return taken[request.param]


def rendered(stack: str) -> dict[tuple[str, str | None, str], Any]:
    """What is committed for Argo CD."""
    manifests = [yaml.safe_load(file.read_text()) for file in (ROOT / "rendered" / stack).rglob("*.yaml")]
    return {(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]): item for item in manifests}


def test_what_argo_cd_applies_is_object_by_object_what_the_real_provider_has_rendered(found: Snapshot) -> None:
    ours = {
        (item.kind, item.namespace, item.name): item.manifest for item in found.objects if item.owner is Owner.ARGO_CD
    }

    assert ours == rendered(found.stack)
    assert len(ours) > 30


def test_pulumi_applies_what_argo_cd_needs_and_the_secrets(found: Snapshot) -> None:
    kinds = {item.kind for item in found.objects if item.owner is Owner.PULUMI and item.namespace != "argocd"}

    job = {"CronJob", "ServiceAccount", "Role", "RoleBinding", "NetworkPolicy"}
    assert kinds == {"Namespace", "Secret", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"} | job
    assert not any(item.kind == "Secret" for item in found.objects if item.owner is Owner.ARGO_CD)


def test_an_object_says_what_makes_it_and_whether_it_is_protected(taken: Mapping[str, Snapshot]) -> None:
    dev, production = (by_title(taken[stack].objects) for stack in ("dev", "production"))

    assert production["Deployment smarthr360/smarthr360-api"].component == "workloads:Api"
    assert production["Secret smarthr360/smarthr360-secrets"].component == "environment:Secrets"
    assert production["AppProject argocd/production"].component == "delivery:Project"
    assert production["PersistentVolumeClaim smarthr360/media"].protected
    assert not production["Deployment smarthr360/smarthr360-api"].protected
    assert not dev["PersistentVolumeClaim smarthr360-dev/media"].protected


def test_a_urn_is_the_one_that_the_engine_gives(taken: Mapping[str, Snapshot]) -> None:
    secret = by_title(taken["dev"].objects)["Secret smarthr360-dev/redis-secrets"]

    assert secret.urn == (
        "urn:pulumi:dev::smarthr360::smarthr360:environment:Environment$smarthr360:environment:Secrets"
        "$kubernetes:core/v1:Secret::smarthr360-secrets-redis"
    )


def test_nothing_that_only_pulumi_reads_and_no_provider_is_among_the_objects(found: Snapshot) -> None:
    assert not any(key.startswith("pulumi.com/") for item in found.objects for key in texts(item.manifest))
    assert not any(item.type.startswith(("pulumi:", "smarthr360:")) for item in found.objects)


def test_objects_are_sorted_and_each_is_there_once(found: Snapshot) -> None:
    keys = [item.key for item in found.objects]

    assert keys == sorted(set(keys))


def test_a_process_of_its_own_finds_the_same_objects(program: Path, taken: Mapping[str, Snapshot]) -> None:
    def without_secrets(item: Object) -> Object:
        return replace(item, manifest=without_fingerprints(item.manifest))

    apart = collect.take(program, WORK_TREE, STACKS, "here")

    assert [found.problem for found in apart] == ["", "", ""]
    for found in apart:
        assert list(map(without_secrets, found.objects)) == list(map(without_secrets, taken[found.stack].objects))


OLD, NEW = "hunter2", "tr0ub4dor&3"
"""Short, as nobody should take them: from a plain digest they would be guessed at once."""


def test_what_the_process_of_a_revision_finds_out_arrives_whole(program: Path) -> None:
    [taken] = collect.take(program, WORK_TREE, ["production"])
    found = requested.snapshot(program, "production", WORK_TREE, KEY)

    known = [field.name for field in fields(Object) if field.name != "manifest"]
    assert [[getattr(item, name) for name in known] for item in taken.objects] == [
        [getattr(item, name) for name in known] for item in found.objects
    ]
    assert {item.environment for item in taken.objects} == {"production"}
