"""What only a cloud could answer, made up for a preview that asks none: the same in both revisions.

It has the shape of a real answer, because the program goes on with it, such as into the document of a right; and it
says of itself that it is made up, because it is seen in reports.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

_ACCOUNT = "000000000000"
_ISSUER = "https://issuer.made-up.invalid/id/MADE-UP"
_ENDPOINT = "https://endpoint.made-up.invalid"
_AUTHORITY = base64.b64encode(b"made up").decode()
_EKS = {
    "arn": f"arn:aws:eks:made-up:{_ACCOUNT}:cluster/made-up",
    "endpoint": _ENDPOINT,
    "identities": [{"oidcs": [{"issuer": _ISSUER}]}],
}
_GKE_ENDPOINTS = {
    "dns": {"allowExternalTraffic": True, "endpoint": "dns-endpoint.made-up.invalid"},
    "ip": {"enabled": True, "privateEndpoint": "192.0.2.1", "publicEndpoint": "192.0.2.1"},
}
_AKS_KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "made-up", "cluster": {"server": _ENDPOINT, "certificate-authority-data": _AUTHORITY}}],
    "users": [{"name": "made-up", "user": {"exec": {"command": "kubelogin", "args": ["get-token"]}}}],
}

_LOOK_UPS: Mapping[str, Mapping[str, Any]] = {
    "aws:eks/getCluster:getCluster": {**_EKS, "certificateAuthorities": [{"data": _AUTHORITY}]},
    "gcp:container/getCluster:getCluster": {
        "endpoint": "192.0.2.1",
        "masterAuths": [{"clusterCaCertificate": _AUTHORITY}],
        "controlPlaneEndpointsConfigs": [
            {"dnsEndpointConfigs": [_GKE_ENDPOINTS["dns"]], "ipEndpointsConfigs": [_GKE_ENDPOINTS["ip"]]}
        ],
    },
    "azure-native:containerservice:getManagedCluster": {"oidcIssuerProfile": {"enabled": True, "issuerURL": _ISSUER}},
    "azure-native:containerservice:listManagedClusterUserCredentials": {
        "kubeconfigs": [
            {"name": "clusterUser", "value": base64.b64encode(json.dumps(_AKS_KUBECONFIG).encode()).decode()}
        ]
    },
}


def looked_up(token: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """Answer a look-up of something that is there already.

    Args:
        token: what is asked.
        arguments: of what.

    Returns:
        None where we have no answer.
    """
    answer = _LOOK_UPS.get(token)
    return None if answer is None else {**answer, **{key: value for key, value in arguments.items() if value}}


def made(type_: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Answer that something has been made: what it was made from, and what the cloud adds.

    Args:
        type_: its type token.
        name: Pulumi's name for it.
        inputs: what it is made from.
    """
    cloud = type_.partition(":")[0]
    added = _ADDED[cloud](type_, name, inputs) if cloud in _ADDED else {}
    return _joined(added, _as_azure_answers(inputs) if cloud == "azure-native" else inputs)


def _by_aws(type_: str, name: str, _: Mapping[str, Any]) -> dict[str, Any]:
    added: dict[str, Any] = {"arn": f"arn:aws:made-up:made-up:{_ACCOUNT}:{name}", "name": name}
    if type_ == "aws:ec2/vpc:Vpc":
        added["ownerId"] = _ACCOUNT
    if type_ == "aws:eks/cluster:Cluster":
        added |= {**_EKS, "certificateAuthority": {"data": _AUTHORITY}}
        added["vpcConfig"] = {"clusterSecurityGroupId": f"{name}-security-group"}
    return added


def _by_google(type_: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    email = f"{name}@made-up.invalid"
    added: dict[str, Any] = {"name": name, "email": email, "member": f"serviceAccount:{email}", "selfLink": name}
    if type_ == "gcp:container/cluster:Cluster":
        added["endpoint"] = "192.0.2.1"
        added["masterVersion"] = f"{inputs['minMasterVersion']}.0-gke.0"
        added["masterAuth"] = {"clusterCaCertificate": _AUTHORITY}
        added["controlPlaneEndpointsConfig"] = {
            "dnsEndpointConfig": _GKE_ENDPOINTS["dns"],
            "ipEndpointsConfig": _GKE_ENDPOINTS["ip"],
        }
    return added


def _by_azure(type_: str, name: str, _: Mapping[str, Any]) -> dict[str, Any]:
    added: dict[str, Any] = {"name": name, "principalId": f"{name}-principal", "clientId": f"{name}-client"}
    added["tenantId"] = "made-up-tenant"
    if type_ == "azure-native:keyvault:Vault":
        added["properties"] = {"vaultUri": f"https://{name}.made-up.invalid/"}
    if type_ == "azure-native:keyvault:Key":
        added["keyUriWithVersion"] = f"https://vault.made-up.invalid/keys/{name}/made-up"
    if type_ == "azure-native:compute:DiskEncryptionSet":
        added["identity"] = {"principalId": f"{name}-principal"}
    if type_ == "azure-native:containerservice:ManagedCluster":
        added["oidcIssuerProfile"] = {"issuerURL": _ISSUER}
        added["identity"] = {"tenantId": "made-up-tenant"}
    return added


_ADDED: Mapping[str, Callable[[str, str, Mapping[str, Any]], dict[str, Any]]] = {
    "aws": _by_aws,
    "gcp": _by_google,
    "azure-native": _by_azure,
}


def _joined(added: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, and below each of its objects what is added there."""
    both = {
        key: _joined(added[key], given[key])
        for key in added.keys() & given.keys()
        if isinstance(added[key], Mapping) and isinstance(given[key], Mapping)
    }
    return {**added, **given, **both}


def _as_azure_answers(value: Any) -> Any:
    """Identities, which Azure takes as a list, it gives back as a map, and the SDK wants one."""
    if isinstance(value, list):
        return [_as_azure_answers(inner) for inner in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: {identity: {} for identity in inner} if key == "userAssignedIdentities" else _as_azure_answers(inner)
        for key, inner in value.items()
    }
