"""Attempts to get round the policies: each is found."""

from __future__ import annotations

import base64
import json
from ipaddress import ip_network
from typing import Any

import pytest

from components.settings.network import CREDENTIALS
from policy.rules import POLICIES
from snapshot.model import Object
from tests.support.policy_cases import API, APPLICATION, CONFIG, ONE, POD, SECURITY, SERVICE
from tests.support.policy_cases_platform import DENY, FROM_EDGE, INGRESS, INTERNET
from tests.support.policy_cases_rights import BINDING, CONFIG_OF_ARGOCD, OWN_NAMESPACE, PROJECT, ROLE, rule
from tests.support.policy_examples import edited, edits, made

_RBAC = made("v1", "ConfigMap", "argocd-rbac-cm", data={})
_PARAMETERS = made("v1", "ConfigMap", "argocd-cmd-params-cm", data={})
_WINDOWS = PROJECT.manifest["spec"]["syncWindows"]
_NIGHT = _WINDOWS[0]
_SET = made(
    "argoproj.io/v1alpha1",
    "ApplicationSet",
    "all",
    spec={"generators": [{"list": {"elements": []}}], "template": {"spec": APPLICATION.manifest["spec"]}},
)
_AUTOMATED: dict[str, Any] = {"syncPolicy": {"automated": {}}}


def _of(policy: str, good: Object, **values: tuple[Any, object]) -> dict[str, tuple[str, Object]]:
    return {f"{policy}-{name}": (policy, bad) for name, bad in edits(good, **values).items()}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


_CSR, _ADMISSION = "certificates.k8s.io", "admissionregistration.k8s.io"

