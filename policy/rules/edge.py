"""Policies for traffic from outside: encrypted, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from manifests.objects import Manifest, items, part
from policy.objects import of_kind, spec
from policy.rule import PRODUCTION, Topic
from snapshot.model import Object

topic = Topic("Edge", "How traffic from outside comes in: encrypted, or not at all.")

_REDIRECT = "nginx.ingress.kubernetes.io/ssl-redirect"
ENCRYPTED = ("HTTPS", "TLS")


@topic.rule(
    "gateways-end-tls",
    kinds=("Gateway",),
    refuses="A Gateway's listener for HTTPS without a certificate, or for a protocol other than HTTP, HTTPS and TLS.",
    why="It answers nobody, or everybody in plain text.",
    mend="give the listener protocol HTTPS and tls.certificateRefs",
)
def _no_certificate(item: Object) -> Iterator[str]:
    for listener in items(spec(item), "listeners"):
        name, protocol = listener.get("name"), listener.get("protocol")
        if protocol not in (*ENCRYPTED, "HTTP"):
            yield f"listener {name} has the protocol {protocol}, which is not encrypted"
        elif protocol == "HTTPS" and not items(part(listener, "tls"), "certificateRefs"):
            yield f"listener {name} has no certificate"


@topic.stack_rule(
    "plain-http-only-redirects",
    kinds=("HTTPRoute",),
    refuses="A route that answers plain HTTP with anything but a redirect to HTTPS.",
    why="Passwords and sessions could be read on the way.",
    mend="name the HTTPS listener in parentRefs[].sectionName, or redirect to the scheme https",
)
def _plain(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    gateways = {(item.namespace, item.name): item for item in of_kind(objects, "Gateway")}
    for route in of_kind(objects, "HTTPRoute"):
        if all(_redirects(rule) for rule in items(spec(route), "rules")):
            continue
        for parent in items(spec(route), "parentRefs"):
            gateway = gateways.get((parent.get("namespace", route.namespace), parent.get("name")))
            for listener in items(spec(gateway), "listeners") if gateway else ():
                reached = parent.get("sectionName", listener.get("name")) == listener.get("name")
                if reached and listener.get("protocol") not in ENCRYPTED:
                    yield route, f"it is attached to listener {listener.get('name')}, which is not encrypted"


def _redirects(rule: Manifest) -> bool:
    return any(part(each, "requestRedirect").get("scheme") == "https" for each in items(rule, "filters"))


@topic.rule(
    "ingresses-end-tls",
    kinds=("Ingress",),
    refuses="An Ingress with a host that has no certificate, or that answers plain HTTP.",
    why="Passwords and sessions could be read on the way.",
    mend="list each host in spec.tls, and leave the redirect to HTTPS on",
)
def _plain_ingress(item: Object) -> Iterator[str]:
    covered = {host for entry in items(spec(item), "tls") for host in items(entry, "hosts")}
    for rule in items(spec(item), "rules"):
        if rule.get("host") not in covered:
            yield f"host {rule.get('host', '*')} is in no entry of tls"
    annotations = part(item.manifest, "metadata", "annotations")
    # As the controller reads it: by Go's ParseBool, which also accepts 1 and t.
    if annotations.get(_REDIRECT, "true").lower() not in ("true", "t", "1"):
        yield "its redirect to HTTPS is off"
    if not items(spec(item), "rules") and not covered:
        yield "it answers every host, and has no tls"


@topic.rule(
    "production-has-trusted-certificates",
    kinds=("Issuer", "ClusterIssuer"),
    where=PRODUCTION,
    refuses="Certificates that browsers don't trust: self-signed ones, and Let's Encrypt's for tests.",
    why="Browsers warn about the site, and users learn to click warnings away.",
    mend="set edge.tls.issuer to prod",
)
def _untrusted(item: Object) -> Iterator[str]:
    server = part(spec(item), "acme").get("server") or ""
    if "selfSigned" in spec(item):
        yield "its certificates are self-signed"
    elif "acme" in spec(item) and ("staging" in server or not server.startswith("https://")):
        yield "its certificates are for tests"


@topic.rule(
    "envoys-are-not-patched",
    kinds=("EnvoyProxy", "EnvoyPatchPolicy"),
    refuses="A patch of what Envoy Gateway makes, or of its Envoys' configuration.",
    why="It changes pods, Services and listeners after every policy here has checked them.",
    mend="set the EnvoyProxy's own fields",
)
def _patched(item: Object) -> Iterator[str]:
    if item.kind == "EnvoyPatchPolicy":
        yield "it is a patch"
    kubernetes = part(spec(item), "provider", "kubernetes")
    for key in kubernetes:
        if part(kubernetes, key).get("patch"):
            yield f"{key} has a patch"
    if part(spec(item), "bootstrap"):
        yield "it has its own bootstrap"
