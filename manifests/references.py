"""What objects refer to: other objects, their keys, volumes and files; and what of it does not exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from manifests.objects import Manifest, items, part
from manifests.pods import containers
from manifests.stack import ALL_KEYS, Faults, Objects, place

_SOURCES = {
    "configMapRef": "ConfigMap",
    "secretRef": "Secret",
    "configMapKeyRef": "ConfigMap",
    "secretKeyRef": "Secret",
}
_PULL = (".dockerconfigjson",)

Reference = tuple[str, str, Manifest, Sequence[str]]
"""The field, the kind that it refers to, the object's name and namespace, and the keys that it has to have."""


def unnamed(objects: Objects) -> Faults:
    """References to objects that do not exist, or that lack the keys referred to."""
    references = [(manifest, each) for manifest, template in objects.workloads for each in _of_pods(template.spec)]
    references += [
        (manifest, each)
        for manifest in objects.manifests
        if (read := _READ.get(str(manifest.get("kind"))))
        for each in read(manifest)
    ]
    for manifest, (where, kind, reference, keys) in references:
        for phrase in objects.missing(place(manifest)[0], kind, reference, keys):
            yield manifest, f"{where}: {phrase}"


def _of_pods(spec: Manifest) -> Iterator[Reference]:
    for key, kind in (("serviceAccountName", "ServiceAccount"), ("priorityClassName", "PriorityClass")):
        if spec.get(key):
            yield key, kind, {"name": spec[key]}, ()
    yield from _pull_secrets(spec)
    for volume in items(spec, "volumes"):
        yield from _of_volume(f"volume {volume.get('name')}", volume)
    for container in containers(spec):
        yield from _of_environment(f"container {container.get('name')}", container)


def _of_volume(where: str, volume: Manifest) -> Iterator[Reference]:
    if claim := part(volume, "persistentVolumeClaim"):
        yield where, "PersistentVolumeClaim", {"name": claim.get("claimName")}, ()
    for source in (volume, *items(part(volume, "projected"), "sources")):
        for kind, own in (("ConfigMap", part(source, "configMap")), ("Secret", part(source, "secret"))):
            if own:
                reference = {"name": own.get("name") or own.get("secretName"), "optional": own.get("optional")}
                yield where, kind, reference, [entry["key"] for entry in items(own, "items")]


def _of_environment(where: str, container: Manifest) -> Iterator[Reference]:
    named = [("envFrom", source) for source in items(container, "envFrom")]
    named += [(variable.get("name"), part(variable, "valueFrom")) for variable in items(container, "env")]
    for name, source in named:
        for key, kind in _SOURCES.items():
            if key in source:
                yield f"{where}: {name}", kind, source[key], [source[key]["key"]] if "key" in source[key] else ()


def _pull_secrets(manifest: Manifest) -> Iterator[Reference]:
    return (("imagePullSecrets", "Secret", secret, _PULL) for secret in items(manifest, "imagePullSecrets"))


def _of_stateful_set(manifest: Manifest) -> Iterator[Reference]:
    if name := part(manifest, "spec").get("serviceName"):
        yield "serviceName", "Service", {"name": name}, ()


def _of_autoscaler(manifest: Manifest) -> Iterator[Reference]:
    target = part(manifest, "spec", "scaleTargetRef")
    yield "scaleTargetRef", str(target.get("kind")), {"name": target.get("name")}, ()


def _parents(spec: Manifest) -> Iterator[Reference]:
    for parent in items(spec, "parentRefs"):
        yield "parentRefs", str(parent.get("kind") or "Gateway"), parent, ()


def _of_certificate(manifest: Manifest) -> Iterator[Reference]:
    issuer = part(manifest, "spec", "issuerRef")
    if (issuer.get("group") or "cert-manager.io") == "cert-manager.io":
        yield "issuerRef", str(issuer.get("kind") or "Issuer"), {"name": issuer.get("name")}, ()


def _of_issuer(manifest: Manifest) -> Iterator[Reference]:
    for solver in items(part(manifest, "spec", "acme"), "solvers"):
        yield from _parents(part(solver, "http01", "gatewayHTTPRoute"))


def _of_gateway(manifest: Manifest) -> Iterator[Reference]:
    for listener in items(part(manifest, "spec"), "listeners"):
        for secret in items(part(listener, "tls"), "certificateRefs"):
            yield f"listener {listener.get('name')}", "Secret", secret, ()