WAYS: dict[str, tuple[str, Object]] = {
    **_of(
        "pods-stay-off-the-node",
        API,
        proc=(f"{SECURITY}.procMount", "Unmasked"),
        kernel=(f"{POD}.securityContext.sysctls", [{"name": "kernel.msgmax", "value": "1"}]),
        server_of_files=(f"{POD}.volumes.0", {"name": "tmp", "nfs": {"server": "10.0.0.1", "path": "/"}}),
        disk=(f"{POD}.volumes.0", {"name": "tmp", "awsElasticBlockStore": {"volumeID": "vol"}}),
        windows=(f"{SECURITY}.windowsOptions", {"hostProcess": True}),
    ),
    **{
        f"pods-stay-off-the-node-volume-{kind}": (
            "pods-stay-off-the-node",
            made("v1", "PersistentVolume", "own", None, spec={kind: {"path": "/"}}),
        )
        for kind in ("hostPath", "local", "nfs")
    },
    **_of(
        "pods-have-requests-and-limits",
        API,
        none=(f"{ONE}.resources.requests.cpu", "0"),
        none_in_millis=(f"{ONE}.resources.requests.cpu", "0m"),
        none_as_a_number=(f"{ONE}.resources.limits.memory", 0),
    ),
    **_of(
        "pods-have-an-identity-of-their-own",
        edited(API, f"{POD}.automountServiceAccountToken", None),
        empty=(f"{POD}.serviceAccountName", ""),
    ),
    "pods-have-an-identity-of-their-own-projected": (
        "pods-have-an-identity-of-their-own",
        edited(
            edited(API, f"{POD}.serviceAccountName", "default"),
            f"{POD}.volumes.0",
            {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
        ),
    ),
    **_of(
        "images-stay-the-same",
        API,
        **{
            tag.lower().replace("-", "_"): (f"{ONE}.image", f"ghcr.io/smarthr360/smarthr360-api:{tag}")
            for tag in ("main", "develop", "stable", "edge", "nightly", "LATEST", "v1", "16", "alpine", "prod-eu")
        },
        volume=(f"{POD}.volumes.0", {"name": "model", "image": {"reference": "ghcr.io/smarthr360/model:main"}}),
    ),
    **_of(
        "images-from-known-registries",
        API,
        volume=(f"{POD}.volumes.0", {"name": "model", "image": {"reference": "ghcr.io/somebody/model:1.0.0"}}),
        ephemeral=(f"{POD}.ephemeralContainers", [{"name": "debug", "image": "docker.io/somebody/busybox:1.36.1"}]),
    ),
    **_of(
        "network-denies-egress",
        DENY,
        no_types=("spec", {"podSelector": {}, "egress": []}),
    ),
    **_of(
        "network-policies-name-who-comes-in",
        FROM_EDGE,
        no_peer=("spec.ingress.0.from", [{}]),
        all_namespaces=("spec.ingress.0.from", [{"namespaceSelector": {}}]),
        any_namespace=(
            "spec.ingress.0.from",
            [
                {
                    "namespaceSelector": {
                        "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "Exists"}]
                    }
                }
            ],
        ),
        others=(
            "spec.ingress.0.from",
            [{"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}}],
        ),
        name_in_any_namespace=(
            "spec.ingress.0.from",
            [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}],
        ),
        all_pods=("spec.ingress.0.from", [{"podSelector": {}}]),
        all_pods_in_other_words=("spec.ingress.0.from", [{"podSelector": {"matchLabels": {}, "matchExpressions": []}}]),
        halves=("spec.ingress.0.from", [{"ipBlock": {"cidr": cidr}} for cidr in ("0.0.0.0/1", "128.0.0.0/1")]),
        in_two_rules=("spec.ingress", [{"from": [{"ipBlock": {"cidr": c}}]} for c in ("0.0.0.0/1", "128.0.0.0/1")]),
        zeros=("spec.ingress.0.from", [{"ipBlock": {"cidr": "0:0:0::/0"}}]),
        but_one=("spec.ingress.0.from", [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["192.0.2.1/32"]}}]),
    ),
    **_of(
        "network-policies-name-who-is-called",
        INTERNET,
        but_one=("spec.egress.0.to", [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["192.0.2.1/32"]}}]),
        but_credentials=(
            "spec.egress",
            [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}]}],
        ),
        halves=("spec.egress.0.to", [{"ipBlock": {"cidr": cidr}} for cidr in ("0.0.0.0/1", "128.0.0.0/1")]),
        credentials=("spec.egress.0.to", [{"ipBlock": {"cidr": "169.254.169.254/32"}}]),
        credentials_beside_names=(
            "spec.egress",
            [{"to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}], "ports": [{"port": 53}, {"port": 80}]}],
        ),
        credentials_in_a_range=(
            "spec.egress",
            [{"to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}], "ports": [{"port": 53, "endPort": 80}]}],
        ),
        around_credentials=("spec.egress.0.to", [{"ipBlock": {"cidr": "169.254.169.0/24"}}]),
        credentials_of_six=("spec.egress.0.to", [{"ipBlock": {"cidr": "fd00:ec2::/32"}}]),
        **{
            f"credentials_at_{address}": ("spec.egress.0.to", [{"ipBlock": {"cidr": str(ip_network(address))}}])
            for address in CREDENTIALS
        },
        no_peer=("spec.egress.0.to", [{}]),
        all_namespaces=("spec.egress.0.to", [{"namespaceSelector": {}}]),
        all_pods=("spec.egress.0.to", [{"podSelector": {}}]),
    ),
    **_of(
        "services-lead-to-pods",
        SERVICE,
        credentials=("spec", {"type": "ExternalName", "externalName": "169.254.169.254"}),
    ),
    **_of(
        "ingresses-end-tls",
        INGRESS,
        **{
            f"redirect_{word}": ("metadata.annotations", {"nginx.ingress.kubernetes.io/ssl-redirect": word})
            for word in ("False", "FALSE", "f", "0", "F")
        },
    ),
    **_of(
        "roles-name-what-they-allow",
        ROLE,
        subresource=("rules", rule("", "*/exec", "create")),
        addresses=("rules", [{"nonResourceURLs": ["/debug/*"], "verbs": ["get"]}]),
    ),
    **_of(
        "roles-give-no-way-up",
        ROLE,
        every_exec=("rules", rule("", "*/exec", "create")),
        every_token=("rules", rule("", "*/token", "create")),
        exec_by_get=("rules", rule("", "pods/exec", "get")),
        pods=("rules", rule("", "pods", "create")),
        deployments=("rules", rule("apps", "deployments", "patch")),
        deployments_without_a_name=("rules", rule("apps", "deployments", "patch", names=["api", ""])),
        ephemeral=("rules", rule("", "pods/ephemeralcontainers", "patch")),
        tokens=("rules", rule("", "secrets", "create")),
        webhooks=("rules", rule(_ADMISSION, "mutatingwebhookconfigurations", "update")),
        certificates=("rules", rule(_CSR, "certificatesigningrequests/approval", "update")),
        signers=("rules", rule(_CSR, "signers", "approve")),
        namespaces=("rules", rule("", "namespaces", "patch")),
        bindings=("rules", rule("rbac.authorization.k8s.io", "rolebindings", "create")),
        bindings_by_name=("rules", rule("rbac.authorization.k8s.io", "rolebindings", "patch", names=["one"])),
        any_group=("rules", rule("*", "deployments", "patch")),
        any_verb=("rules", rule("batch", "jobs", "*")),
    ),
    **_of(
        "roles-read-named-secrets-only",
        ROLE,
        empty_name=("rules.0.resourceNames", [""]),
        by_a_patch=("rules", rule("", "secrets", "patch")),
        by_a_deletion=("rules", rule("", "secrets", "deletecollection")),
        any_verb=("rules", rule("", "secrets", "*")),
        any_resource=("rules", rule("", "*", "list")),
        any_group=("rules", rule("*", "secrets", "watch")),
    ),
    **_of(
        "bindings-name-who-gets-what",
        BINDING,
        of_a_namespace=("subjects.0", {"kind": "Group", "name": "system:serviceaccounts:smarthr360"}),
        masters=("subjects.0", {"kind": "Group", "name": "system:masters"}),
        default_as_a_user=("subjects.0", {"kind": "User", "name": "system:serviceaccount:smarthr360:default"}),
        controllers=("roleRef", {"kind": "ClusterRole", "name": "system:controller:generic-garbage-collector"}),
    ),
    **_of(
        "namespaces-refuse-unsafe-pods",
        OWN_NAMESPACE,
        of_an_old_version=(("metadata", "labels", "pod-security.kubernetes.io/enforce-version"), "v1.0"),
    ),
    **_of(
        "production-is-synced-by-hand",
        APPLICATION,
        asks_for_it=("operation", {"sync": {"revision": "main"}}),
    ),
    **_of(
        "production-is-synced-by-hand",
        _SET,
        of_a_set=("spec.template.spec.syncPolicy.automated", {"prune": True}),
        of_a_generator=("spec.generators", [{"list": {"elements": [], "template": {"spec": _AUTOMATED}}}]),
        of_one_inside=(
            "spec.generators",
            [{"matrix": {"generators": [{"git": {"template": {"spec": _AUTOMATED}}}]}}],
        ),
        patched=("spec.templatePatch", "spec: {syncPolicy: {automated: {}}}"),
    ),
    **_of(
        "production-has-sync-windows",
        PROJECT,
        all_day=("spec.syncWindows.0.duration", "24h"),
        for_most_of_it=("spec.syncWindows.0.duration", "22h"),
        many=(
            "spec.syncWindows",
            [{**_NIGHT, "schedule": f"0 {hour} * * *", "duration": "2h"} for hour in range(0, 24, 2)],
        ),
        for_nothing=("spec.syncWindows", [{**_NIGHT, "applications": []}]),
        for_another=("spec.syncWindows", [{**_NIGHT, "applications": ["smarthr360-dev"]}]),
        elsewhere=("spec.syncWindows", [{**_NIGHT, "applications": [], "namespaces": ["elsewhere"]}]),
        both_and_one_does_not=(
            "spec.syncWindows",
            [{**_NIGHT, "namespaces": ["elsewhere"], "andOperator": True}],
        ),
        by_hand_at_any_time=("spec.syncWindows.0.manualSync", True),
    ),
    **_of(
        "projects-name-what-they-allow",
        PROJECT,
        **{
            f"kind_{index}": ("spec.namespaceResourceWhitelist.0.kind", pattern)
            for index, pattern in enumerate(("?*", "[A-Z]*", "{Secret,Role}", "*Map", "!Role"))
        },
        group=("spec.namespaceResourceWhitelist.0.group", "?*"),
        repository=("spec.sourceRepos", ["https://github.com/{a,b}/c"]),
        organisation=("spec.sourceRepos", ["https://github.com/org/*"]),
        place=("spec.destinations.0.namespace", "smart[a-z]r360"),
        turned_round=("spec.destinations.0.namespace", "!kube-system"),
        everybody=("spec.roles.0.groups", ["*"]),
        other_project=("spec.roles.0.policies.0", "p, proj:production:admin, applications, *, */*, allow"),
        other_subject=("spec.roles.0.policies.0", "p, role:readonly, applications, *, production/*, allow"),
        inherits=("spec.roles.0.policies.0", "g, prod-viewers, role:admin"),
        any_resource=("spec.roles.0.policies.0", "p, proj:production:admin, *, *, production/*, allow"),
    ),
    **_of(
        "applications-follow-a-branch",
        APPLICATION,
        one_of_several=("spec.sources", [{"repoURL": "r", "targetRevision": "HEAD"}]),
        small=("spec.source.targetRevision", "head"),
        newest_tag=("spec.source.targetRevision", "*"),
        a_range=("spec.source.targetRevision", ">=1.0.0"),
        any_patch=("spec.source.targetRevision", "1.2.x"),
    ),
    **_of("applications-follow-a-branch", _SET, of_a_set=("spec.template.spec.source.targetRevision", "HEAD")),
    **_of("applications-belong-to-a-project", _SET, of_a_set=("spec.template.spec.project", "default")),
    **_of("applications-belong-to-a-project", APPLICATION, empty=("spec.project", "")),
    **_of("argocd-lets-nobody-in-by-default", CONFIG_OF_ARGOCD, capitals=("data", {"users.anonymous.enabled": "True"})),
    **_of("argocd-lets-nobody-in-by-default", _PARAMETERS, no_login=("data", {"server.disable.auth": "true"})),
    **_of(
        "argocd-lets-nobody-in-by-default",
        _RBAC,
        anonymous=("data", {"policy.csv": "p, , applications, *, */*, allow"}),
        quoted=("data", {"policy.csv": 'p, "", applications, *, */*, allow'}),
        as_admin=("data", {"policy.more.csv": "g, , role:admin"}),
    ),
    **_of(
        "argocd-lets-nobody-in-by-default",
        API,
        by_an_option=(f"{ONE}.args", ["/usr/local/bin/argocd-server", "--disable-auth=true"]),
        by_a_variable=(f"{ONE}.env", [{"name": "ARGOCD_SERVER_DISABLE_AUTH", "value": "true"}]),
    ),
    **_of(
        "secrets-not-in-config-maps",
        CONFIG,
        binary=("binaryData", {"file": _encoded("user: app\npassword: planted\n")}),
        binary_key=("binaryData", {"key.pem": _encoded("-----BEGIN " + "PRIVATE KEY-----\nx")}),
        json=("data.file", json.dumps({"database": {"user": "app", "password": "planted"}})),
        json_in_pairs=("data.file", json.dumps([{"name": "DB_PASSWORD", "value": "planted"}])),
        xml=("data.file", "<config><user>app</user><password>planted</password></config>"),
        xml_attribute=("data.file", '<datasource user="app" password="planted"/>'),
        pgpass=("data.file", "postgres:5432:smarthr360:app:planted"),
        netrc=("data.file", "machine github.com login app password planted"),
        one_word=("data.dbpass", "planted"),
        run_together=("data.secretkey", "planted"),
    ),
    **_of(
        "secrets-not-in-arguments",
        API,
        one_dash=(f"{ONE}.args", ["-password", "planted"]),
        one_dash_and_equals=(f"{ONE}.args", ["-password=planted"]),
        for_a_shell=(f"{ONE}.command", ["sh", "-c", "export DB_PASSWORD=planted && exec app"]),
        json=(f"{ONE}.args", ['--config={"a":1}', '{"password": "planted"}']),
        probe=(f"{ONE}.livenessProbe", {"exec": {"command": ["redis-cli", "--password", "planted"]}}),
        hook=(f"{ONE}.lifecycle", {"preStop": {"exec": {"command": ["sh", "-c", "TOKEN=planted stop"]}}}),
        header=(
            f"{ONE}.readinessProbe.httpGet.httpHeaders",
            [{"name": "Authorization", "value": "Bearer planted"}],
        ),
    ),
    **_of(
        "secrets-not-in-environment-variables",
        API,
        json=(f"{ONE}.env", [{"name": "SETTINGS", "value": '{"api_key": "planted"}'}]),
        one_word=(f"{ONE}.env", [{"name": "PGPASS", "value": "planted"}]),
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_way_round_a_policy_is_found(way: str) -> None:
    name, bad = WAYS[way]
    policy = POLICIES[name]
    world = [API, bad] if name == "network-denies-egress" else [bad]
    messages = [f"{item.title}: {policy.message(what)}" for item, what in policy.broken_by(world)]
    assert messages
    assert "planted" not in "".join(messages)
