"""Whatever settings the models accept, the program makes an environment that holds together."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.program import Program, run_program
from tests.references import dangling, workloads
from tests.stacks import Secret, good_config, secrets, texts

Config = dict[str, object]

LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABELS, min_size=2, max_size=4).map(".".join)
TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}", fullmatch=True).filter(lambda tag: tag != "latest")
DIGESTS = st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True)
COUNTS = st.integers(1, 50)
PERCENTS = st.integers(1, 100)
CORES = st.integers(1, 64_000).map(lambda milli: (milli, f"{milli}m"))
SIZES = st.tuples(
    st.integers(1, 4096), st.sampled_from([("Mi", 2**20), ("Gi", 2**30), ("M", 10**6), ("G", 10**9)])
).map(lambda found: (found[0] * found[1][1], f"{found[0]}{found[1][0]}"))
VOLUMES = SIZES.map(lambda size: size[1])


def optional(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[Config]:
    """A section of which any key may be left to its default."""
    return st.fixed_dictionaries({}, optional=strategies)


def bounds(amounts: st.SearchStrategy[tuple[int, str]]) -> st.SearchStrategy[Config]:
    ordered = st.tuples(amounts, amounts).map(sorted)
    return ordered.map(lambda found: {"request": found[0][1], "limit": found[1][1]})


RESOURCES = st.fixed_dictionaries(
    {"cpu": bounds(CORES), "memory": bounds(SIZES)}, optional={"ephemeralStorage": bounds(SIZES)}
)


@st.composite
def counted(draw: st.DrawFn, kinds: tuple[str, ...]) -> Config:
    """How many pods there are, by a number or by an autoscaler, and a budget that leaves one to move."""
    kind = draw(st.sampled_from(kinds))
    if kind == "replicas":
        floor = draw(COUNTS)
        found: Config = {"replicas": floor}
    else:
        floor, most = sorted((draw(COUNTS), draw(COUNTS)))
        found = {"autoscaling": {"min": floor, "max": most, **draw(optional(cpu=PERCENTS, memory=PERCENTS))}}
    if floor > 1 and draw(st.booleans()):
        found["minAvailable"] = draw(st.integers(1, floor - 1))
    return found


def secret(name: str, length: int) -> st.SearchStrategy[Secret]:
    """Any text behind a beginning by which it is found again wherever it stands."""
    texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
    return texts.map(lambda text: Secret(f"not-a-real-{name}-{'x' * length}{text}"))


@st.composite
def configs(draw: st.DrawFn) -> tuple[str, Config]:
    """An environment, and a configuration for it that the models accept."""
    environment = draw(st.sampled_from(["dev", "staging", "production"]))
    debug = {"debug": st.booleans()} if environment != "production" else {}
    hosts = draw(st.lists(HOSTS, min_size=2, max_size=6, unique=True))
    half = draw(st.integers(1, len(hosts) - 1))
    workers = draw(st.none() | RESOURCES)
    config = good_config(environment) | {
        "namespace": draw(LABELS),
        "hosts": {"site": hosts[:half], "api": hosts[half:]},
        "images": {
            "tag": draw(TAGS),
            **draw(optional(registry=LABELS.map(lambda path: f"ghcr.io/{path.replace('-', '')}"))),
            "digests": draw(optional(api=DIGESTS, celery=DIGESTS, nginx=DIGESTS)),
        },
        "app": draw(optional(logLevel=st.sampled_from(["DEBUG", "INFO", "WARNING", "ERROR"]), **debug)),
        "api": {
            "resources": draw(RESOURCES),
            **draw(counted(("autoscaling",))),
            "gunicorn": draw(optional(workers=COUNTS, threads=COUNTS, timeout=COUNTS.map("{}s".format))),
        },
        "worker": {
            **draw(counted(("replicas", "autoscaling"))),
            **draw(optional(concurrency=COUNTS, maxTasksPerChild=COUNTS)),
            **({"resources": workers} if workers else {}),
        },
        "beat": draw(optional(resources=RESOURCES)),
        "nginx": {**draw(counted(("replicas",))), **draw(optional(resources=RESOURCES))},
        "storage": {"media": draw(VOLUMES), "mlModels": draw(VOLUMES), **draw(optional(logs=VOLUMES))},
        "edge": {
            "tls": {"issuer": draw(st.sampled_from(["staging", "prod"]))},
            **draw(optional(kind=st.sampled_from(["gateway", "ingress"]), className=LABELS, namespace=LABELS)),
        },
        "monitoring": draw(optional(operator=st.booleans(), namespace=LABELS)),
        "postgres": {"storage": draw(VOLUMES), **draw(optional(resources=RESOURCES))},
        "redis": draw(redis()),
        "secrets": draw(
            st.fixed_dictionaries(
                {
                    "secretKey": secret("django-key", 50),
                    "jwtSecretKey": secret("jwt-key", 32),
                    "dbUser": secret("user", 0),
                    "dbPassword": secret("database-password", 16),
                    "redisPassword": secret("redis-password", 16),
                    "registryToken": secret("registry-token", 1),
                },
                optional={
                    "sentryDsn": secret("dsn", 0),
                    "elasticApmSecretToken": secret("apm", 0),
                },
            )
        ),
    }
    return environment, config


REDIS_MEMORY = st.lists(SIZES, min_size=3, max_size=3, unique_by=lambda size: size[0]).map(sorted)


@st.composite
def redis(draw: st.DrawFn) -> Config:
    """Redis, which holds less than it may take."""
    found = draw(optional(storage=VOLUMES))
    if draw(st.booleans()):
        holds, request, limit = (text for _, text in draw(REDIS_MEMORY))
        found["maxMemory"] = holds
        found["resources"] = {**draw(RESOURCES), "memory": {"request": request, "limit": limit}}
    return found


def holding(program: Program, values: set[str]) -> set[str]:
    """What of the program's resources has a secret value in it: kinds, or type tokens."""
    return {
        entry.inputs.get("kind", entry.type)
        for entry in program.resources
        if any(value in text for text in texts(entry.inputs) for value in values)
    }


