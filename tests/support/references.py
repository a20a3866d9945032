"""Finds what an environment's objects name and do not have: dangling selectors, references, ports and keys.

It reads plain manifests, from the program against mocks as well as from an API server, and knows nothing of the
components: what names what is Kubernetes' and its extensions' own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from tests.support.network_matrix import Manifest, matches

WORKLOADS = ("Deployment", "StatefulSet")


def workloads(objects: Iterable[Manifest]) -> list[Manifest]:
    """Those of the objects that make pods."""
    return [found for found in objects if found["kind"] in WORKLOADS]


def dangling(found: Iterable[Manifest]) -> list[str]:
    """A sentence for each name, selector, port or key of one environment's objects that leads nowhere."""
    objects = _Objects(found)
    checks = (
        *(_selectors, _pods, _access, _services, _scaling, _network),
        *(_routes, _gateways, _ingresses, _certificates, _metrics, _hosts),
    )
    return [sentence for check in checks for sentence in check(objects)]


def _jobs(objects: Iterable[Manifest]) -> list[Manifest]:
    """The jobs of CronJobs."""
    return [
        {"kind": "Job", "metadata": found["metadata"], **found["spec"]["jobTemplate"]}
        for found in objects
        if found["kind"] == "CronJob"
    ]


class _Objects:
    """The objects of one environment."""

    def __init__(self, found: Iterable[Manifest]) -> None:
        self._found = {(item["kind"], item["metadata"]["name"]): item for item in found}
        self.workloads = [*workloads(self._found.values()), *_jobs(self._found.values())]

    def of(self, kind: str) -> Iterator[tuple[str, Manifest]]:
        """The objects of a kind, with what a sentence calls them."""
        return ((f"{kind} {name}", item) for (key, name), item in self._found.items() if key == kind)

    def get(self, kind: str, name: str) -> Manifest | None:
        return self._found.get((kind, name))

    def named(self, what: str, kind: str, name: str, keys: Iterable[str] = ()) -> Iterator[str]:
        """What is wrong with a reference to an object and, for a config map or a Secret, to keys of it."""
        item = self.get(kind, name)
        if item is None:
            yield f"{what}: there is no {kind} {name}"
        else:
            yield from (f"{what}: {kind} {name} has no key {key}" for key in keys if key not in _keys(item))

    def selected(self, selector: Manifest) -> list[Manifest]:
        """The workloads whose pods a selector selects; an empty one is no selector here."""
        return [
            item for item in self.workloads if selector and matches(selector, _template(item)["metadata"]["labels"])
        ]

    def service(self, what: str, name: str, port: object) -> Iterator[str]:
        """What is wrong with a reference to a port of a Service."""
        service = self.get("Service", name)
        if service is None:
            yield f"{what}: there is no Service {name}"
        elif port not in [known.get(key) for known in service["spec"]["ports"] for key in ("port", "name")]:
            yield f"{what}: Service {name} has no port {port}"


def _keys(item: Manifest) -> set[str]:
    return {key for where in ("data", "stringData", "binaryData") for key in item.get(where) or {}}


def _template(workload: Manifest) -> Manifest:
    template: Manifest = workload["spec"]["template"]
    return template


def _containers(pod: Manifest) -> list[Manifest]:
    return [*(pod.get("initContainers") or ()), *pod["containers"]]


def _listens(container: Manifest, port: int | str) -> bool:
    return any(port in (known.get("name"), known["containerPort"]) for known in container.get("ports") or ())


def _pod_listens(workload: Manifest, port: int | str) -> bool:
    return any(_listens(container, port) for container in _containers(_template(workload)["spec"]))


def _called(workload: Manifest) -> str:
    return f"{workload['kind']} {workload['metadata']['name']}"


def _selectors(objects: _Objects) -> Iterator[str]:
    """Each workload selects its own pods and nobody else's, and spreads its own."""
    for workload in objects.workloads:
        name, spec = _called(workload), workload["spec"]
        selected = [_called(item) for item in objects.selected(spec.get("selector", {}))]
        if selected != [name] and workload["kind"] != "Job":
            yield f"{name}: its selector selects the pods of {' and '.join(selected) or 'nobody'}"
        for constraint in spec["template"]["spec"].get("topologySpreadConstraints") or ():
            if workload not in objects.selected(constraint["labelSelector"]):
                yield f"{name}: spreads over {constraint['topologyKey']} by labels that its pods don't have"
        if workload["kind"] == "StatefulSet":
            yield from objects.named(f"{name}: serviceName", "Service", spec["serviceName"])


