"""Secrets from a secret manager: what is made, for whom, and that Pulumi then holds none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.secrets.contents import NAMES, contents
from components.settings import ApplicationSecrets, ArgoCdSecrets, Secrets
from manifests.fingerprints import Fingerprints
from snapshot import stack_config
from tests.support.external_secrets import (
    CLOUD,
    DOCUMENT,
    REDIS_PASSWORDS,
    REGISTRY,
    FakeManager,
    made_by_python,
    of_cloud,
)
from tests.support.program import Program, run_program
from tests.support.stacks import Secret, good_config, with_gitops

EXTERNAL = {"store": "existing", "clusterStore": "vault", "refresh": "30m", "key": "teams/hr-staging"}


@pytest.fixture(scope="module")
def existing(tmp_path_factory: pytest.TempPathFactory) -> Program:
    config = good_config("staging") | {"externalSecrets": EXTERNAL, "secrets": {"gitToken": Secret("not-a-real-token")}}
    return run_program(config, tmp_path_factory.mktemp("existing"), "staging")


def of_kind(found: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {item["metadata"]["name"]: item for item in found if item["kind"] == kind}


def test_each_secret_is_made_by_the_operator_under_the_name_and_keys_that_pulumi_gives_it(existing: Program) -> None:
    found = of_kind(existing.manifests(), "ExternalSecret")

    assert set(found) == set(vars(NAMES).values())
    assert of_kind(existing.manifests(), "Secret") == {}
    for content in contents(*REGISTRY):
        target = found[content.name]["spec"]["target"]
        assert (target["name"], target["creationPolicy"], target["deletionPolicy"]) == (content.name, "Owner", "Retain")
        assert target["template"]["type"] == content.type
        assert target["template"]["data"].keys() == content.data.keys()
        assert found[content.name]["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Ready"


def test_a_store_that_is_there_is_used_as_the_stack_says(existing: Program) -> None:
    for found in of_kind(existing.manifests(), "ExternalSecret").values():
        assert found["spec"]["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "vault"}
        assert found["spec"]["refreshInterval"] == "30m"
        assert found["spec"]["dataFrom"] == [{"extract": {"key": "teams/hr-staging"}}]
    assert not of_kind(existing.manifests(), "SecretStore")
    assert set(of_kind(existing.manifests(), "ServiceAccount")) == {"smarthr360-sa", "smarthr360-rotation"}


@pytest.mark.parametrize("provider", CLOUD)
def test_a_cloud_s_secret_is_read_by_one_service_account_without_a_key(provider: str) -> None:
    manager = FakeManager(CLOUD[provider])
    made = of_cloud(CLOUD[provider], manager=manager)
    (store,), (reader,) = (of_kind(made, kind).values() for kind in ("SecretStore", "ServiceAccount"))

    assert manager.asked == [("smarthr360-staging", "smarthr360-secrets-reader", "smarthr360/staging")]
    assert reader["metadata"]["annotations"]["example.com/identity"] == "reader@example.com"
    assert reader["automountServiceAccountToken"] is False
    assert store["spec"] == {"provider": CLOUD[provider]}
    assert "secretRef" not in json.dumps(made).lower()
    for found in of_kind(made, "ExternalSecret").values():
        assert found["spec"]["secretStoreRef"] == {"kind": "SecretStore", "name": store["metadata"]["name"]}
        assert found["spec"]["refreshInterval"] == "1h"
        assert found["spec"]["dataFrom"] == [{"extract": {"key": "smarthr360-staging"}}]


@pytest.mark.parametrize("password", REDIS_PASSWORDS)
def test_redis_reads_its_password_as_it_is(password: str) -> None:
    line = made_by_python({**DOCUMENT, "redisPassword": password})["redis-secrets/auth.conf"]
    command, _, quoted = line.partition(" ")

    assert command == "requirepass"
    assert (quoted[0], quoted[-2:]) == ('"', '"\n')
    assert bytes.fromhex(quoted[1:-2].replace("\\x", "")).decode() == password


@pytest.mark.parametrize("delivery", ["direct", "gitops"])
def test_git_holds_neither_secret_nor_external_secret(tmp_path: Path, delivery: str) -> None:
    config = good_config("staging") if delivery == "direct" else with_gitops(good_config("staging"))
    config = config | {"externalSecrets": EXTERNAL, "secrets": {"slackToken": Secret("not-a-real-slack-token")}}
    program = run_program(config, tmp_path, "staging")

    assert not {"Secret", "ExternalSecret", "SecretStore"} & {found["kind"] for found in program.files()}
    assert len(of_kind(program.applied(), "ExternalSecret")) == 4


def test_the_application_s_secrets_and_argo_cd_s_are_apart_and_together() -> None:
    assert not ApplicationSecrets.model_fields.keys() & ArgoCdSecrets.model_fields.keys()
    assert Secrets.model_fields.keys() == ApplicationSecrets.model_fields.keys() | ArgoCdSecrets.model_fields.keys()
    used = {value.field for content in contents(*REGISTRY) for value in content.data.values()}
    assert used == ApplicationSecrets.model_fields.keys()


@pytest.mark.parametrize("external", [None, EXTERNAL])
def test_a_preview_without_secrets_makes_up_those_that_the_stack_has(
    tmp_path: Path, external: Mapping[str, str] | None
) -> None:
    from components.settings import Settings

    file = tmp_path / "Pulumi.staging.yaml"
    more = {"smarthr360:externalSecrets": external} if external else {}
    file.write_text(json.dumps({"config": {"smarthr360:gitops": {"slack": {"channel": "a"}}, **more}}))
    raw, encrypted = stack_config.read(file, Settings, Fingerprints(b"key"), tmp_path)

    assert "smarthr360:secrets" in encrypted
    made = json.loads(raw["smarthr360:secrets"]).keys()
    assert "slackToken" in made
    assert ("dbPassword" in made) == (external is None)
