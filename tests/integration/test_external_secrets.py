"""External Secrets' objects against its own definitions, and its templates against Go's own engine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from components.secrets.contents import Value, contents
from components.settings import ApplicationSecrets
from tests.integration.embedded import Cluster
from tests.support.external_secrets import CLOUD, DOCUMENT, REDIS_PASSWORDS, REGISTRY, made_by_python, of_cloud
from tools.engine import ensure


def filled_in(templates: list[tuple[str, Mapping[str, str]]]) -> list[dict[str, str]]:
    """What Go's template engine makes of each, as the operator runs it."""
    asked = json.dumps([{"template": template, "data": data} for template, data in templates])
    program = ensure("templates")["go-templates"]
    done = subprocess.run([program], input=asked, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def values() -> Iterator[tuple[str, Value]]:
    for content in contents(*REGISTRY):
        for key, value in content.data.items():
            yield f"{content.name}/{key}", value


@pytest.mark.parametrize("password", REDIS_PASSWORDS)
def test_both_sources_make_the_same_secrets(password: str) -> None:
    document = {**DOCUMENT, "redisPassword": password, "registryToken": password}
    found = filled_in([(value.go_template, document) for _, value in values()])

    assert [answer["error"] for answer in found] == [""] * len(found)
    assert {key: answer["text"] for (key, _), answer in zip(values(), found, strict=True)} == made_by_python(document)


def test_both_sources_refuse_the_same() -> None:
    wrong = [
        "",
        "short",
        "with a line break\n" * 10,
        "\x7f" * 60,
        "\x9f" * 60,
        "pg_admin",
        "public",
        "n" * 63,
        "n" * 64,
        "ü" * 32,
    ]
    bad = dict.fromkeys(DOCUMENT, wrong)
    cases = [(value, wrong) for _, value in values() for wrong in bad[str(alias(value))]]
    found = filled_in([(value.go_template, {**DOCUMENT, str(alias(value)): wrong}) for value, wrong in cases])

    for (value, text), answer in zip(cases, found, strict=True):
        document = {**DOCUMENT, str(alias(value)): text}
        try:
            ApplicationSecrets.model_validate(document)
        except ValueError:
            assert f"{alias(value)}: allowed is " in answer["error"]
            assert text not in answer["error"] or not text
        else:
            assert answer["error"] == ""
    assert any(answer["error"] for answer in found)
    assert not all(answer["error"] for answer in found)


def test_only_what_is_optional_may_be_missing_in_the_document() -> None:
    cases = list(values())
    found = filled_in(
        [(value.go_template, {k: v for k, v in DOCUMENT.items() if k != alias(value)}) for _, value in cases]
    )

    missing = {alias(value) for (_, value), answer in zip(cases, found, strict=True) if not answer["error"]}
    assert missing == {"sentryDsn", "elasticApmSecretToken"}


def alias(value: Value) -> str | None:
    return ApplicationSecrets.model_fields[value.field].alias


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster.running(tmp_path_factory.mktemp("external-secrets")) as made:
        made.kubectl("create", "namespace", "smarthr360-staging")
        yield made


def apply(cluster: Cluster, manifest: dict[str, Any], code: int = 0) -> str:
    body = yaml.safe_dump(manifest)
    return cluster.kubectl("apply", "--server-side", "--validate=strict", "--filename=-", body=body, code=code)


@pytest.mark.parametrize("provider", CLOUD)
def test_the_api_server_takes_what_we_make_for_each_cloud_and_says_that_it_is_ready(
    cluster: Cluster, provider: str
) -> None:
    objects = of_cloud(CLOUD[provider])
    assert len(objects) == 6
    for found in objects:
        apply(cluster, found)
    for kind in ("secretstores", "externalsecrets"):
        cluster.kubectl("wait", "-n", "smarthr360-staging", kind, "--all", "--for=condition=Ready", "--timeout=30s")


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("ExternalSecret", ("refreshIntervall",), "1h"),
        ("ExternalSecret", ("target", "creationPolicy"), "owner"),
        ("ExternalSecret", ("target", "deletionPolicy"), "Keep"),
        ("ExternalSecret", ("target", "template", "engineVersion"), "v1"),
        ("SecretStore", ("provider", "aws", "service"), "SecretManager"),
        ("SecretStore", ("provider", "aws", "regoin"), "eu-west-3"),
    ],
)
def test_the_api_server_refuses_a_slip(cluster: Cluster, kind: str, path: tuple[str, ...], value: str) -> None:
    found = next(item for item in of_cloud(CLOUD["aws"]) if item["kind"] == kind)
    place = found["spec"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert path[-1] in apply(cluster, found, code=1)