def _pods(objects: _Objects) -> Iterator[str]:
    for workload in objects.workloads:
        name, pod = _called(workload), _template(workload)["spec"]
        yield from objects.named(f"{name}: serviceAccountName", "ServiceAccount", pod["serviceAccountName"])
        if "priorityClassName" in pod:
            yield from objects.named(f"{name}: priorityClassName", "PriorityClass", pod["priorityClassName"])
        for secret in pod.get("imagePullSecrets") or ():
            yield from objects.named(f"{name}: imagePullSecrets", "Secret", secret["name"], [".dockerconfigjson"])
        scraped = _template(workload)["metadata"].get("annotations", {}).get("prometheus.io/port")
        if scraped is not None and not _pod_listens(workload, int(scraped)):
            yield f"{name}: nothing listens on the port {scraped} of its annotation prometheus.io/port"
        volumes = {volume["name"]: volume for volume in pod.get("volumes") or ()}
        for volume in volumes.values():
            yield from _volume(objects, f"{name}: volume {volume['name']}", volume)
        mounted = set()
        for container in _containers(pod):
            where = f"{name}: container {container['name']}"
            mounts = container.get("volumeMounts") or ()
            mounted |= {mount["name"] for mount in mounts}
            yield from (
                f"{where}: mounts no volume {mount['name']}" for mount in mounts if mount["name"] not in volumes
            )
            yield from _environment(objects, where, container)
            yield from _probes(where, container)
            yield from _files(objects, where, container, volumes)
        yield from (f"{name}: no container mounts volume {unused}" for unused in volumes.keys() - mounted)


def _volume(objects: _Objects, what: str, volume: Manifest) -> Iterator[str]:
    if source := volume.get("persistentVolumeClaim"):
        yield from objects.named(what, "PersistentVolumeClaim", source["claimName"])
    if source := volume.get("configMap"):
        yield from objects.named(what, "ConfigMap", source["name"], _items(source))
    if source := volume.get("secret"):
        yield from objects.named(what, "Secret", source["secretName"], _items(source))


def _items(source: Manifest) -> list[str]:
    return [item["key"] for item in source.get("items") or ()]


def _environment(objects: _Objects, where: str, container: Manifest) -> Iterator[str]:
    kinds = {
        "configMapRef": "ConfigMap",
        "secretRef": "Secret",
        "configMapKeyRef": "ConfigMap",
        "secretKeyRef": "Secret",
    }
    for source in container.get("envFrom") or ():
        for key in source.keys() & kinds:
            yield from objects.named(f"{where}: envFrom", kinds[key], source[key]["name"])
    for variable in container.get("env") or ():
        source = variable.get("valueFrom") or {}
        for key in source.keys() & kinds:
            reference = source[key]
            yield from objects.named(f"{where}: {variable['name']}", kinds[key], reference["name"], [reference["key"]])


def _probes(where: str, container: Manifest) -> Iterator[str]:
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        for action in ("httpGet", "tcpSocket"):
            asked = (container.get(probe) or {}).get(action)
            if asked and not _listens(container, asked["port"]):
                yield f"{where}: {probe} asks port {asked['port']}, on which it doesn't listen"


def _files(objects: _Objects, where: str, container: Manifest, volumes: Mapping[str, Manifest]) -> Iterator[str]:
    """Each file that the command, or a file that is mounted, names below a mounted config map or Secret is there."""
    files: dict[str, Iterable[str]] = {}
    texts = [*(container.get("command") or ()), *(container.get("args") or ())]
    for mount in container.get("volumeMounts") or ():
        volume = volumes.get(mount["name"], {})
        config, secret = volume.get("configMap"), volume.get("secret")
        source = config or secret
        if not source:
            continue
        item = objects.get("ConfigMap", config["name"]) if config else objects.get("Secret", source["secretName"])
        files[mount["mountPath"]] = [entry["path"] for entry in source.get("items") or ()] or _keys(item or {})
        texts += ((config and item) or {}).get("data", {}).values()
    for folder, known in files.items():
        for file in re.findall(rf"{re.escape(folder)}/([\w.-]+)", "\n".join(texts)):
            if file not in known:
                yield f"{where}: there is no file {folder}/{file}"


def _access(objects: _Objects) -> Iterator[str]:
    for name, account in objects.of("ServiceAccount"):
        for secret in account.get("imagePullSecrets") or ():
            yield from objects.named(f"{name}: imagePullSecrets", "Secret", secret["name"], [".dockerconfigjson"])


def _services(objects: _Objects) -> Iterator[str]:
    for name, service in objects.of("Service"):
        labels = service["spec"].get("selector")
        selected = objects.selected({"matchLabels": labels} if labels else {})
        if len(selected) != 1:
            yield f"{name}: its selector selects the pods of {len(selected)} workloads"
        for port in service["spec"]["ports"]:
            target = port.get("targetPort", port["port"])
            if not all(_pod_listens(workload, target) for workload in selected):
                yield f"{name}: no container listens on its targetPort {target}"


def _scaling(objects: _Objects) -> Iterator[str]:
    for name, autoscaler in objects.of("HorizontalPodAutoscaler"):
        target = autoscaler["spec"]["scaleTargetRef"]
        yield from objects.named(f"{name}: scaleTargetRef", target["kind"], target["name"])
    for name, budget in objects.of("PodDisruptionBudget"):
        if not objects.selected(budget["spec"]["selector"]):
            yield f"{name}: its selector selects no pods"


