"""What the engine asks the stand-ins for the clouds' providers, and good answers to what each cluster is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from snapshot.fake_cloud import CLUSTERS
from tools.embedded.clouds import protocol
from tools.embedded.clouds.provider import Provider

EKS: dict[str, Any] = {"name": "production", "roleArn": "arn:role", "vpcConfig": {"subnetIds": ["subnet-1", UNKNOWN]}}
GKE: dict[str, Any] = {
    "name": "production",
    "location": "europe-west9",
    "initialNodeCount": 1.0,
    "resourceLabels": {"environment": "production"},
    "privateClusterConfig": {"enablePrivateNodes": True},
}
AKS: dict[str, Any] = {
    "resourceGroupName": "production",
    "resourceName": "production",
    "sku": {"name": "Base", "tier": "Standard"},
    "agentPoolProfiles": [{"name": "system", "count": 3.0, "mode": "System", "vnetSubnetID": UNKNOWN}],
}
GOOD = {CLUSTERS["aws"]: EKS, CLUSTERS["gcp"]: GKE, CLUSTERS["azure-native"]: AKS}


class RefusedCallError(Exception):
    """What the engine gets instead of an answer."""


class Call:
    """One call of the engine's."""

    details = b""

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self.details = metadata[0][1]

    def abort(self, code: Any, sentence: str) -> NoReturn:
        raise RefusedCallError(f"{code.name}: {sentence}")


class Quiet(protocol.Engine):
    """An engine that remembers what it is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def warn(self, sentence: str) -> None:
        self.heard.append(sentence)


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:production::smarthr360::smarthr360:cluster:Eks${token}::{name}"


def create(
    provider: Provider, token: str, name: str, inputs: Mapping[str, Any], *, preview: bool = False
) -> tuple[str, dict[str, Any]]:
    request = provider_pb2.CreateRequest(urn=urn(token, name), properties=protocol.write(inputs), preview=preview)
    answer = provider.Create(request, Call())
    return answer.id, protocol.read(answer.properties)


def delete(provider: Provider, token: str, id_: str) -> None:
    provider.Delete(provider_pb2.DeleteRequest(urn=urn(token, "c"), id=id_), Call())
