"""No object of an environment refers to what does not exist; and each kind of dangling reference is programs."""
# ruff: noqa: E501 (a broken reference and its sentence stand on one line)

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.program import run_program
from tests.support.references import dangling
from tests.support.stacks import STACKS, good_config

VARIANTS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "as it is": {},
    "ingress": {"edge": {"kind": "ingress", "className": "nginx"}},
    "operator": {"monitoring": {"operator": True}},
}

Objects = list[dict[str, Any]]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str], Objects]:
    """The objects of every stack in every variant."""
    folder = tmp_path_factory.mktemp("programs")
    programs = {}
    for stack in STACKS:
        for variant, changes in VARIANTS.items():
            config = good_config(stack)
            for section, values in changes.items():
                config[section] = {**config.get(section, {}), **values}  # type: ignore[dict-item]
            programs[stack, variant] = run_program(config, folder, stack).manifests()
    return programs


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_dangles(programs: Mapping[tuple[str, str], Objects], stack: str, variant: str) -> None:
    assert dangling(programs[stack, variant]) == []


def test_a_stack_without_any_secret_has_them_from_elsewhere_and_one_with_some_has_all(
    programs: Mapping[tuple[str, str], Objects],
) -> None:
    objects = programs["dev", "as it is"]
    [gone, *_] = secrets = [item for item in objects if item["kind"] == "Secret"]

    assert dangling([item for item in objects if item not in secrets]) == []
    name = f"there is no Secret {gone['metadata']['name']}"
    assert any(name in fault for fault in dangling([item for item in objects if item != gone]))


def test_the_variants_are_not_all_the_same(programs: Mapping[tuple[str, str], Objects]) -> None:
    def kinds(variant: str) -> set[str]:
        return {item["kind"] for item in programs["dev", variant]}

    plain = kinds("as it is")
    assert kinds("ingress") == plain - {"Gateway", "HTTPRoute"} | {"Ingress"}
    assert kinds("operator") == plain | {"ServiceMonitor", "PrometheusRule"}


@pytest.mark.parametrize("stack", STACKS)
def test_images_are_pulled_with_the_registrys_secret(programs: Mapping[tuple[str, str], Objects], stack: str) -> None:
    (account,) = [item for item in programs[stack, "as it is"] if item["kind"] == "ServiceAccount"]
    (secret,) = [item for item in programs[stack, "as it is"] if item.get("type") == "kubernetes.io/dockerconfigjson"]
    assert account["imagePullSecrets"] == [{"name": secret["metadata"]["name"]}]


GONE = object()
COMPONENT = "app.kubernetes.io/component"
POD = "spec/template/spec"
API, NGINX = "Deployment smarthr360-api", "Deployment smarthr360-nginx"
POSTGRES, REDIS = "StatefulSet postgres", "StatefulSet redis"

