"""What the program makes of a stack's settings, read from what it asks the engine for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from tests.support.program import Program, run_program
from tests.support.stacks import STACKS, good_config, secrets, texts


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Program]:
    folder = tmp_path_factory.mktemp("programs")
    return {stack: run_program(good_config(stack), folder, stack) for stack in STACKS}


def pods(program: Program) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each workload's name and pod spec."""
    for entry in program.objects():
        if "template" in entry.inputs.get("spec", {}):
            yield entry.inputs["metadata"]["name"], entry.inputs["spec"]["template"]["spec"]


@pytest.mark.parametrize("stack", STACKS)
def test_the_namespace_refuses_what_is_not_restricted(programs: Mapping[str, Program], stack: str) -> None:
    config = good_config(stack)
    labels = programs[stack].object("Namespace", str(config["namespace"]))["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert labels["smarthr360.com/environment"] == config["environment"]
    assert labels["smarthr360.com/stack"] == stack


@pytest.mark.parametrize("stack", STACKS)
def test_everything_else_is_in_that_namespace(programs: Mapping[str, Program], stack: str) -> None:
    namespaces = {
        entry.inputs["metadata"].get("namespace")
        for entry in programs[stack].objects()
        if entry.inputs["kind"] not in ("Namespace", "PriorityClass")
    }
    assert len(namespaces) == 1
    assert None not in namespaces


@pytest.mark.parametrize("stack", STACKS)
def test_every_object_has_one_field_manager_so_that_a_second_try_does_not_conflict(
    programs: Mapping[str, Program], stack: str
) -> None:
    for entry in programs[stack].objects():
        annotations = entry.inputs["metadata"]["annotations"]
        assert annotations["pulumi.com/patchFieldManager"] == "smarthr360-pulumi", entry.name
        assert annotations["pulumi.com/patchForce"] == "true", entry.name


@pytest.mark.parametrize("stack", STACKS)
def test_every_pod_has_no_token_and_is_probed_where_it_listens(programs: Mapping[str, Program], stack: str) -> None:
    every = dict(pods(programs[stack]))
    names = ("api", "worker", "beat", "nginx")
    assert set(every) == {"postgres", "redis", *(f"smarthr360-{name}" for name in names)}
    for name, pod in every.items():
        assert pod["automountServiceAccountToken"] is False, name
        if name not in ("smarthr360-worker", "smarthr360-beat"):  # these listen nowhere
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= pod["containers"][0].keys()


@pytest.mark.parametrize("stack", STACKS)
def test_secret_values_are_in_secrets_only_and_marked_as_secret(programs: Mapping[str, Program], stack: str) -> None:
    values = set(secrets(good_config(stack)))
    holding = [
        entry
        for entry in programs[stack].resources
        if any(value in text for text in texts(entry.inputs) for value in values)
    ]
    assert {entry.inputs["kind"] for entry in holding} == {"Secret"}
    assert len(holding) == 3
    for entry in holding:
        # 1b47... is Pulumi's mark of a secret.
        assert "1b47061264138c4ac30d75fd1eb44270" in set(texts(entry.inputs["stringData"]))


def test_the_autoscaler_owns_the_apis_replicas(programs: Mapping[str, Program]) -> None:
    bounds = {"dev": (1, 3), "staging": (2, 5), "production": (3, 10)}
    for stack, expected in bounds.items():
        autoscaler = programs[stack].object("HorizontalPodAutoscaler", "smarthr360-api")["spec"]
        assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == expected
        assert autoscaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "smarthr360-api"}
        assert "replicas" not in programs[stack].object("Deployment", "smarthr360-api")["spec"]


def test_the_config_map_says_what_the_environment_is(programs: Mapping[str, Program]) -> None:
    production = programs["production"].object("ConfigMap", "smarthr360-config")["data"]

    assert production["DEBUG"] == "false"
    assert production["LOG_LEVEL"] == "WARNING"
    assert production["ALLOWED_HOSTS"].split(",") == [
        "smarthr360.com",
        "www.smarthr360.com",
        "api.smarthr360.com",
        "localhost",
    ]
    assert production["SECURE_HSTS_SECONDS"] == "31536000"
    assert production["GUNICORN_TIMEOUT"] == "120"
    assert production["AUTO_MIGRATE"] == "false"
    assert not [key for key in production if "PASSWORD" in key or "SECRET" in key]
    assert programs["dev"].object("ConfigMap", "smarthr360-config")["data"]["DEBUG"] == "true"


def test_a_changed_value_rolls_the_pods_that_read_it_and_no_others(
    programs: Mapping[str, Program], tmp_path: Path
) -> None:
    config = good_config("dev")
    config["app"] = {**config["app"], "logLevel": "ERROR"}  # type: ignore[dict-item]
    changed = run_program(config, tmp_path)

    for kind, name, rolls in (
        ("Deployment", "smarthr360-api", True),
        ("StatefulSet", "redis", False),
        ("StatefulSet", "postgres", False),
    ):
        before = programs["dev"].object(kind, name)["spec"]["template"]
        after = changed.object(kind, name)["spec"]["template"]
        assert (before != after) is rolls, name


def test_redis_never_evicts_and_asks_for_its_password(programs: Mapping[str, Program]) -> None:
    redis_conf = programs["dev"].object("ConfigMap", "redis-config")["data"]["redis.conf"].splitlines()
    pod = dict(pods(programs["dev"]))["redis"]
    container = pod["containers"][0]

    assert "maxmemory-policy noeviction" in redis_conf
    assert "maxmemory 1073741824" in redis_conf
    assert "appendonly yes" in redis_conf
    assert "include /etc/redis-secret/auth.conf" in redis_conf
    assert container["command"] == ["redis-server", "/etc/redis/redis.conf"]
    mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    volume = next(volume for volume in pod["volumes"] if volume["name"] == mounted["/etc/redis-secret"])
    assert volume["secret"]["secretName"] == "redis-secrets"


