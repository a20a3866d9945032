"""Clusters on AKS as the program asks for them, in this process: what Azure would answer is made up here."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from unittest.mock import patch

import pulumi
import yaml

from components.cluster.connection import ClusterConnection, SecretAccess, connect
from snapshot import in_process
from tests.support.clouds import cluster_args
from tests.support.program import Program, run

ADMINS = "99999999-2222-3333-4444-555555555555"
FOUND: dict[str, Any] = {
    "name": "smarthr360-staging",
    "subscription": "11111111-2222-3333-4444-555555555555",
    "resourceGroup": "smarthr360-staging",
    "region": "francecentral",
    "secretVault": {"name": "smarthr360-secrets", "resourceGroup": "secrets"},
}
"""A cluster that is there already."""
CREATED: dict[str, Any] = {**FOUND, "create": {"version": "1.36", "adminGroups": [ADMINS]}}
"""One that the stack makes."""
DEV: dict[str, Any] = {
    **FOUND,
    "create": {
        **CREATED["create"],
        "nodes": {"min": 1, "max": 3, "spot": True},
        "systemNodes": {"min": 1, "max": 2},
        "uptimeSla": False,
        "logRetention": 30,
    },
}
"""One that costs as little as it can."""
CUSTOM: dict[str, Any] = {
    **FOUND,
    "create": {
        **CREATED["create"],
        "apiAccess": ["203.0.113.0/24"],
        "network": "172.20.0.0/16",
        "tags": {"cost-center": "hr"},
        "logRetention": 365,
        "overrides": {"control-plane": {"sku": {"name": "Base", "tier": "Premium"}}},
    },
}
"""One that says everything itself."""
KUBECONFIG: dict[str, Any] = {
    "clusters": [
        {"name": "any", "cluster": {"server": "https://nowhere:443", "certificate-authority-data": "bm90LXJlYWw="}}
    ],
    "users": [{"name": "any", "user": {"exec": {"command": "kubelogin", "args": ["get-token"]}}}],
}
"""What Azure says of a cluster that one reaches by Entra ID."""
ISSUER = "https://francecentral.oic.prod-aks.azure.com/nowhere/"


class Made:
    """What the program asks for, for one cluster and one ServiceAccount of it that reads secrets.

    Attributes:
        program: every resource.
        asked: what Azure was asked, by the end of its token.
        kubeconfig: how the cluster is reached.
        access: how the ServiceAccount reads its secret; None where there is no vault.
    """

    def __init__(self, settings: Mapping[str, Any], protect: bool, answers: Mapping[str, Any]) -> None:
        self.asked: list[str] = []
        self.kubeconfig = ""
        self.access: SecretAccess | None = None
        args = cluster_args("aks", settings, "production" if protect else "dev", protect=protect)

        def call(_: object, asked: pulumi.runtime.MockCallArgs) -> Any:
            self.asked.append(asked.token.rpartition(":")[2])
            return answers[self.asked[-1]]

        def program() -> None:
            connection = connect("cluster", args)
            pulumi.Output.from_input(connection.kubeconfig).apply(self._reached)
            self._grant(connection)

        with patch.object(in_process._Unanswered, "call", call):
            self.program: Program = run(program)

    def _reached(self, kubeconfig: str) -> None:
        self.kubeconfig = kubeconfig

    def _grant(self, connection: ClusterConnection) -> None:
        if connection.secret_manager:
            self.access = connection.secret_manager.grant(
                "app-secrets", "smarthr360", "reader", "smarthr360/production"
            )

    def names(self, type_: str = "") -> set[str]:
        """Pulumi's names of what has this type."""
        return {found.name for found in self.program.of(type_) if found.custom}

    def inputs(self, name: str) -> dict[str, Any]:
        """The inputs of the one resource of this name, as a provider gets them."""
        return self.program.inputs(name)


def answers(kubeconfig: Mapping[str, Any] = KUBECONFIG, issuer: str | None = ISSUER) -> dict[str, Any]:
    """What Azure answers, by the end of the question's token."""
    credentials = base64.b64encode(yaml.safe_dump(kubeconfig).encode()).decode()
    profile = {"enabled": True, "issuerURL": issuer} if issuer else {"enabled": False}
    return {
        "listManagedClusterUserCredentials": {"kubeconfigs": [{"name": "clusterUser", "value": credentials}]},
        "getManagedCluster": {"id": "id", "name": "name", "oidcIssuerProfile": profile},
    }


@cache
def _made(settings: str, protect: bool) -> Made:
    return Made(json.loads(settings), protect, answers())


def made(settings: Mapping[str, Any] = CREATED, *, protect: bool = True) -> Made:
    """What the program asks for; run once for each configuration."""
    return _made(json.dumps(settings), protect)
