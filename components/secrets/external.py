"""The secrets of one environment, from a secret manager by the External Secrets operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.connection import SecretManager
from components.environment.metadata import labels, metadata
from components.secrets.contents import Content, SecretNames, contents
from components.settings import ExternalSecrets as Settings

API_VERSION = "external-secrets.io/v1"

STORE = "smarthr360"
"""The SecretStore of a cloud, in the environment's namespace."""

READER = "smarthr360-secrets-reader"
"""The ServiceAccount as which the operator reads the cloud's secret. No pod runs as it."""

READY = {"pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "120"}
"""On what has to be there before pods start: the operator reports when the Secret is made, or why it is not."""


@dataclass(frozen=True)
class ExternalSecretsArgs:
    """What the secrets are read from.

    Args:
        namespace: where they are made, known once it is there.
        plain_namespace: its name, for the cloud.
        settings: which store, and how often it is read.
        key: what the secret is called in the secret manager: one JSON document, with a value for each key.
        manager: the secret manager of the cluster's cloud; None where there is a store already.
        registry: the registry that the pull secret is for, with or without a path.
        user: who logs in to it.
    """

    namespace: pulumi.Input[str]
    plain_namespace: str
    settings: Settings
    key: str
    manager: SecretManager | None
    registry: str
    user: str


class ExternalSecrets(pulumi.ComponentResource):
    """Has the External Secrets operator make one Secret for each program, the same as `Secrets` makes.

    No value passes through Pulumi. A Secret stays when its ExternalSecret can no longer be read.

    Type token `smarthr360:environment:ExternalSecrets`; children: `<name>-app`, `<name>-postgres`, `<name>-redis` and
    `<name>-pull`; for a cloud's secret manager `<name>-reader` and `<name>-store` as well, and what the cloud makes.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `ExternalSecretsArgs`.
        opts: the usual resource options.
    """

    names: SecretNames
    """The names of the Secrets, known once they are there."""
    checksums: Mapping[str, str]
    """Empty: what they hold, and when it changes, is not known here."""

    def __init__(self, name: str, args: ExternalSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:environment:ExternalSecrets", name, {}, opts)
        key: pulumi.Input[str] = args.key
        needed: list[pulumi.Resource] = []
        if args.manager:
            access = args.manager.grant(
                f"{name}-access", args.plain_namespace, READER, args.key, pulumi.ResourceOptions(parent=self)
            )
            key = access.key
            reader = k8s.core.v1.ServiceAccount(
                f"{name}-reader",
                metadata=metadata(READER, args.namespace, "secrets", access.annotations),
                automount_service_account_token=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
            store = k8s.apiextensions.CustomResource(
                f"{name}-store",
                api_version=API_VERSION,
                kind="SecretStore",
                metadata=metadata(STORE, args.namespace, "secrets"),
                spec={"provider": access.store},
                opts=pulumi.ResourceOptions(parent=self, depends_on=[reader, *access.granted]),
            )
            needed = [store]

        def secret(content: Content) -> pulumi.Output[str]:
            external = k8s.apiextensions.CustomResource(
                f"{name}-{content.suffix}",
                api_version=API_VERSION,
                kind="ExternalSecret",
                metadata=metadata(content.name, args.namespace, content.component, READY),
                spec={
                    "refreshInterval": f"{args.settings.refresh}",
                    "secretStoreRef": {"kind": "ClusterSecretStore", "name": args.settings.cluster_store}
                    if args.settings.cluster_store
                    else {"kind": "SecretStore", "name": STORE},
                    "target": _target(content),
                    "dataFrom": [{"extract": {"key": key}}],
                },
                opts=pulumi.ResourceOptions(parent=self, depends_on=needed),
            )
            return external.id.apply(lambda _: content.name)

        self.names = SecretNames(*map(secret, contents(args.registry, args.user)))
        self.checksums = {}
        self.register_outputs(vars(self.names))


def _target(content: Content) -> dict[str, Any]:
    """The Secret that the operator makes. By a template: without one, no rule would check the document's parts."""
    return {
        "name": content.name,
        "creationPolicy": "Owner",
        "deletionPolicy": "Retain",
        "template": {
            "engineVersion": "v2",
            "type": content.type,
            "metadata": {"labels": labels(content.component)},
            "data": {key: value.go_template for key, value in content.data.items()},
        },
    }