# What is broken: an object, the path of one of its values, the new value (GONE takes it away, with no path the whole
# object), a sentence that must come of it, and the variant that has the object.
# fmt: off
BROKEN: list[tuple[str, str, object, str, str]] = [
    # A workload and its own pods
    (API, f"spec/selector/matchLabels/{COMPONENT}", "apis", f"{API}: its selector selects the pods of nobody", "as it is"),
    (API, f"spec/template/metadata/labels/{COMPONENT}", "apis", f"{API}: its selector selects the pods of nobody", "as it is"),
    (API, f"spec/selector/matchLabels/{COMPONENT}", "worker", f"{API}: its selector selects the pods of Deployment smarthr360-worker", "as it is"),
    (API, f"{POD}/topologySpreadConstraints/0/labelSelector/matchLabels/{COMPONENT}", "nginx", f"{API}: spreads over topology.kubernetes.io/zone by labels that its pods don't have", "as it is"),
    (POSTGRES, "spec/serviceName", "database", f"{POSTGRES}: serviceName: there is no Service database", "as it is"),
    (API, f"{POD}/serviceAccountName", "api", f"{API}: serviceAccountName: there is no ServiceAccount api", "as it is"),
    ("PriorityClass smarthr360-stores", "", GONE, f"{POSTGRES}: priorityClassName: there is no PriorityClass smarthr360-stores", "as it is"),
    (API, f"{POD}/imagePullSecrets", [{"name": "pull"}], f"{API}: imagePullSecrets: there is no Secret pull", "as it is"),
    (API, f"{POD}/imagePullSecrets", [{"name": "redis-secrets"}], f"{API}: imagePullSecrets: Secret redis-secrets has no key .dockerconfigjson", "as it is"),
    ("ServiceAccount smarthr360-sa", "imagePullSecrets/0/name", "pull", "ServiceAccount smarthr360-sa: imagePullSecrets: there is no Secret pull", "as it is"),
    (API, "spec/template/metadata/annotations/prometheus.io/port", "9000", f"{API}: nothing listens on the port 9000 of its annotation prometheus.io/port", "as it is"),
    # Volumes and their files
    ("PersistentVolumeClaim media", "", GONE, f"{NGINX}: volume media: there is no PersistentVolumeClaim media", "as it is"),
    ("ConfigMap nginx-config", "", GONE, f"{NGINX}: volume config: there is no ConfigMap nginx-config", "as it is"),
    ("Secret redis-secrets", "", GONE, f"{REDIS}: volume secret: there is no Secret redis-secrets", "as it is"),
    ("Secret redis-secrets", "stringData/auth.conf", GONE, f"{REDIS}: volume secret: Secret redis-secrets has no key auth.conf", "as it is"),
    (NGINX, f"{POD}/volumes/0/configMap/items", [{"key": "n.conf", "path": "nginx.conf"}], f"{NGINX}: volume config: ConfigMap nginx-config has no key n.conf", "as it is"),
    (NGINX, f"{POD}/containers/0/volumeMounts/0/name", "conf", f"{NGINX}: container nginx: mounts no volume conf", "as it is"),
    (NGINX, f"{POD}/containers/0/volumeMounts/0/name", "media", f"{NGINX}: no container mounts volume config", "as it is"),
    (NGINX, f"{POD}/containers/0/command/2", "/etc/nginx/smarthr360/n.conf", f"{NGINX}: container nginx: there is no file /etc/nginx/smarthr360/n.conf", "as it is"),
    ("ConfigMap redis-config", "data/redis.conf", "include /etc/redis-secret/password", f"{REDIS}: container redis: there is no file /etc/redis-secret/password", "as it is"),
    # Environment variables and probes
    (API, f"{POD}/containers/0/envFrom/0/configMapRef/name", "conf", f"{API}: container api: envFrom: there is no ConfigMap conf", "as it is"),
    (API, f"{POD}/containers/0/envFrom/1/secretRef/name", "keys", f"{API}: container api: envFrom: there is no Secret keys", "as it is"),
    (API, f"{POD}/initContainers/0/envFrom/0/configMapRef/name", "conf", f"{API}: container wait-for-stores: envFrom: there is no ConfigMap conf", "as it is"),
    (REDIS, f"{POD}/containers/0/env/0/valueFrom/secretKeyRef/name", "keys", f"{REDIS}: container redis: REDISCLI_AUTH: there is no Secret keys", "as it is"),
    (REDIS, f"{POD}/containers/0/env/0/valueFrom/secretKeyRef/key", "pass", f"{REDIS}: container redis: REDISCLI_AUTH: Secret redis-secrets has no key pass", "as it is"),
    (POSTGRES, f"{POD}/containers/0/env/0/valueFrom", {"configMapKeyRef": {"name": "smarthr360-config", "key": "DB"}}, f"{POSTGRES}: container postgres: POSTGRES_DB: ConfigMap smarthr360-config has no key DB", "as it is"),
    (API, f"{POD}/containers/0/readinessProbe/httpGet/port", "web", f"{API}: container api: readinessProbe uses port web, on which it doesn't listen", "as it is"),
    (REDIS, f"{POD}/containers/0/livenessProbe/tcpSocket", {"port": 6380}, f"{REDIS}: container redis: livenessProbe uses port 6380, on which it doesn't listen", "as it is"),
    # Services, autoscalers, budgets
    ("Service postgres", f"spec/selector/{COMPONENT}", "database", "Service postgres: its selector selects no pods", "as it is"),
    ("Service postgres", f"spec/selector/{COMPONENT}", GONE, "Service postgres: no container listens on its targetPort postgres", "as it is"),
    ("Service smarthr360-nginx", "spec/ports/0/targetPort", "web", "Service smarthr360-nginx: no container listens on its targetPort web", "as it is"),
    ("Service smarthr360-nginx", "spec/ports/0/targetPort", 80, "Service smarthr360-nginx: no container listens on its targetPort 80", "as it is"),
    ("Service smarthr360-nginx", "spec/ports/0/targetPort", GONE, "Service smarthr360-nginx: no container listens on its targetPort 80", "as it is"),
    ("HorizontalPodAutoscaler smarthr360-api", "spec/scaleTargetRef/name", "api", "HorizontalPodAutoscaler smarthr360-api: scaleTargetRef: there is no Deployment api", "as it is"),
    ("HorizontalPodAutoscaler smarthr360-api", "spec/scaleTargetRef/kind", "StatefulSet", "HorizontalPodAutoscaler smarthr360-api: scaleTargetRef: there is no StatefulSet smarthr360-api", "as it is"),
    ("PodDisruptionBudget smarthr360-api", f"spec/selector/matchLabels/{COMPONENT}", "apis", "PodDisruptionBudget smarthr360-api: its selector selects no pods", "as it is"),
    # Network policies
    ("NetworkPolicy redis", f"spec/podSelector/matchLabels/{COMPONENT}", "broker", "NetworkPolicy redis: its selector selects no pods", "as it is"),
    ("NetworkPolicy api", f"spec/ingress/0/from/0/podSelector/matchLabels/{COMPONENT}", "web", "NetworkPolicy api: a peer of its ingress selects no pods", "as it is"),
    ("NetworkPolicy nginx", f"spec/egress/0/to/0/podSelector/matchLabels/{COMPONENT}", "web", "NetworkPolicy nginx: a peer of its egress selects no pods", "as it is"),
    ("NetworkPolicy redis", "spec/ingress/0/ports/0/port", "broker", "NetworkPolicy redis: a pod of its ingress doesn't listen on broker", "as it is"),
    ("NetworkPolicy nginx", "spec/egress/0/ports/0/port", 8001, "NetworkPolicy nginx: a pod of its egress doesn't listen on 8001", "as it is"),
    # The edge
    ("HTTPRoute smarthr360-api", "spec/parentRefs/0/name", "edge", "HTTPRoute smarthr360-api: parentRefs: there is no Gateway edge", "as it is"),
    ("HTTPRoute smarthr360-api", "spec/parentRefs/0/sectionName", "tls", "HTTPRoute smarthr360-api: Gateway smarthr360 has no listener tls", "as it is"),
    ("HTTPRoute smarthr360-api", "spec/rules/0/backendRefs/0/name", "api", "HTTPRoute smarthr360-api: backendRefs: there is no Service api", "as it is"),
    ("HTTPRoute smarthr360-site", "spec/rules/0/backendRefs/0/port", 8080, "HTTPRoute smarthr360-site: backendRefs: Service smarthr360-nginx has no port 8080", "as it is"),
    ("HTTPRoute smarthr360-api", "spec/hostnames/0", "api.example.com", "HTTPRoute smarthr360-api: the certificate is not for api.example.com", "as it is"),
    ("Gateway smarthr360", "spec/listeners/1/tls/certificateRefs/0/name", "tls", "Gateway smarthr360: listener https: there is no Secret tls", "as it is"),
    ("Certificate smarthr360-tls", "spec/secretName", "tls", "Gateway smarthr360: listener https: there is no Secret smarthr360-tls", "as it is"),
    ("Certificate smarthr360-tls", "spec/issuerRef/name", "acme", "Certificate smarthr360-tls: issuerRef: there is no Issuer acme", "as it is"),
    ("Certificate smarthr360-tls", "spec/issuerRef/kind", "ClusterIssuer", "Certificate smarthr360-tls: issuerRef: there is no ClusterIssuer letsencrypt", "as it is"),
    ("Issuer letsencrypt", "spec/acme/solvers/0/http01/gatewayHTTPRoute/parentRefs/0/name", "edge", "Issuer letsencrypt: parentRefs: there is no Gateway edge", "as it is"),
    ("Ingress smarthr360", "spec/rules/0/http/paths/0/backend/service/name", "web", "Ingress smarthr360: backend of smarthr360.com: there is no Service web", "ingress"),
    ("Ingress smarthr360", "spec/rules/0/http/paths/0/backend/service/port/name", "web", "Ingress smarthr360: backend of smarthr360.com: Service smarthr360-nginx has no port web", "ingress"),
    ("Ingress smarthr360", "spec/tls/0/secretName", "tls", "Ingress smarthr360: tls: there is no Secret tls", "ingress"),
    ("Ingress smarthr360", "spec/tls/0/hosts/0", "example.com", "Ingress smarthr360: the certificate is not for example.com", "ingress"),
    # Monitoring
    ("ServiceMonitor smarthr360-api", f"spec/selector/matchLabels/{COMPONENT}", "apis", "ServiceMonitor smarthr360-api: its selector selects no Service", "operator"),
    ("ServiceMonitor smarthr360-api", "spec/endpoints/0/port", "web", "ServiceMonitor smarthr360-api: Service smarthr360-api has no port web", "operator"),
    # Hosts in configuration
    ("ConfigMap smarthr360-config", "data/DB_HOST", "database", "ConfigMap smarthr360-config: DB_HOST: there is no Service database", "as it is"),
    ("ConfigMap smarthr360-config", "data/DB_PORT", "5433", "ConfigMap smarthr360-config: DB_HOST: Service postgres has no port 5433", "as it is"),
    ("ConfigMap smarthr360-config", "data/REDIS_HOST", "broker", "ConfigMap smarthr360-config: REDIS_HOST: there is no Service broker", "as it is"),
    ("ConfigMap smarthr360-config", "data/CELERY_BROKER_URL", "redis://broker:6379/0", "ConfigMap smarthr360-config: CELERY_BROKER_URL: there is no Service broker", "as it is"),
    ("ConfigMap smarthr360-config", "data/CELERY_RESULT_BACKEND", "redis://redis:6380/0", "ConfigMap smarthr360-config: CELERY_RESULT_BACKEND: Service redis has no port 6380", "as it is"),
    ("ConfigMap nginx-config", "data/nginx.conf", "proxy_pass http://api:8000;", "ConfigMap nginx-config: nginx.conf: there is no Service api", "as it is"),
    ("ConfigMap nginx-config", "data/nginx.conf", "proxy_pass http://smarthr360-api;", "ConfigMap nginx-config: nginx.conf: Service smarthr360-api has no port 80", "as it is"),
]
# fmt: on


