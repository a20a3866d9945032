"""What Google itself says of each kind of resource: the discovery documents of its client for Python.

The provider calls some properties otherwise than Google does, and has some of its own; `_CALLED` says which. Everything
else has to be there under the same name, in the first version of Google's API and not in a beta, and one of Google's
values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from tools.embedded.clouds.input_check import Fault

_DOCUMENTS = Path(
    str(distribution("google-api-python-client").locate_file("googleapiclient/discovery_cache/documents"))
)


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    Attributes:
        api: the document that has it, by API and version.
        schema: what it is called there; "" for what is only the provider's.
    """

    api: str
    schema: str = ""


KINDS: Mapping[str, Kind] = {
    "gcp:compute/network:Network": Kind("compute.v1", "Network"),
    "gcp:compute/router:Router": Kind("compute.v1", "Router"),
    "gcp:compute/routerNat:RouterNat": Kind("compute.v1", "RouterNat"),
    "gcp:compute/subnetwork:Subnetwork": Kind("compute.v1", "Subnetwork"),
    "gcp:container/cluster:Cluster": Kind("container.v1", "Cluster"),
    "gcp:container/nodePool:NodePool": Kind("container.v1", "NodePool"),
    "gcp:kms/cryptoKey:CryptoKey": Kind("cloudkms.v1", "CryptoKey"),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": Kind("cloudkms.v1"),
    "gcp:kms/keyRing:KeyRing": Kind("cloudkms.v1", "KeyRing"),
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": Kind("cloudresourcemanager.v1", "AuditConfig"),
    "gcp:projects/iAMMember:IAMMember": Kind("cloudresourcemanager.v1"),
    "gcp:projects/service:Service": Kind("serviceusage.v1"),
    "gcp:projects/serviceIdentity:ServiceIdentity": Kind("serviceusage.v1beta1"),
    "gcp:secretmanager/secretIamMember:SecretIamMember": Kind("secretmanager.v1"),
    "gcp:serviceaccount/account:Account": Kind("iam.v1", "ServiceAccount"),
}
"""By the provider's type token."""

BY_HAND = {"cloudresourcemanager", "serviceusage"}
"""APIs that a person switches on, as they are what switches on the others (docs/gke.md)."""

_CALLED: Mapping[str, Mapping[str, str | None]] = {
    "AuditConfig": {"project": None},
    "Cluster": {
        "datapathProvider": "networkConfig.datapathProvider",
        "deletionProtection": None,
        "enableIntranodeVisibility": "networkConfig.enableIntraNodeVisibility",
        "enableLegacyAbac": "legacyAbac.enabled",
        "enableShieldedNodes": "shieldedNodes.enabled",
        "gatewayApiConfig": "networkConfig.gatewayApiConfig",
        "location": None,
        "minMasterVersion": "initialClusterVersion",
        "networkingMode": None,
        "removeDefaultNodePool": None,
    },
    "CryptoKey": {"deletionPolicy": None, "keyRing": None},
    "KeyRing": {"location": None},
    "LoggingConfig": {"enableComponents": "componentConfig.enableComponents"},
    "MaintenancePolicy": {
        "maintenanceExclusions": "window.maintenanceExclusions",
        "recurringWindow": "window.recurringWindow",
    },
    "MonitoringConfig": {
        "enableComponents": "componentConfig.enableComponents",
        "managedPrometheus": "managedPrometheusConfig",
    },
    "Network": {"routingMode": "routingConfig.routingMode"},
    "NodeKubeletConfig": {"insecureKubeletReadonlyPortEnabled": None},  # "FALSE" at the provider, false at Google
    "NodePool": {"cluster": None, "nodeConfig": "config"},
    "RecurringTimeWindow": {"endTime": "window.endTime", "startTime": "window.startTime"},
    "RouterNat": {"region": None, "router": None},
    "RouterNatSubnetworkToNat": {"sourceIpRangesToNats": "sourceIpRangesToNat"},
    "ServiceAccount": {"accountId": None},
    "TimeWindow": {"exclusionName": None, "exclusionOptions": "maintenanceExclusionOptions"},
}
"""By Google's schema: where in it the provider's property is. None is the provider's own, or a part of the address."""


NO_OTHER_WAY = {
    ("Cluster", "initialNodeCount"),
    ("Cluster", "masterAuthorizedNetworksConfig"),
    ("Cluster", "nodeConfig"),
    ("PrivateClusterConfig", "enablePrivateEndpoint"),
    ("PrivateClusterConfig", "enablePrivateNodes"),
}
"""What Google calls deprecated, and the provider has nothing else for: it sends some in today's place, and makes of the
others the first pool, which goes at once."""


def faults(given: Mapping[str, Any], kind: Kind) -> Iterator[Fault]:
    """Find what Google would not take of one resource.

    Args:
        given: its inputs, as the provider gets them.
        kind: what it is.
    """
    if kind.schema:
        yield from _object_faults(given, kind.schema, document(kind.api)["schemas"], "")


@cache
def document(api: str) -> dict[str, Any]:
    """What Google says of one version of an API, such as `container.v1`."""
    found: dict[str, Any] = json.loads((_DOCUMENTS / f"{api}.json").read_text(encoding="utf-8"))
    return found


def _object_faults(given: Mapping[str, Any], schema: str, schemas: Mapping[str, Any], path: str) -> Iterator[Fault]:
    called = _CALLED.get(schema, {})
    for name, value in given.items():
        where = called.get(name, name)
        if where is None:
            continue
        found = _property(schemas, schema, where)
        if found is None:
            yield Fault(f"{path}{name}", f"is not a property of Google's {schema}")
        elif found.get("deprecated") and (schema, name) not in NO_OTHER_WAY:
            yield Fault(f"{path}{name}", "is deprecated")
        elif found.get("readOnly"):
            yield Fault(f"{path}{name}", "is Google's to say")
        else:
            yield from _value_faults(value, found, schemas, f"{path}{name}")


def _property(schemas: Mapping[str, Any], schema: str, where: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = {"$ref": schema}
    for part in where.split("."):
        found = schemas[found["$ref"]]["properties"].get(part) if found and "$ref" in found else None
    return found


def _value_faults(value: Any, wanted: Mapping[str, Any], schemas: Mapping[str, Any], path: str) -> Iterator[Fault]:
    kind = wanted.get("type", "object")
    inside = wanted.get("items") or wanted.get("additionalProperties")
    if inside and isinstance(value, list):  # of what Google has a map, the provider makes a list
        for index, item in enumerate(value):
            yield from _value_faults(item, inside, schemas, f"{path}[{index}]")
    elif inside and kind == "object" and isinstance(value, dict):
        for key, item in value.items():
            yield from _value_faults(item, inside, schemas, f"{path}.{key}")
    elif not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        if not (kind == "string" and wanted.get("format") and isinstance(value, int)):  # numbers of 64 bits
            yield Fault(path, f"is a {type(value).__name__}; Google wants: {kind}")
    elif "$ref" in wanted:
        yield from _object_faults(value, wanted["$ref"], schemas, f"{path}.")
    elif "enum" in wanted:
        yield from _choice_faults(value, wanted, path)


def _choice_faults(value: str, wanted: Mapping[str, Any], path: str) -> Iterator[Fault]:
    if value not in wanted["enum"]:
        yield Fault(path, f"is {value!r}, which Google does not know")
    elif any(wanted.get("enumDeprecated", ())) and wanted["enumDeprecated"][wanted["enum"].index(value)]:
        yield Fault(path, f"is {value!r}, which is deprecated")


_TYPES: Mapping[str, Any] = {
    "any": object,
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "string": str,
}
