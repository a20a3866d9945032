"""Where pods and Services listen, and which objects name a port on which nothing listens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from manifests.network import DIRECTIONS
from manifests.objects import Manifest, items, part
from manifests.pods import Pods, containers
from manifests.selections import inside, monitored
from manifests.stack import Faults, Objects, place

_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
_STORES = ("DB", "REDIS")
_URLS = ("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND")
_PROXIED = re.compile(r"proxy_pass\s+([^\s;]+)")


def unanswered(objects: Objects) -> Faults:
    """Ports that objects name and that no container listens on, or no Service has."""
    for manifest, template in objects.workloads:
        scraped = part(template.metadata, "annotations").get("prometheus.io/port")
        if scraped is not None and not _pods_listen(template, int(scraped)):
            yield manifest, f"nothing listens on the port {scraped} of its annotation prometheus.io/port"
        for container in containers(template.spec):
            yield from ((manifest, f"container {container.get('name')}: {phrase}") for phrase in _probes(container))
    yield from objects.faults(
        {
            "ConfigMap": _of_config_map,
            "HTTPRoute": _of_route,
            "Ingress": _of_ingress,
            "NetworkPolicy": _of_network_policy,
            "Service": _of_service,
            "ServiceMonitor": _of_monitor,
        }
    )


def _probes(container: Manifest) -> Iterator[str]:
    for probe in _PROBES:
        for action in ("httpGet", "tcpSocket"):
            port = part(container, probe, action).get("port")
            if port and items(container, "ports") and not _listens(container, port):
                yield f"{probe} uses port {_shown(port)}, on which it doesn't listen"


def _of_service(objects: Objects, service: Manifest) -> Iterator[str]:
    labels = part(service, "spec", "selector")
    selected = objects.selected({"matchLabels": labels}, place(service)[0]) if labels else []
    for port in items(part(service, "spec"), "ports"):
        target = port.get("targetPort") or port.get("port")
        if not all(_pods_listen(workload.pods, target) for workload in selected):
            yield f"no container listens on its targetPort {_shown(target)}"


def _of_network_policy(objects: Objects, policy: Manifest) -> Iterator[str]:
    namespace = place(policy)[0]
    own = objects.selected(part(policy, "spec", "podSelector"), namespace)
    for key, peers in DIRECTIONS.values():
        for rule in items(part(policy, "spec"), key):
            # Nothing is known of pods in other namespaces.
            called = [one for peer in inside(rule, peers) for one in objects.selected(peer["podSelector"], namespace)]
            for port in (port["port"] for port in items(rule, "ports") if "port" in port):
                if not all(_pods_listen(one.pods, port) for one in (own if key == "ingress" else called)):
                    yield f"a pod of its {key} doesn't listen on {_shown(port)}"


def _of_route(objects: Objects, route: Manifest) -> Iterator[str]:
    for parent in items(part(route, "spec"), "parentRefs"):
        gateway = objects.get("Gateway", place(route)[0], parent.get("name") or "")
        names = [listener.get("name") for listener in items(part(gateway, "spec"), "listeners")]
        if gateway and parent.get("sectionName") not in (None, *names):
            yield f"Gateway {parent.get('name')} has no listener {parent.get('sectionName')}"
    for rule in items(part(route, "spec"), "rules"):
        for backend in items(rule, "backendRefs"):
            if (backend.get("kind") or "Service") == "Service" and not backend.get("namespace"):
                for phrase in _at_service(objects, route, backend.get("name"), backend.get("port")):
                    yield f"backendRefs: {phrase}"


def _of_ingress(objects: Objects, ingress: Manifest) -> Iterator[str]:
    for rule in items(part(ingress, "spec"), "rules"):
        for path in items(part(rule, "http"), "paths"):
            service = part(path, "backend", "service")
            port = part(service, "port").get("name") or part(service, "port").get("number")
            for phrase in _at_service(objects, ingress, service.get("name"), port) if service else ():
                yield f"backend of {rule.get('host', '*')}: {phrase}"


def _of_monitor(objects: Objects, monitor: Manifest) -> Iterator[str]:
    for service in monitored(objects, monitor):
        for endpoint in items(part(monitor, "spec"), "endpoints"):
            if endpoint.get("port"):
                yield from _at_service(objects, monitor, place(service)[1], endpoint["port"])


def _of_config_map(objects: Objects, config: Manifest) -> Iterator[str]:
    """What is wrong with the Services that configuration names; a host with a dot is outside of the namespace."""
    data = part(config, "data")
    urls = [(key, data[key]) for key in _URLS if key in data]
    urls += [(key, url) for key in data for url in _PROXIED.findall(data[key])]
    hosts = [(key, urlsplit(url).hostname or "", urlsplit(url).port or 80) for key, url in urls]
    stores = [(f"{store}_HOST", f"{store}_PORT") for store in _STORES if f"{store}_HOST" in data]
    hosts += [(host, data[host], int(data.get(port) or 0)) for host, port in stores]
    for key, host, port in hosts:
        if "." not in host:
            yield from (f"{key}: {phrase}" for phrase in _at_service(objects, config, host, port))


def _at_service(objects: Objects, referrer: Manifest, name: object, port: object) -> Iterator[str]:
    service = objects.get("Service", place(referrer)[0], str(name))
    if not service:
        yield f"there is no Service {name}"
    elif port not in [own.get(key) for own in items(part(service, "spec"), "ports") for key in ("port", "name")]:
        yield f"Service {name} has no port {_shown(port)}"


def _pods_listen(template: Pods, port: object) -> bool:
    """Whether a container listens on a port; pods that declare no ports could listen on any."""
    declaring = [container for container in containers(template.spec) if items(container, "ports")]
    return not declaring or any(_listens(container, port) for container in declaring)


def _listens(container: Manifest, port: object) -> bool:
    return any(port in (own.get("name"), own.get("containerPort")) for own in items(container, "ports"))


def _shown(port: object) -> str:
    """A port for people; numbers of the policy pack are floats."""
    return f"{port:.0f}" if isinstance(port, float) else str(port)
