"""What Azure itself says of each kind of resource: the models of its own clients for Python, beside the provider's SDK.

The provider's SDK and these models are made by different programs from Azure's descriptions, at different times. What
the two disagree about, or only one knows, is worth a look before a subscription refuses it.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from tools.embedded.clouds.input_check import Fault

_ROOT = "azure.mgmt."


@dataclass(frozen=True)
class Field:
    """One property of a model.

    Attributes:
        hint: its type.
        read_only: whether only Azure says it.
        required: whether Azure refuses to do without.
        alias: whether this is only what Azure's client calls it.
        inner: whether it is below `properties`, with which a provider's SDK does mostly without.
    """

    hint: Any
    read_only: bool
    required: bool
    alias: bool = False
    inner: bool = False


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    Attributes:
        package: the client's, below `azure.mgmt`.
        type: what Azure's resource manager calls it.
        model: the class of what is sent.
    """

    package: str
    type: str
    model: str

    def fields(self) -> Mapping[str, Field]:
        """Its properties, by the names that cross the wire."""
        return fields(getattr(self._models(), self.model))

    def addresses(self) -> frozenset[str]:
        """The paths by which it is made, with its names in braces; none where Azure has no such type."""
        provider, *parts = self.type.split("/")
        # A resource group is not below a provider.
        whose = "/subscriptions/[^/]+" if provider == "Microsoft.Resources" else f"/providers/{re.escape(provider)}"
        wanted = re.compile(whose + "".join(rf"/{part}/[^/]+" for part in parts) + "$", re.IGNORECASE)
        return frozenset(url for url in _addresses(self.package) if wanted.search(url))

    def api_version(self) -> str:
        """The version of Azure's API that these models are of."""
        found: list[str] = re.findall(r'"(20\d\d-\d\d-\d\d(?:-preview)?)"', _source(self.package))
        return max(found)

    def _models(self) -> types.ModuleType:
        _folder(self.package)
        return importlib.import_module(f"{_ROOT}{self.package}.models")


KINDS: Mapping[str, Kind] = {
    f"azure-native:{token}": Kind(*said)
    for token, said in {
        "authorization:ManagementLockByScope": (
            "resource.locks",
            "Microsoft.Authorization/locks",
            "ManagementLockObject",
        ),
        "authorization:RoleAssignment": (
            "authorization.v2022_04_01",
            "Microsoft.Authorization/roleAssignments",
            "RoleAssignmentCreateParameters",
        ),
        "compute:DiskEncryptionSet": ("compute", "Microsoft.Compute/diskEncryptionSets", "DiskEncryptionSet"),
        "containerservice:AgentPool": (
            "containerservice",
            "Microsoft.ContainerService/managedClusters/agentPools",
            "AgentPool",
        ),
        "containerservice:MaintenanceConfiguration": (
            "containerservice",
            "Microsoft.ContainerService/managedClusters/maintenanceConfigurations",
            "MaintenanceConfiguration",
        ),
        "containerservice:ManagedCluster": (
            "containerservice",
            "Microsoft.ContainerService/managedClusters",
            "ManagedCluster",
        ),
        "keyvault:Key": ("keyvault", "Microsoft.KeyVault/vaults/keys", "KeyCreateParameters"),
        "keyvault:Vault": ("keyvault", "Microsoft.KeyVault/vaults", "VaultCreateOrUpdateParameters"),
        "managedidentity:FederatedIdentityCredential": (
            "msi.v2024_11_30",
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
            "FederatedIdentityCredential",
        ),
        "managedidentity:UserAssignedIdentity": (
            "msi.v2024_11_30",
            "Microsoft.ManagedIdentity/userAssignedIdentities",
            "Identity",
        ),
        "monitor:DiagnosticSetting": (
            "monitor.v2021_05_01_preview",
            "Microsoft.Insights/diagnosticSettings",
            "DiagnosticSettingsResource",
        ),
        "network:NatGateway": ("network", "Microsoft.Network/natGateways", "NatGateway"),
        "network:NetworkSecurityGroup": ("network", "Microsoft.Network/networkSecurityGroups", "NetworkSecurityGroup"),
        "network:PrivateDnsZoneGroup": (
            "network",
            "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
            "PrivateDnsZoneGroup",
        ),
        "network:PrivateEndpoint": ("network", "Microsoft.Network/privateEndpoints", "PrivateEndpoint"),
        "network:PublicIPAddress": ("network", "Microsoft.Network/publicIPAddresses", "PublicIPAddress"),
        "network:VirtualNetwork": ("network", "Microsoft.Network/virtualNetworks", "VirtualNetwork"),
        "operationalinsights:Workspace": (
            "loganalytics",
            "Microsoft.OperationalInsights/workspaces",
            "Workspace",
        ),
        "privatedns:PrivateZone": ("privatedns", "Microsoft.Network/privateDnsZones", "PrivateZone"),
        "privatedns:VirtualNetworkLink": (
            "privatedns",
            "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
            "VirtualNetworkLink",
        ),
        "resources:ResourceGroup": ("resource.resources", "Microsoft.Resources/resourceGroups", "ResourceGroup"),
        "storage:FileServiceProperties": (
            "storage",
            "Microsoft.Storage/storageAccounts/fileServices",
            "FileServiceProperties",
        ),
        "storage:StorageAccount": ("storage", "Microsoft.Storage/storageAccounts", "StorageAccountCreateParameters"),
    }.items()
}
"""By the provider's type token."""


