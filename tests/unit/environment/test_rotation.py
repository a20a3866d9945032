"""What rolls pods when a Secret of theirs changes: a checksum where Pulumi knows, a CronJob where it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.environment import roll
from components.environment.metadata import SECRET_CHECKSUM
from components.secrets.contents import contents
from components.settings import ApplicationSecrets
from tests.support.external_secrets import DOCUMENT, REGISTRY
from tests.support.program import Program, run_program
from tests.support.stacks import Secret, good_config, with_gitops

READERS = {
    "smarthr360-api": "smarthr360-secrets",
    "smarthr360-worker": "smarthr360-secrets",
    "smarthr360-beat": "smarthr360-secrets",
    "redis": "redis-secrets",
}
"""What reads a Secret at its start, and which; PostgreSQL reads its own only when it makes its database."""

VAULT = {"externalSecrets": {"store": "existing", "clusterStore": "vault"}, "secrets": {}}


def checksums(program: Program) -> dict[str, str | None]:
    return {
        found["metadata"]["name"]: found["spec"]["template"]["metadata"].get("annotations", {}).get(SECRET_CHECKSUM)
        for found in program.manifests()
        if found["kind"] in ("Deployment", "StatefulSet")
    }


def changed(config: dict[str, object], key: str, value: str) -> dict[str, object]:
    own = config["secrets"]
    assert isinstance(own, dict)
    return {**config, "secrets": {**own, key: Secret(value)}}


def test_where_pulumi_knows_and_applies_a_changed_secret_rolls_what_reads_it_and_nothing_else(tmp_path: Path) -> None:
    config = good_config("staging")
    before = checksums(run_program(config, tmp_path, "staging"))
    redis = checksums(run_program(changed(config, "redisPassword", "another-redis-password"), tmp_path, "staging"))
    pull = checksums(run_program(changed(config, "registryToken", "another-token"), tmp_path, "staging"))

    assert {name for name, found in before.items() if found} == READERS.keys()
    assert {name for name in before if before[name] != redis[name]} == READERS.keys()  # the application has it, too
    assert before == pull
    assert before == checksums(run_program(config, tmp_path, "staging"))


def test_a_checksum_can_t_be_guessed_from_a_short_secret() -> None:
    """Somebody who tries out passwords would need Django's key as well."""
    (redis,) = (content for content in contents(*REGISTRY) if content.suffix == "redis")
    one, other = (
        ApplicationSecrets.model_validate({**DOCUMENT, "secretKey": key * 50, "redisPassword": "hunter2" * 3})
        for key in "ab"
    )
    assert redis.checksum(one) != redis.checksum(other)
    assert redis.checksum(one) == redis.checksum(one)


@pytest.mark.parametrize("external", [False, True])
@pytest.mark.parametrize("delivery", ["direct", "gitops"])
def test_elsewhere_a_job_looks_and_git_holds_no_checksum(tmp_path: Path, delivery: str, external: bool) -> None:
    config = good_config("staging")
    if external:
        config |= VAULT
    if delivery == "gitops":
        config = with_gitops(config)
    program = run_program(config, tmp_path, "staging")
    jobs = [found for found in program.applied() if found["kind"] == "CronJob"]

    known = delivery == "direct" and not external
    assert len(jobs) == (0 if known else 1)
    assert any(checksums(program).values()) is known
    assert "CronJob" not in {found["kind"] for found in program.files()}


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return run_program(with_gitops(good_config("staging")), tmp_path_factory.mktemp("rotation"), "staging")


def test_the_job_knows_every_workload_that_reads_a_secret_at_its_start(delivered: Program) -> None:
    job = delivered.object("CronJob", "smarthr360-rotation")
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    lines = {variable["name"]: variable["value"] for variable in container["env"]}["WORKLOADS"].splitlines()
    kinds = {
        found["metadata"]["name"]: f"{found['kind'].lower()}s"
        for found in delivered.manifests()
        if "template" in found.get("spec", {})
    }

    assert {line.split()[0]: line.split()[1] for line in lines} == {
        f"{kinds[name]}/{name}": secret for name, secret in READERS.items()
    }
    assert container["command"] == ["python", "-c", Path(roll.__file__).read_text()]


def test_the_job_is_allowed_to_read_and_roll_these_by_name_and_nothing_else(delivered: Program) -> None:
    rules = delivered.object("Role", "smarthr360-rotation")["rules"]

    assert [(rule["resources"], sorted(rule["resourceNames"]), rule["verbs"]) for rule in rules] == [
        (["secrets"], ["redis-secrets", "smarthr360-secrets"], ["get"]),
        (["deployments"], ["smarthr360-api", "smarthr360-beat", "smarthr360-worker"], ["get", "patch"]),
        (["statefulsets"], ["redis"], ["get", "patch"]),
    ]


class Api:
    """An API server with one Secret and one Deployment."""

    def __init__(self, fields: list[tuple[str, str]], annotations: dict[str, str]) -> None:
        entries = [{"time": time, "fieldsV1": {field: {}}} for field, time in fields]
        self.secret = {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": entries}}
        self.deployment: dict[str, Any] = {
            "metadata": {"creationTimestamp": "2026-01-02T00:00:00Z"},
            "spec": {"template": {"metadata": {"annotations": annotations}}},
        }
        self.patches: list[Any] = []

    def ask(self, path: str, body: Any = None) -> Any:
        if body:
            assert path == "/apis/apps/v1/namespaces/here/deployments/a?fieldManager=smarthr360-rotation"
            self.patches.append(body["spec"]["template"]["metadata"]["annotations"])
        return self.secret if path == "/api/v1/namespaces/here/secrets/s" else self.deployment


@pytest.mark.parametrize(
    ("fields", "annotations", "rolled"),
    [
        ([], {}, False),
        ([("f:data", "2026-01-01T00:00:00Z")], {}, False),
        ([("f:data", "2026-01-03T00:00:00Z")], {}, True),
        ([("f:stringData", "2026-01-03T00:00:00Z")], {}, True),
        ([("f:metadata", "2026-01-03T00:00:00Z")], {}, False),
        ([("f:data", "2026-01-03T00:00:00Z")], {roll.ANNOTATION: "2026-01-03T00:00:00Z"}, False),
        ([("f:data", "2026-01-04T00:00:00Z")], {roll.ANNOTATION: "2026-01-03T00:00:00Z"}, True),
    ],
)
def test_what_began_before_its_secret_changed_is_rolled_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fields: list[tuple[str, str]],
    annotations: dict[str, str],
    rolled: bool,
) -> None:
    (tmp_path / "namespace").write_text("here")
    monkeypatch.setenv("ACCOUNT", str(tmp_path))
    monkeypatch.setenv("WORKLOADS", "deployments/a s")
    api = Api(fields, annotations)
    monkeypatch.setattr(roll, "ask", api.ask)
    roll.main()

    assert api.patches == ([{roll.ANNOTATION: fields[0][1]}] if rolled else [])