def _network(objects: _Objects) -> Iterator[str]:
    for name, policy in objects.of("NetworkPolicy"):
        spec = policy["spec"]
        own = objects.selected(spec["podSelector"]) if spec["podSelector"] else objects.workloads
        if not own:
            yield f"{name}: its selector selects no pods"
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(direction) or ():
                inside = [peer for peer in rule.get(peers) or () if peer.keys() == {"podSelector"}]
                found = [objects.selected(peer["podSelector"]) for peer in inside]
                if not all(found):
                    yield f"{name}: a peer of its {direction} selects no pods"
                # Of others than our own pods nothing is known.
                asked = own if direction == "ingress" else [workload for selected in found for workload in selected]
                for port in rule.get("ports") or ():
                    if not all(_pod_listens(workload, port["port"]) for workload in asked):
                        yield f"{name}: a pod of its {direction} doesn't listen on {port['port']}"


def _routes(objects: _Objects) -> Iterator[str]:
    for name, route in objects.of("HTTPRoute"):
        for parent in route["spec"]["parentRefs"]:
            yield from objects.named(f"{name}: parentRefs", "Gateway", parent["name"])
            gateway = objects.get("Gateway", parent["name"]) or {"spec": {"listeners": []}}
            listeners = [item for item in gateway["spec"]["listeners"] if item["name"] == parent["sectionName"]]
            if not listeners:
                yield f"{name}: Gateway {parent['name']} has no listener {parent['sectionName']}"
            for listener in listeners:
                yield from _certified(objects, name, _certificate_secrets(listener), route["spec"]["hostnames"])
        for rule in route["spec"]["rules"]:
            for backend in rule.get("backendRefs") or ():
                yield from objects.service(f"{name}: backendRefs", backend["name"], backend["port"])


def _gateways(objects: _Objects) -> Iterator[str]:
    for name, gateway in objects.of("Gateway"):
        for listener in gateway["spec"]["listeners"]:
            what = f"{name}: listener {listener['name']}"
            yield from _certified(objects, what, _certificate_secrets(listener), [])


def _certificate_secrets(listener: Manifest) -> list[str]:
    return [reference["name"] for reference in listener.get("tls", {}).get("certificateRefs", ())]


def _ingresses(objects: _Objects) -> Iterator[str]:
    for name, ingress in objects.of("Ingress"):
        for tls in ingress["spec"]["tls"]:
            yield from _certified(objects, name, [tls["secretName"]], tls["hosts"])
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                (port,) = backend["port"].values()
                yield from objects.service(f"{name}: backend of {rule['host']}", backend["name"], port)


def _certified(objects: _Objects, what: str, secrets: Sequence[str], hosts: Sequence[str]) -> Iterator[str]:
    """What is wrong with the use of certificates, which are in Secrets that cert-manager makes, for some hosts."""
    made = {item["spec"]["secretName"]: item["spec"]["dnsNames"] for _, item in objects.of("Certificate")}
    for secret in secrets:
        if secret not in made:
            yield f"{what}: no Certificate makes Secret {secret}"
        else:
            yield from (f"{what}: the certificate is not for {host}" for host in hosts if host not in made[secret])


def _certificates(objects: _Objects) -> Iterator[str]:
    for name, certificate in objects.of("Certificate"):
        issuer = certificate["spec"]["issuerRef"]
        yield from objects.named(f"{name}: issuerRef", issuer["kind"], issuer["name"])
    for name, issuer in objects.of("Issuer"):
        for solver in issuer["spec"]["acme"]["solvers"]:
            for parent in solver["http01"].get("gatewayHTTPRoute", {}).get("parentRefs", ()):
                yield from objects.named(f"{name}: parentRefs", parent["kind"], parent["name"])


def _metrics(objects: _Objects) -> Iterator[str]:
    for name, monitor in objects.of("ServiceMonitor"):
        spec = monitor["spec"]
        found = [item for _, item in objects.of("Service") if matches(spec["selector"], item["metadata"]["labels"])]
        if not found:
            yield f"{name}: its selector selects no Service"
        for service in found:
            for endpoint in spec["endpoints"]:
                yield from objects.service(name, service["metadata"]["name"], endpoint["port"])


def _hosts(objects: _Objects) -> Iterator[str]:
    """The Services that configuration names, in the application's variables and in Nginx's file."""
    for name, item in objects.of("ConfigMap"):
        data = item["data"]
        stores = [store for store in ("DB", "REDIS") if f"{store}_HOST" in data]
        places = [(f"{store}_HOST", data[f"{store}_HOST"], data[f"{store}_PORT"]) for store in stores]
        urls = [(key, data[key]) for key in ("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND") if key in data]
        urls += [(key, url) for key, text in data.items() for url in re.findall(r"proxy_pass\s+([^\s;]+)", text)]
        places += [(key, urlsplit(url).hostname or "", urlsplit(url).port or 80) for key, url in urls]
        for key, host, port in places:
            yield from objects.service(f"{name}: {key}", host, int(port))
