"""What only looks like a way round a policy is allowed."""

from __future__ import annotations

import pytest

from policy.rules import POLICIES
from tests.support.policy_cases import API, CONFIG, ONE, SECURITY
from tests.support.policy_cases_platform import FROM_EDGE, INTERNET
from tests.support.policy_cases_rights import PROJECT, ROLE, rule
from tests.support.policy_examples import edited

NIGHT = PROJECT.manifest["spec"]["syncWindows"][0]

GOOD = {
    "named workloads can be patched": (
        "roles-give-no-way-up",
        ROLE,
        "rules",
        rule("apps", "deployments", "patch", names=["api"]),
    ),
    "pods can be read": ("roles-give-no-way-up", ROLE, "rules", rule("", "pods", "get", "list", "watch")),
    "named Secrets can be changed": (
        "roles-read-named-secrets-only",
        ROLE,
        "rules",
        rule("", "secrets", "patch", names=["a"]),
    ),
    "a namespace by its label": (
        "network-policies-name-who-comes-in",
        FROM_EDGE,
        "spec.ingress.0.from",
        [{"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}}],
    ),
    "all pods of a namespace by its label": (
        "network-policies-name-who-comes-in",
        FROM_EDGE,
        "spec.ingress.0.from",
        [{"namespaceSelector": {"matchLabels": {"a": "b"}}, "podSelector": {}}],
    ),
    "a private network": (
        "network-policies-name-who-is-called",
        INTERNET,
        "spec.egress.0.to",
        [{"ipBlock": {"cidr": "10.0.0.0/8"}}, {"ipBlock": {"cidr": "169.254.20.10/32"}}],
    ),
    "names at the address of credentials": (
        "network-policies-name-who-is-called",
        INTERNET,
        "spec.egress",
        [{"to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}], "ports": [{"port": 53, "protocol": "UDP"}]}],
    ),
    "a digest with any tag": ("images-stay-the-same", API, f"{ONE}.image", f"ghcr.io/a/b:main@sha256:{'0' * 64}"),
    "a branch and a commit": ("images-stay-the-same", API, f"{ONE}.image", "ghcr.io/a/b:develop-4f2a9c1"),
    "a date": ("images-stay-the-same", API, f"{ONE}.image", "ghcr.io/a/b:nightly-20261127"),
    "a profile of seccomp beside AppArmor": (
        "pods-keep-the-nodes-guards",
        API,
        f"{SECURITY}.appArmorProfile",
        {"type": "Localhost", "localhostProfile": "api"},
    ),
    "windows by namespace": (
        "production-has-sync-windows",
        PROJECT,
        "spec.syncWindows",
        [{**NIGHT, "applications": [], "namespaces": ["smarthr*"]}],
    ),
    "JSON that names a file": (
        "secrets-not-in-config-maps",
        CONFIG,
        "data.file",
        '{"password_file": "/run/x", "n": 1}',
    ),
    "XML without one": ("secrets-not-in-config-maps", CONFIG, "data.file", "<a><token-url>https://x</token-url></a>"),
    "options that name a Secret": ("secrets-not-in-arguments", API, f"{ONE}.args", ["-secret-name", "own"]),
}


@pytest.mark.parametrize("case", GOOD)
def test_what_only_looks_like_a_way_round_is_allowed(case: str) -> None:
    name, good, path, value = GOOD[case]
    assert list(POLICIES[name].broken_by([edited(good, path, value)])) == []
