"""An environment whose secrets come from a secret manager, and what its Secrets are to hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.connection import SecretAccess
from components.secrets.contents import contents
from components.secrets.external import READER, ExternalSecrets, ExternalSecretsArgs
from components.settings import ApplicationSecrets
from components.settings import ExternalSecrets as Settings
from tests.support.program import run
from tests.support.stacks import not_real

REGISTRY = ("ghcr.io/smarthr360", "robot$team")
"""A registry, and who logs in to it."""
NAMESPACE = "smarthr360-staging"

DOCUMENT = not_real(required=False) | {"elasticApmSecretToken": ""}
"""What the secret manager holds: a value for each of the application's keys."""

REDIS_PASSWORDS = (
    "not-a-real-redis-password",
    "with a space, \"quotes\" and 'more'",
    "back\\slash \\x41 $(and) `more` {{ .secretKey }}",
    "größer als ASCII: пароль 密码 🔑",
    "#comment-like ${1} %s %% $value",
    "a" * 400,
)
"""Passwords that a careless line of redis.conf, or a careless template, would get wrong."""

_READER = {"serviceAccountRef": {"name": READER}}

CLOUD: Mapping[str, Mapping[str, Any]] = {
    "aws": {"aws": {"service": "SecretsManager", "region": "eu-west-3", "auth": {"jwt": _READER}}},
    "gcp": {
        "gcpsm": {
            "projectID": "smarthr360",
            "auth": {
                "workloadIdentity": {**_READER, "clusterLocation": "europe-west9", "clusterName": "smarthr360-staging"}
            },
        }
    },
    "azure": {
        "azurekv": {
            "authType": "WorkloadIdentity",
            "vaultUrl": "https://smarthr360-staging.vault.azure.net",
            **_READER,
        }
    },
}
"""What each cloud has in `spec.provider` of a SecretStore."""


class FakeManager:
    """A secret manager that grants and makes nothing."""

    def __init__(self, store: Mapping[str, Any]) -> None:
        self.store = store
        self.asked: list[tuple[str, str, str]] = []

    def grant(
        self, name: str, namespace: str, service_account: str, key: str, opts: pulumi.ResourceOptions | None = None
    ) -> SecretAccess:
        self.asked.append((namespace, service_account, key))
        granted = k8s.core.v1.ConfigMap(f"{name}-granted", opts=opts)
        annotations = {"example.com/identity": pulumi.Output.from_input("reader@example.com")}
        return SecretAccess(self.store, key.replace("/", "-"), annotations, (granted,))


def of_cloud(store: Mapping[str, Any], manager: FakeManager | None = None) -> list[dict[str, Any]]:
    """The objects of an environment on a cloud."""
    settings = Settings.model_validate({"store": "cloud"})
    args = ExternalSecretsArgs(
        NAMESPACE, NAMESPACE, settings, "smarthr360/staging", manager or FakeManager(store), *REGISTRY
    )
    made = run(lambda: ExternalSecrets("secrets", args)).manifests()
    return [found for found in made if found["kind"] != "ConfigMap"]


def made_by_python(document: Mapping[str, str]) -> dict[str, str]:
    """What Pulumi's Secrets hold, by the Secret's name and key."""
    values = ApplicationSecrets.model_validate(document)
    return {
        f"{content.name}/{key}": value.of(values)
        for content in contents(*REGISTRY)
        for key, value in content.data.items()
    }