def faults(given: Mapping[str, Any], kind: Kind) -> Iterator[Fault]:
    """Find what Azure would not take of one resource.

    Args:
        given: its inputs, as the provider gets them.
        kind: what it is.
    """
    said = {key.lower() for key in given}
    names = [{name.lower() for name in re.findall(r"\{(\w+)\}", url)} - _BY_THE_PROVIDER for url in kind.addresses()]
    if not names:
        yield Fault("", f"is not a resource of Azure's: {kind.type}")
        return
    address = min(names, key=lambda each: (len(each - said), -len(each)))
    for name in sorted(address - said):
        yield Fault(name, "is missing; it is part of its address")
    known = kind.fields()
    body = {
        key: value
        for key, value in given.items()
        if key.lower() not in address | _BY_THE_PROVIDER or (key in known and not known[key].read_only)
    }
    yield from _object_faults(body, known, "")


_BY_THE_PROVIDER = {"subscriptionid", "vaultname", "roleassignmentname", "fileservicesname"}
"""Parts of addresses that the provider or its SDK fills in."""


def fields(model: type) -> Mapping[str, Field]:
    """The properties of a model by the names that cross the wire; those in `properties` stand beside the others."""
    own = _old_fields(model) if hasattr(model, "_attribute_map") else _new_fields(model)
    inner = own.get("properties")
    if inner and (held := _model(inner.hint)):
        below = {name: replace(each, inner=True) for name, each in fields(held).items()}
        return {**below, **{name: each for name, each in own.items() if name not in below or not each.read_only}}
    return own


def _new_fields(model: Any) -> dict[str, Field]:
    model({})  # fills in what the class knows of itself
    models = importlib.import_module(model.__module__.rpartition(".")[0])
    needed = _needed(model)
    found = {}
    for name, field in model._attr_to_rest_field.items():
        hint = next(base.__annotations__[name] for base in model.__mro__ if name in inspect.get_annotations(base))
        visible = field._visibility or []
        # The provider's SDK calls some as Azure's clients do, and not as they cross the wire.
        for called in (field._rest_name, _camel(name)):
            found[called] = Field(
                _resolved(hint, models), visible == ["read"], name in needed, called != field._rest_name
            )
    return found


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _old_fields(model: Any) -> dict[str, Field]:
    models = importlib.import_module(model.__module__.rpartition(".")[0])
    hints = {
        name: each.annotation for base in reversed(model.__mro__) for name, each in _parameters(base.__init__).items()
    }
    found = {}
    for name, said in model._attribute_map.items():
        rules = model._validation.get(name, {})
        found[said["key"].rpartition(".")[2]] = Field(
            _resolved(hints.get(name, Any), models), bool(rules.get("readonly")), bool(rules.get("required"))
        )
    return found


def _needed(model: Any) -> set[str]:
    """What the first way to make one has no default for."""
    overloads = typing.get_overloads(model.__init__)
    parameters = _parameters(overloads[0]) if overloads else {}
    return {name for name, each in parameters.items() if each.default is each.empty and each.kind is each.KEYWORD_ONLY}


def _parameters(function: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function).parameters