def _broken(objects: Objects, name: str, path: str, value: object) -> Objects:
    """A copy of the objects, broken in one place."""
    (index,) = [i for i, item in enumerate(objects) if f"{item['kind']} {item['metadata']['name']}" == name]
    if not path:
        return objects[:index] + objects[index + 1 :]
    bad = copy.copy(objects)
    place: Any = copy.deepcopy(objects[index])
    bad[index] = place
    *parents, last = _steps(path)
    for step in parents:
        place = place[step]
    if value is GONE:
        del place[last]
    else:
        assert isinstance(last, int) or place.get(last) != value
        place[last] = value
    return bad


def _steps(path: str) -> list[str | int]:
    """The keys and indices of a path; keys have slashes of their own after a dot."""
    return [int(step) if step.isdigit() else step for step in re.split(r"(?<!\.io)/", path)]


@pytest.mark.parametrize(
    ("name", "path", "value", "sentence", "variant"),
    BROKEN,
    ids=[f"{number}: {case[0]} {case[1]}" for number, case in enumerate(BROKEN)],
)
def test_what_dangles_is_named(
    programs: Mapping[tuple[str, str], Objects], name: str, path: str, value: object, sentence: str, variant: str
) -> None:
    assert sentence in dangling(_broken(programs["production", variant], name, path, value))