VOLUME_TYPES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def below_restricted(pod: Mapping[str, Any]) -> list[str]:
    """What keeps a pod spec from the Pod Security level `restricted`, in the words of its documentation."""
    own = pod.get("securityContext", {})
    containers = [*pod["containers"], *pod.get("initContainers", []), *pod.get("ephemeralContainers", [])]
    found = [name for name in ("hostNetwork", "hostPID", "hostIPC") if pod.get(name)]
    found += [f"volume {volume['name']}" for volume in pod.get("volumes", []) if not VOLUME_TYPES & volume.keys()]
    found += [name for name in ("sysctls", "seLinuxOptions", "windowsOptions", "appArmorProfile") if name in own]
    for container in containers:
        context = container.get("securityContext", {})
        both = {**own, **context}
        rules = {
            "privileged": not context.get("privileged", False),
            "allowPrivilegeEscalation": context.get("allowPrivilegeEscalation") is False,
            "capabilities.drop": "ALL" in context.get("capabilities", {}).get("drop", []),
            "capabilities.add": set(context.get("capabilities", {}).get("add", [])) <= {"NET_BIND_SERVICE"},
            "runAsNonRoot": both.get("runAsNonRoot") is True,
            "runAsUser": both.get("runAsUser") != 0,
            "seccompProfile": both.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost"),
            "procMount": context.get("procMount", "Default") == "Default",
            "hostPort": not any(port.get("hostPort") for port in container.get("ports", [])),
            "hostProbes": not any(
                "host" in probe.get("httpGet", {}) for key, probe in container.items() if "Probe" in key
            ),
            "options": not {"seLinuxOptions", "windowsOptions", "appArmorProfile"} & context.keys(),
        }
        found += [f"{container['name']}: {rule}" for rule, kept in rules.items() if not kept]
    return found


def password_of_redis(objects: list[dict[str, Any]]) -> str:
    """What Redis reads from its Secret: one line, and in double quotes bytes by their hexadecimal numbers."""
    (secret_,) = [item for item in objects if item["metadata"]["name"] == "redis-secrets"]
    line = re.fullmatch(r'requirepass "((?:[\w-]|\\x[0-9a-f]{2})*)"\n', secret_["stringData"]["auth.conf"], re.ASCII)
    assert line
    return line[1].encode().decode("unicode_escape").encode("latin-1").decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


@pytest.mark.property
@given(configs())
@settings(
    max_examples=500,
    deadline=None,
    derandomize="CI" in os.environ,  # the same examples in every run, so that a red build is red again
    suppress_health_check=[HealthCheck.too_slow],
)
def test_whatever_the_models_accept_holds_together(folder: Path, made: tuple[str, Config]) -> None:
    environment, config = made
    program = run_program(config, folder, environment)
    objects = program.manifests()

    assert dangling(objects) == []
    assert holding(program, set(secrets(config))) == {"Secret"}
    pods = {workload["metadata"]["name"]: workload["spec"]["template"]["spec"] for workload in workloads(objects)}
    assert len(pods) == 6
    assert {name: below_restricted(pod) for name, pod in pods.items() if below_restricted(pod)} == {}
    assert password_of_redis(objects) == config["secrets"]["redisPassword"].text  # type: ignore[index]
    beat = program.object("Deployment", "smarthr360-beat")["spec"]
    assert (beat["replicas"], beat["strategy"]) == (1, {"type": "Recreate"})
    scaled = {item["spec"]["scaleTargetRef"]["name"] for item in objects if item["kind"] == "HorizontalPodAutoscaler"}
    assert {item["metadata"]["name"] for item in workloads(objects) if "replicas" not in item["spec"]} == scaled
    assert "smarthr360-beat" not in scaled


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"securityContext": {}}, ["c: runAsNonRoot", "c: seccompProfile"]),
        ({"hostNetwork": True}, ["hostNetwork"]),
        ({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, ["volume v"]),
        ({"privileged": True}, ["c: privileged"]),
        ({"allowPrivilegeEscalation": None}, ["c: allowPrivilegeEscalation"]),
        ({"capabilities": {"drop": ["CHOWN"]}}, ["c: capabilities.drop"]),
        ({"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}}, ["c: capabilities.add"]),
        ({"runAsUser": 0}, ["c: runAsUser"]),
        ({"runAsNonRoot": False}, ["c: runAsNonRoot"]),
        ({"seccompProfile": {"type": "Unconfined"}}, ["c: seccompProfile"]),
        ({"ports": [{"hostPort": 80}]}, ["c: hostPort"]),
    ],
)
def test_a_pod_below_the_restricted_level_is_seen(change: dict[str, Any], found: list[str]) -> None:
    context: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container: dict[str, Any] = {"name": "c", "securityContext": context}
    pod: dict[str, Any] = {
        "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        "volumes": [{"name": "v", "emptyDir": {}}],
    }
    assert below_restricted(pod) == []

    (key,) = change
    target = pod if key in {"securityContext", "hostNetwork", "volumes"} else container if key == "ports" else context
    target |= change

    assert below_restricted(pod) == found


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


def test_a_secret_in_the_wrong_place_is_seen(folder: Path) -> None:
    program = run_program(good_config("dev"), folder)

    assert holding(program, {"not-a-real-redis-password"}) == {"Secret"}
    assert holding(program, {"config.settings.dev"}) == {"ConfigMap"}
