"""What a cloud answers when something has been made: plausible, and the same whenever it is asked again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from tools.embedded.clouds import schema
from tools.embedded.clouds.layout import Place
from tools.embedded.clouds.names import (
    AWS_ACCOUNT,
    AZURE_TENANT,
    CLUSTERS,
    Account,
    digest,
    kebab,
    made_up_uuid,
    own_key,
)
from tools.embedded.clouds.schema import Properties, Resource

_DEPTH = 4
"""How far made-up objects go into each other; some types of Google's contain themselves."""


@dataclass(frozen=True)
class Answer:
    """Everything that is known of one thing.

    Args:
        resource: what it is.
        id: its id; empty where it does not exist yet, and what the cloud makes up is not known.
        inputs: what it is made from.
        account: whose it is.
        place: where its cluster is, if it is one.
    """

    resource: Resource
    id: str
    inputs: Mapping[str, Any]
    account: Account
    place: Place

    def properties(self) -> dict[str, Any]:
        """All its properties."""
        found = {}
        for name, annotated in self.resource.outputs.items():
            given, computed = self.inputs.get(name), name not in self.resource.inputs.types
            if computed and not self.id:
                found[name] = UNKNOWN
            elif (value := self._value(name, annotated, given, required=computed)) is not None:
                found[name] = value
        return found

    def _value(self, name: str, annotated: Any, given: Any, *, required: bool, depth: int = 0) -> Any:
        """What a property is: what it was given, with what the cloud adds to it.

        Args:
            name: the property's.
            annotated: its type.
            given: what the program says; None for nothing.
            required: whether there has to be something.
            depth: how far in it is.
        """
        if given == UNKNOWN:
            return given
        wanted = next(iter(schema.plain(annotated)), str)
        made_up = given is None and required and depth <= _DEPTH
        if schema.is_object(wanted) and (isinstance(given, dict) or made_up):
            return self._object(wanted, given, depth + 1)
        if schema.is_list(wanted) and isinstance(given, list):
            held = schema.items(wanted)
            return [self._value(name, held, item, required=True, depth=depth + 1) for item in given]
        if schema.is_map(wanted) and isinstance(given, list):
            # Azure takes a list of the identities that a thing has, and answers with what each one is.
            held = schema.items(wanted)
            return {item: self._value(name, held, None, required=True, depth=depth + 1) for item in given}
        if given is not None:
            return given
        if name in self._made_up and (depth == 0 or name in _NESTED):
            return self._made_up[name]() if self.id else UNKNOWN
        if not made_up:
            return None
        return self._plausible(name, wanted, depth) if self.id else UNKNOWN

    def _object(self, wanted: type, given: Mapping[str, Any] | None, depth: int) -> dict[str, Any]:
        """An object; one that is all the cloud's own has everything in it, as the SDK calls most of that optional."""
        known, said = Properties.of(wanted), given or {}
        found = {
            name: self._value(
                name, annotated, said.get(name), required=given is None or name in known.required, depth=depth
            )
            for name, annotated in known.types.items()
        }
        return {**said, **{name: value for name, value in found.items() if value is not None}}

    def _plausible(self, name: str, wanted: Any, depth: int) -> Any:
        if schema.is_list(wanted):
            held = schema.items(wanted)
            return [self._object(held, None, depth + 1)] if name in _LISTED and schema.is_object(held) else []
        if schema.is_map(wanted):
            return {}
        return _SCALARS.get(wanted, f"{kebab(name)}-{self._unique(name)[:8]}")

    def _unique(self, *parts: object) -> str:
        return digest(self.resource.token, self.id, *parts)

    @functools.cached_property
    def _made_up(self) -> Mapping[str, Callable[[], Any]]:
        """What a cloud makes up, by the name of the property."""
        provider = self.resource.token.split(":")[0]
        known = {"aws": self._aws, "gcp": self._google, "azure-native": self._azure}[provider]()
        return known | self._cluster()

    def _aws(self) -> dict[str, Callable[[], Any]]:
        region = self.inputs.get("region", self.account.region)
        return {
            "accountId": lambda: AWS_ACCOUNT,
            "allocationId": lambda: self.id,
            "arn": lambda: self._arn(region),
            "clusterSecurityGroupId": lambda: f"sg-0{self._unique('cluster')[1:]}",
            "createDate": lambda: _LONG_AGO,
            "createdAt": lambda: _LONG_AGO,
            "defaultNetworkAclId": lambda: f"acl-0{self._unique('acl')[1:]}",
            "defaultRouteTableId": lambda: f"rtb-0{self._unique('rtb')[1:]}",
            "defaultSecurityGroupId": lambda: f"sg-0{self._unique('default')[1:]}",
            "dnsName": lambda: f"{self.id}.{self.resource.token.split(':')[1].split('/')[0]}.{region}.amazonaws.com",
            "issuer": lambda: f"https://oidc.eks.{region}.amazonaws.com/id/{self._unique('issuer').upper()}",
            "keyId": lambda: self.id,
            "mainRouteTableId": lambda: f"rtb-0{self._unique('rtb')[1:]}",
            "name": lambda: self.id,
            "ownerId": lambda: AWS_ACCOUNT,
            "platformVersion": lambda: "eks.1",
            "publicIp": lambda: f"203.0.113.{int(self._unique('ip'), 16) % 254 + 1}",
            "region": lambda: region,
            "state": lambda: "available",
            "status": lambda: "ACTIVE",
            "tagsAll": lambda: {**self.account.tags, **(self.inputs.get("tags") or {})},
            "vpcId": lambda: f"vpc-0{self._unique('vpc')[1:]}",
        }

    def _arn(self, region: str) -> str:
        if self.id.startswith("arn:"):
            return self.id
        service = self.resource.token.split(":")[1].split("/")[0]
        service, kind = _AWS_SERVICES.get(service, service), kebab(self.resource.name)
        where = "" if service == "iam" else region
        if service == "logs":
            return f"arn:aws:logs:{where}:{AWS_ACCOUNT}:log-group:{self.id}"
        return f"arn:aws:{service}:{where}:{AWS_ACCOUNT}:{kind}/{self.id.replace(':', '/')}"

    def _google(self) -> dict[str, Callable[[], Any]]:
        project = self.inputs.get("project", self.account.project)
        number = str(int(digest("project", project), 16) % 10**12)
        own = self.id.rpartition("/")[2]
        # An account of the program's own has its address in its id; one of Google's own carries the project's number.
        email = own if "@" in own else f"service-{number}@{self.inputs.get('service', own)}.iam.gserviceaccount.com"
        return {
            "effectiveLabels": lambda: self.inputs.get("labels") or self.inputs.get("resourceLabels") or {},
            "email": lambda: email,
            "location": lambda: self.account.region,
            "member": lambda: f"serviceAccount:{email}",
            "number": lambda: number,
            "project": lambda: project,
            "pulumiLabels": lambda: self.inputs.get("labels") or self.inputs.get("resourceLabels") or {},
            "region": lambda: self.account.region,
            "selfLink": lambda: (
                f"https://www.googleapis.com/{self.resource.token.split(':')[1].split('/')[0]}/v1/{self.id}"
            ),
            "workloadPool": lambda: f"{project}.svc.id.goog",
        }

    def _azure(self) -> dict[str, Callable[[], Any]]:
        own = self.inputs.get(own_key(self.resource) or "", "")
        return {
            "clientId": lambda: made_up_uuid(self.id, "client"),
            "issuerURL": lambda: (
                f"https://{self.account.region}.oic.prod-aks.azure.com/{AZURE_TENANT}/{made_up_uuid(self.id)}/"
            ),
            "keyUri": lambda: f"https://{self.inputs.get('vaultName')}.vault.azure.net/keys/{own}",
            "keyUriWithVersion": lambda: (
                f"https://{self.inputs.get('vaultName')}.vault.azure.net/keys/{own}/{digest(self.id, length=32)}"
            ),
            "location": lambda: self.account.region,
            "name": lambda: own,
            "objectId": lambda: made_up_uuid(self.id, "principal"),
            "principalId": lambda: made_up_uuid(self.id, "principal"),
            "provisioningState": lambda: "Succeeded",
            "tenantId": lambda: AZURE_TENANT,
            "vaultUri": lambda: f"https://{own}.vault.azure.net/",
        }

    def _cluster(self) -> dict[str, Callable[[], Any]]:
        """How the API server is reached that stands for every cluster's."""
        answers: dict[str, dict[str, Callable[[], Any]]] = {
            CLUSTERS["aws"]: {
                "data": lambda: self.place.authority,
                "endpoint": lambda: self.place.server,
            },
            CLUSTERS["gcp"]: {
                "clusterCaCertificate": lambda: self.place.authority,
                "endpoint": lambda: self.place.host,
                "masterVersion": lambda: self.inputs.get("minMasterVersion", "1.35.0"),
                "privateEndpoint": lambda: self.place.host,
            },
            CLUSTERS["azure-native"]: {
                "fqdn": lambda: self.place.host,
                "nodeResourceGroup": lambda: f"MC_{self.inputs.get('resourceGroupName')}",
                "privateFQDN": lambda: self.place.host,
            },
        }
        return answers.get(self.resource.token, {})


_NESTED = {
    *("clusterCaCertificate", "clusterSecurityGroupId", "data", "endpoint", "issuer", "issuerURL", "principalId"),
    *("privateEndpoint", "tenantId", "vaultUri", "vpcId"),
}
"""What a cloud adds inside an object that a program gives; other names mean something else in there."""

_LISTED = {"certificateAuthorities", "identities", "oidcs"}
"""Lists of objects that have one in them from the start; others are empty, until somebody makes what is in them."""

_LONG_AGO = "2026-01-01T00:00:00Z"
_AWS_SERVICES = {"efs": "elasticfilesystem", "cloudwatch": "logs"}
_SCALARS: Mapping[Any, Any] = {bool: False, int: 1, float: 1.0, Any: {}}