def _resolved(hint: Any, models: types.ModuleType) -> Any:
    if hint is inspect.Parameter.empty:
        return Any
    names = {
        **vars(typing),
        **vars(importlib.import_module("datetime")),
        "_models": models,
        "datetime": importlib.import_module("datetime"),
    }
    if isinstance(hint, str):
        hint = eval(hint, names)  # noqa: S307 - the text is the client's own
    if isinstance(hint, typing.ForwardRef):
        return eval(hint.__forward_arg__, names)  # noqa: S307 - as above
    if arguments := typing.get_args(hint):
        inner = tuple(_resolved(each, models) for each in arguments)
        origin = typing.get_origin(hint)
        return typing.Union[inner] if origin in (typing.Union, types.UnionType) else origin[inner]  # noqa: UP007
    return hint


def _model(hint: Any) -> type | None:
    return next((each for each in _parts(hint) if isinstance(each, type) and _is_model(each)), None)


def _is_model(each: type) -> bool:
    return hasattr(each, "_attribute_map") or hasattr(each, "_is_model")


def _parts(hint: Any) -> tuple[Any, ...]:
    """What an annotation allows, without None."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return tuple(part for each in typing.get_args(hint) for part in _parts(each))
    return () if hint is type(None) else (hint,)


def _object_faults(given: Mapping[str, Any], known: Mapping[str, Field], path: str) -> Iterator[Fault]:
    for name, value in given.items():
        where = f"{path}{name}"
        if name not in known:
            yield Fault(where, "is not a property of Azure's")
        elif known[name].read_only:
            yield Fault(where, "is Azure's to say")
        else:
            yield from _value_faults(value, known[name].hint, where)
    for name, field in known.items():
        # Either level may be given, and the one that is given has to be whole.
        other = (field.inner and "properties" in given) or (name == "properties" and not field.inner)
        if field.required and not (field.read_only or field.alias or name in given or other):
            yield Fault(f"{path}{name}", "is missing")


def _value_faults(value: Any, hint: Any, path: str) -> Iterator[Fault]:
    parts = _parts(hint)
    if value is None or Any in parts or not parts:
        return
    choices = [each for each in parts if isinstance(each, type) and issubclass(each, enum.Enum)]
    if choices:
        if value not in {one.value for each in choices for one in each}:
            yield Fault(path, f"is {value!r}, which Azure does not know")
        return
    tried = [list(_faults_of_one(value, each, path)) for each in parts]
    if all(tried):
        yield from min(tried, key=len)


def _faults_of_one(value: Any, wanted: Any, path: str) -> Iterator[Fault]:
    origin = typing.get_origin(wanted) or wanted
    if origin is dict and isinstance(value, list):
        return  # identities: the provider makes a map of them
    kind = _KINDS_OF.get(origin, dict if isinstance(origin, type) and _is_model(origin) else object)
    if not isinstance(value, kind) or (
        isinstance(value, bool) and bool not in (kind if isinstance(kind, tuple) else (kind,))
    ):
        yield Fault(path, f"is a {type(value).__name__}")
    elif isinstance(value, dict) and _is_model(origin):
        yield from _object_faults(value, fields(origin), f"{path}.")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _value_faults(item, (typing.get_args(wanted) or (Any,))[0], f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _value_faults(item, (typing.get_args(wanted) or (Any,))[-1], f"{path}.{key}")


_KINDS_OF: Mapping[Any, Any] = {
    str: str,
    bool: bool,
    int: int,
    float: (int, float),
    list: list,
    dict: dict,
    object: (object, bool),
}


@cache
def _addresses(package: str) -> frozenset[str]:
    return frozenset(re.findall(r'"(/[^"\n]*)"', _source(package)))


@cache
def _source(package: str) -> str:
    """The text of a client's operations: what it calls, by which version."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(_folder(package).glob("operations/*.py")))


@cache
def _folder(package: str) -> Path:
    """Where a client is; without importing it, as its operations are megabytes and only its models are asked for."""
    above = importlib.import_module(_ROOT.rstrip("."))
    for part in package.split("."):
        [folder] = [each for path in above.__path__ if (each := Path(path, part)).is_dir()]
        stand_in = types.ModuleType(f"{above.__name__}.{part}")
        stand_in.__path__ = [str(folder)]
        above = sys.modules.setdefault(stand_in.__name__, stand_in)
    return Path(above.__path__[0])
