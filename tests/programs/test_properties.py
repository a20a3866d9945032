"""Whatever settings the models accept, the program makes an environment that holds together."""

from __future__ import annotations

import copy
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import policy
from components.environment.metadata import SECRET_CHECKSUM
from manifests.fingerprints import Fingerprints
from snapshot import requested
from tests.support.made_up import Config, configs
from tests.support.program import Program, run_program
from tests.support.references import dangling, workloads
from tests.support.stacks import Secret, good_config, secrets, texts


def holding(program: Program, values: set[str]) -> set[str]:
    """What of the program's resources has a secret value in it: kinds, or type tokens."""
    return {
        entry.inputs.get("kind", entry.type)
        for entry in program.resources
        if any(value in text for text in texts(entry.inputs) for value in values)
    }


def by_identity(manifests: list[dict[str, Any]]) -> dict[tuple[str, str, str | None], dict[str, Any]]:
    """Manifests by kind, name and namespace, without annotations that only one way of delivery has.

    These tell the applier how to apply; or they roll pods, where Git may not hold what they are made from.
    """
    return {
        (found["kind"], found["metadata"]["name"], found["metadata"].get("namespace")): {
            **without_secret_checksum(found),
            "metadata": {
                **found["metadata"],
                "annotations": {
                    key: value
                    for key, value in found["metadata"]["annotations"].items()
                    if not key.startswith(("pulumi.com/", "argocd.argoproj.io/"))
                },
            },
        }
        for found in manifests
    }


def without_secret_checksum(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest whose pods nothing rolls when a secret changes."""
    made = copy.deepcopy(manifest)
    made.get("spec", {}).get("template", {}).get("metadata", {}).get("annotations", {}).pop(SECRET_CHECKSUM, None)
    return made


def password_of_redis(objects: list[dict[str, Any]]) -> str:
    """What Redis reads from its Secret: one line, and in double quotes bytes by their hexadecimal numbers."""
    (secret_,) = [item for item in objects if item["metadata"]["name"] == "redis-secrets"]
    line = re.fullmatch(r'requirepass "((?:[\w-]|\\x[0-9a-f]{2})*)"\n', secret_["stringData"]["auth.conf"], re.ASCII)
    assert line
    return line[1].encode().decode("unicode_escape").encode("latin-1").decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


@given(configs(), st.sampled_from(["gitops", "render"]))
@settings(
    max_examples=150,
    deadline=None,
    derandomize="CI" in os.environ,  # the same examples in every run, so that a red build is red again
    suppress_health_check=[HealthCheck.too_slow],
)
def test_whatever_the_models_accept_holds_together(folder: Path, made: tuple[str, Config], delivery: str) -> None:
    """Each configuration is delivered directly, and by Argo CD or as files only.

    150 of them are enough: what breaks is one value, or a few together. Drawn evenly, three choices of two each are
    missed by all 150 once in 500 million runs, five once in a hundred; and outside of CI every run makes up others.
    """
    environment, config = made
    program = run_program(config, folder, environment)
    objects = program.manifests()

    assert dangling(objects) == []
    assert holding(program, set(secrets(config))) == {"Secret"}
    assert len(workloads(objects)) == 6
    asked = requested.objects(program.resources, environment, Fingerprints(b"k" * 32), environment)
    assert [broken for broken in policy.check(asked, exemptions=()) if broken.policy.startswith("pods-")] == []
    assert password_of_redis(objects) == config["secrets"]["redisPassword"].text
    beat = program.object("Deployment", "smarthr360-beat")["spec"]
    assert (beat["replicas"], beat["strategy"]) == (1, {"type": "Recreate"})
    scaled = {item["spec"]["scaleTargetRef"]["name"] for item in objects if item["kind"] == "HorizontalPodAutoscaler"}
    assert {item["metadata"]["name"] for item in workloads(objects) if "replicas" not in item["spec"]} == scaled
    assert "smarthr360-beat" not in scaled

    delivered = run_program(config | {"delivery": delivery}, folder, environment)
    by_pulumi = {key: found for key, found in by_identity(objects).items() if key[0] not in ("Namespace", "Secret")}
    assert by_identity(delivered.files()) == by_pulumi
    applied = {found["kind"] for found in delivered.applied()}
    assert applied == (
        {"AppProject", "Application", "Namespace", "Secret"}
        | {"CronJob", "ServiceAccount", "Role", "RoleBinding", "NetworkPolicy"}
        if delivery == "gitops"
        else set()
    )
    assert holding(delivered, set(secrets(config))) == {"Secret"} & applied
    assert dangling(delivered.manifests()) == []


@pytest.mark.parametrize(
    "password",
    [
        "sixteen-letters-",
        "with a space and 'both\" quotes",
        "# with a comment",
        "Passwörter, 密码",
    ],
)
def test_redis_reads_the_very_password_that_the_application_gets(folder: Path, password: str) -> None:
    config = good_config("dev")
    config["secrets"] = {**config["secrets"], "redisPassword": Secret(password + "x" * 16)}  # type: ignore[dict-item]
    objects = run_program(config, folder).manifests()

    assert password_of_redis(objects) == password + "x" * 16