def _of_ingress(manifest: Manifest) -> Iterator[Reference]:
    for entry in items(part(manifest, "spec"), "tls"):
        if entry.get("secretName"):
            yield "tls", "Secret", {"name": entry["secretName"]}, ()


_READ: Mapping[str, Callable[[Manifest], Iterator[Reference]]] = {
    "Certificate": _of_certificate,
    "Gateway": _of_gateway,
    "HTTPRoute": lambda manifest: _parents(part(manifest, "spec")),
    "HorizontalPodAutoscaler": _of_autoscaler,
    "Ingress": _of_ingress,
    "Issuer": _of_issuer,
    "ServiceAccount": _pull_secrets,
    "StatefulSet": _of_stateful_set,
}


def unmounted(objects: Objects) -> Faults:
    """Volumes without a mount, mounts without a volume, and files that the mounted ConfigMap or Secret lacks."""
    for manifest, template in objects.workloads:
        volumes = {volume.get("name"): volume for volume in items(template.spec, "volumes")}
        claims = items(part(manifest, "spec"), "volumeClaimTemplates") if manifest.get("kind") == "StatefulSet" else ()
        known = {*volumes, *(part(claim, "metadata").get("name") for claim in claims)}
        mounted = set()
        for container in containers(template.spec):
            where = f"container {container.get('name')}"
            names = [mount.get("name") for mount in items(container, "volumeMounts")]
            mounted |= {*names, *(device.get("name") for device in items(container, "volumeDevices"))}
            yield from ((manifest, f"{where}: mounts no volume {name}") for name in names if name not in known)
            for file in _missing_files(objects, place(manifest)[0], container, volumes):
                yield manifest, f"{where}: there is no file {file}"
        yield from ((manifest, f"no container mounts volume {name}") for name in volumes if name not in mounted)


def _missing_files(objects: Objects, namespace: str, container: Manifest, volumes: Manifest) -> Iterator[str]:
    """The missing files that a command, or a mounted file, names in the folder of a ConfigMap or Secret."""
    folders: dict[str, set[str]] = {}
    texts = [*items(container, "command"), *items(container, "args")]
    for mount in items(container, "volumeMounts"):
        volume = volumes.get(mount.get("name")) or {}
        config, secret = part(volume, "configMap"), part(volume, "secret")
        if not config and not secret:
            continue
        kind, name = ("ConfigMap", config["name"]) if config else ("Secret", secret["secretName"])
        paths = {entry.get("path") for entry in items(config or secret, "items")}
        folders[mount["mountPath"]] = paths or objects.keys(kind, namespace, name)
        data = part(objects.get("ConfigMap", namespace, name), "data") if config else {}
        texts += [data[key] for key in data]
    for folder, files in folders.items():
        for file in re.findall(rf"{re.escape(folder)}/([\w.-]+)", "\n".join(texts)):
            if file not in files and ALL_KEYS not in files:
                yield f"{folder}/{file}"


def uncertified(objects: Objects) -> Faults:
    """Hosts that are served with a certificate that does not cover them."""
    return objects.faults({"HTTPRoute": _of_route_hosts, "Ingress": _of_ingress_hosts})


def _of_route_hosts(objects: Objects, route: Manifest) -> Iterator[str]:
    namespace, hosts = place(route)[0], items(part(route, "spec"), "hostnames")
    for parent in items(part(route, "spec"), "parentRefs"):
        gateway = objects.get("Gateway", namespace, parent.get("name") or "")
        for listener in items(part(gateway, "spec"), "listeners"):
            if parent.get("sectionName") in (None, listener.get("name")):
                for secret in items(part(listener, "tls"), "certificateRefs"):
                    yield from _uncovered(objects, namespace, secret.get("name"), hosts)


def _of_ingress_hosts(objects: Objects, ingress: Manifest) -> Iterator[str]:
    for entry in items(part(ingress, "spec"), "tls"):
        yield from _uncovered(objects, place(ingress)[0], entry.get("secretName"), items(entry, "hosts"))


def _uncovered(objects: Objects, namespace: str, secret: object, hosts: Sequence[str]) -> Iterator[str]:
    """The hosts that a Certificate does not cover; nothing is known of a Secret that no Certificate fills."""
    for certificate in objects.of("Certificate"):
        spec = part(certificate, "spec")
        if place(certificate)[0] == namespace and spec.get("secretName") == secret:
            names = items(spec, "dnsNames")
            for host in hosts:
                if host not in names and f"*.{host.partition('.')[2]}" not in names:
                    yield f"the certificate is not for {host}"