def test_postgres_keeps_its_data_in_a_subdirectory_of_a_claim_of_the_stacks_size(
    programs: Mapping[str, Program],
) -> None:
    for stack, size in {"dev": "10Gi", "staging": "50Gi", "production": "100Gi"}.items():
        claim = programs[stack].object("PersistentVolumeClaim", "postgres-data")["spec"]
        assert claim["resources"]["requests"] == {"storage": size}
        assert claim["accessModes"] == ["ReadWriteOnce"]
        assert claim["storageClassName"] == "smarthr360-rwo"
    server = programs["dev"].object("StatefulSet", "postgres")["spec"]
    assert "volumeClaimTemplates" not in server
    container = server["template"]["spec"]["containers"][0]
    environment = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert environment["PGDATA"] == "/var/lib/postgresql/data/pgdata"
    assert environment["POSTGRES_PASSWORD"] is None


def test_the_api_is_probed_and_reached_as_its_facts_say(programs: Mapping[str, Program]) -> None:
    container = dict(pods(programs["production"]))["smarthr360-api"]["containers"][0]
    service = programs["production"].object("Service", "smarthr360-api")["spec"]

    paths = {
        probe: container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {
        "startupProbe": "/api/health/alive/",
        "livenessProbe": "/api/health/alive/",
        "readinessProbe": "/api/health/ready/",
    }
    assert container["livenessProbe"]["httpGet"]["httpHeaders"] == [{"name": "Host", "value": "localhost"}]
    assert service["ports"] == [{"name": "http", "port": 8000, "targetPort": "http"}]


def test_every_pod_of_the_api_gets_requests_unless_the_stack_wants_addresses_to_stay(
    programs: Mapping[str, Program], tmp_path: Path
) -> None:
    for program in programs.values():
        assert "sessionAffinity" not in program.object("Service", "smarthr360-api")["spec"]
    config = good_config("production")
    api = config["api"]
    assert isinstance(api, dict)
    program = run_program(config | {"api": {**api, "sessionAffinity": True}}, tmp_path, "production")
    service = program.object("Service", "smarthr360-api")["spec"]

    assert service["sessionAffinity"] == "ClientIP"
    assert service["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 3600}}
    # An affinity of other Services would hide pods as well.
    others = (entry.inputs["spec"] for entry in program.objects() if entry.inputs["kind"] == "Service")
    assert sum("sessionAffinity" in spec for spec in others) == 1


def test_parallel_queries_have_memory_of_the_databases_own(programs: Mapping[str, Program], tmp_path: Path) -> None:
    def shared(program: Program) -> object:
        pod = dict(pods(program))["postgres"]
        (container,) = pod["containers"]
        (mount,) = (found for found in container["volumeMounts"] if found["mountPath"] == "/dev/shm")
        (volume,) = (found for found in pod["volumes"] if found["name"] == mount["name"])
        return volume["emptyDir"]

    assert shared(programs["dev"]) == {"medium": "Memory", "sizeLimit": "256Mi"}
    config = good_config("dev")
    postgres = config["postgres"]
    assert isinstance(postgres, dict)
    config["postgres"] = {**postgres, "sharedMemory": "0.5Gi"}
    assert shared(run_program(config, tmp_path)) == {"medium": "Memory", "sizeLimit": "512Mi"}
    # No other pod has a volume in memory, which would count in its limit unseen.
    for name, pod in pods(programs["production"]):
        in_memory = [volume for volume in pod["volumes"] if volume.get("emptyDir", {}).get("medium")]
        assert bool(in_memory) == (name == "postgres"), name


def test_shared_memory_that_would_eat_up_the_databases_limit_is_refused(tmp_path: Path) -> None:
    config = good_config("dev")
    postgres = config["postgres"]
    assert isinstance(postgres, dict)
    config["postgres"] = {**postgres, "sharedMemory": "1100Mi"}
    with pytest.raises(pulumi.RunError) as refused:
        run_program(config, tmp_path)
    sentence = "smarthr360:postgres.sharedMemory: 1100Mi is above half of resources.memory.limit 2Gi"
    assert str(refused.value) == sentence


def test_no_object_is_made_with_a_default_provider(programs: Mapping[str, Program]) -> None:
    providers = [entry for entry in programs["dev"].resources if entry.type == "pulumi:providers:kubernetes"]
    assert [provider.inputs["context"] for provider in providers] == ["nowhere"]
    assert "token" not in str(providers[0].inputs)


@pytest.mark.parametrize(
    ("content", "context", "sentence"),
    [
        (None, "nowhere", "can't be read (No such file or directory); for the embedded cluster run `make cluster-up`"),
        ("[]", "nowhere", "is not a kubeconfig (no list of contexts)"),
        ("{", "nowhere", "is not a kubeconfig (no list of contexts)"),
        (
            yaml.safe_dump({"contexts": [{"name": "a"}, {"name": "b"}]}),
            "c",
            "has no context 'c'; set smarthr360:cluster.existing.context to one of: a, b",
        ),
    ],
)
def test_a_kubeconfig_that_cant_work_is_refused_in_words(
    tmp_path: Path, content: str | None, context: str, sentence: str
) -> None:
    path = tmp_path / "its-kubeconfig"
    if content is not None:
        path.write_text(content)
    config = good_config("dev")
    config["cluster"] = {"existing": {"kubeconfig": str(path), "context": context}}

    with pytest.raises(pulumi.RunError) as refused:
        run_program(config, tmp_path)

    assert sentence in str(refused.value)
    assert str(path) in str(refused.value)
