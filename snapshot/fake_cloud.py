"""Made-up answers of a cloud, for previews in this process and for the stand-ins for the providers.

An answer has the shape of a real one, because the program uses it, for example in an IAM policy; and it says that it is
made up, because reports show it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CLUSTERS = {
    "aws": "aws:eks/cluster:Cluster",
    "gcp": "gcp:container/cluster:Cluster",
    "azure-native": "azure-native:containerservice:ManagedCluster",
}
"""The type of each provider's Kubernetes clusters."""

_ACCOUNT = "000000000000"
_ISSUER = "https://issuer.made-up.invalid/id/MADE-UP"
_TENANT = "made-up-tenant"


@dataclass(frozen=True)
class Endpoint:
    """The API server that every made-up cluster gets.

    Attributes:
        server: its address, such as https://127.0.0.1:20000.
        authority: the CA of its certificate, in base64.
    """

    server: str
    authority: str

    @property
    def host(self) -> str:
        """Its host and port."""
        return self.server.removeprefix("https://")


NOWHERE = Endpoint("https://endpoint.made-up.invalid", base64.b64encode(b"made up").decode())
"""The endpoint in previews, which never connect to it."""


def looked_up(token: str, arguments: Mapping[str, Any], at: Endpoint = NOWHERE) -> dict[str, Any] | None:
    """Answer a look-up of something that exists already.

    Args:
        token: the function's type token.
        arguments: its arguments.
        at: the cluster's API server.

    Returns:
        None for a function that is not known here.
    """
    answers: dict[str, dict[str, Any]] = {
        "aws:eks/getCluster:getCluster": {**_eks(at), "certificateAuthorities": [{"data": at.authority}]},
        "gcp:container/getCluster:getCluster": {
            "endpoint": at.host,
            "masterAuths": [{"clusterCaCertificate": at.authority}],
            "controlPlaneEndpointsConfigs": [
                {"dnsEndpointConfigs": [_gke_by_name(at)], "ipEndpointsConfigs": [_gke_by_address(at)]}
            ],
        },
        "azure-native:containerservice:getManagedCluster": {
            "oidcIssuerProfile": {"enabled": True, "issuerURL": _ISSUER}
        },
        "azure-native:containerservice:listManagedClusterUserCredentials": {
            "kubeconfigs": [{"name": "clusterUser", "value": _aks_kubeconfig(at)}]
        },
    }
    answer = answers.get(token)
    return None if answer is None else {**answer, **{key: value for key, value in arguments.items() if value}}


def made(type_: str, name: str, inputs: Mapping[str, Any], at: Endpoint = NOWHERE) -> dict[str, Any]:
    """The outputs of a new resource: its inputs, and what the cloud adds.

    Args:
        type_: its type token.
        name: its name.
        inputs: its inputs.
        at: its API server, if it is a cluster.
    """
    cloud = type_.partition(":")[0]
    if cloud == "aws":
        return _joined(_by_aws(type_, name, at), inputs)
    if cloud == "gcp":
        return _joined(_by_google(type_, name, inputs, at), inputs)
    return _joined(_by_azure(type_, name), _as_azure_answers(inputs)) if cloud == "azure-native" else dict(inputs)


def _by_aws(type_: str, name: str, at: Endpoint) -> dict[str, Any]:
    added: dict[str, Any] = {"arn": f"arn:aws:made-up:made-up:{_ACCOUNT}:{name}", "name": name}
    if type_ == "aws:kms/key:Key":
        added["keyId"] = name
    if type_ == "aws:ec2/vpc:Vpc":
        added["ownerId"] = _ACCOUNT
    if type_ == CLUSTERS["aws"]:
        added |= {**_eks(at), "certificateAuthority": {"data": at.authority}}
        added["vpcConfig"] = {"clusterSecurityGroupId": "sg-0madeup"}  # the form that the API of nodes wants
    return added


def _by_google(type_: str, name: str, inputs: Mapping[str, Any], at: Endpoint) -> dict[str, Any]:
    email = f"{name}@made-up.invalid"
    added: dict[str, Any] = {"name": name, "email": email, "member": f"serviceAccount:{email}", "selfLink": name}
    if type_ == CLUSTERS["gcp"]:
        added["endpoint"] = at.host
        added["masterVersion"] = f"{inputs['minMasterVersion']}.0-gke.0"
        added["masterAuth"] = {"clusterCaCertificate": at.authority}
        added["controlPlaneEndpointsConfig"] = {
            "dnsEndpointConfig": _gke_by_name(at),
            "ipEndpointsConfig": _gke_by_address(at),
        }
    return added


def _by_azure(type_: str, name: str) -> dict[str, Any]:
    added: dict[str, Any] = {"name": name, "principalId": f"{name}-principal", "clientId": f"{name}-client"}
    added["tenantId"] = _TENANT
    if type_ == "azure-native:keyvault:Vault":
        added["properties"] = {"vaultUri": f"https://{name}.made-up.invalid/"}
    if type_ == "azure-native:keyvault:Key":
        added["keyUriWithVersion"] = f"https://vault.made-up.invalid/keys/{name}/made-up"
    if type_ == "azure-native:compute:DiskEncryptionSet":
        added["identity"] = {"principalId": f"{name}-principal"}
    if type_ == CLUSTERS["azure-native"]:
        added["oidcIssuerProfile"] = {"issuerURL": _ISSUER}
        added["identity"] = {"tenantId": _TENANT}
    return added


def _eks(at: Endpoint) -> dict[str, Any]:
    arn = f"arn:aws:eks:made-up:{_ACCOUNT}:cluster/made-up"
    return {"arn": arn, "endpoint": at.server, "identities": [{"oidcs": [{"issuer": _ISSUER}]}]}


def _gke_by_name(at: Endpoint) -> dict[str, Any]:
    return {"allowExternalTraffic": True, "endpoint": at.host}


def _gke_by_address(at: Endpoint) -> dict[str, Any]:
    return {"enabled": True, "privateEndpoint": at.host, "publicEndpoint": at.host}


def _aks_kubeconfig(at: Endpoint) -> str:
    """The kubeconfig that AKS gives to everybody if local accounts are off: without a credential."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "made-up", "cluster": {"server": at.server, "certificate-authority-data": at.authority}}],
        "users": [{"name": "made-up", "user": {"exec": {"command": "kubelogin", "args": ["get-token"]}}}],
    }
    return base64.b64encode(json.dumps(content).encode()).decode()


def _joined(added: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Two objects merged at every level; where both have a value, `given` wins."""
    both = {
        key: _joined(added[key], given[key])
        for key in added.keys() & given.keys()
        if isinstance(added[key], Mapping) and isinstance(given[key], Mapping)
    }
    return {**added, **given, **both}


def _as_azure_answers(value: Any) -> Any:
    """Inputs as Azure returns them: it takes identities as a list and returns a map, which the SDK expects."""
    if isinstance(value, list):
        return [_as_azure_answers(inner) for inner in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: {identity: {} for identity in inner} if key == "userAssignedIdentities" else _as_azure_answers(inner)
        for key, inner in value.items()
    }
