"""What a cloud's provider takes and answers, read from the classes of its own Python SDK."""

from __future__ import annotations

import collections.abc
import enum
import importlib
import inspect
import threading
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pulumi
from pulumi import _types
from pulumi.runtime import rpc

PACKAGES = {"aws": "pulumi_aws", "gcp": "pulumi_gcp", "azure-native": "pulumi_azure_native"}
"""The Python package of each provider, by the provider's name."""

_PROVIDERS = "pulumi:providers:"
_importing = threading.Lock()


class UnknownTypeError(Exception):
    """The SDK has no such resource; the message is for people."""


@dataclass(frozen=True)
class Properties:
    """The properties of one kind of object, by the names that cross the wire.

    Attributes:
        types: what each one is, as the SDK annotates it.
        required: those that it can't do without.
    """

    types: Mapping[str, Any]
    required: frozenset[str]

    @classmethod
    def of(cls, made: type) -> Properties:
        """Read them from a class of the SDK: arguments, a nested argument, a nested output."""
        names = _types.resource_py_to_pulumi_names(made)
        parameters = inspect.signature(made.__init__).parameters  # type: ignore[misc]
        required = {
            names[name]
            for name, parameter in parameters.items()
            if name in names and parameter.default is inspect.Parameter.empty
        }
        return cls(_types.resource_types(made), frozenset(required))


@dataclass(frozen=True)
class Resource:
    """One kind of resource.

    Attributes:
        token: its type token.
        name: its class in the SDK.
        inputs: what it is made from.
        outputs: what there is to know of it; the inputs are among them.
    """

    token: str
    name: str
    inputs: Properties
    outputs: Mapping[str, Any]


def plugin_version(provider: str) -> str:
    """The version of a provider: its SDK's."""
    return version(PACKAGES[provider])


def resource(token: str) -> Resource:
    """Look a kind of resource up in the SDK; only the SDK's module that has it is imported.

    Args:
        token: the type token, such as `aws:eks/cluster:Cluster`.

    Raises:
        UnknownTypeError: the SDK has none of that type.
    """
    if token.startswith(_PROVIDERS):
        package = PACKAGES[token.removeprefix(_PROVIDERS)]
        return _read(token, package, "Provider")
    provider, module, _ = token.split(":")
    with _importing:
        importlib.import_module(PACKAGES[provider])  # tells the SDK's register of types which module has which type
    found: Any = rpc.get_resource_module(provider, module, "")
    if found is None or token not in found.mod_info["classes"]:
        raise UnknownTypeError(f"{token} is not a type of {PACKAGES[provider]} {plugin_version(provider)}")
    return _read(token, found.mod_info["fqn"], found.mod_info["classes"][token])


def _read(token: str, module: str, name: str) -> Resource:
    with _importing:
        found = importlib.import_module(module)
        made, args = getattr(found, name), _args(found, name)
    return Resource(token, name, Properties.of(args), _types.resource_types(made))


def _args(module: types.ModuleType, name: str) -> type:
    """The class of a resource's arguments; where a nested object has taken its name, the SDK calls it differently."""
    for suffix in ("InitArgs", "Args"):
        found = getattr(module, f"{name}{suffix}", None)
        if found:
            return typing.cast(type, found)
    raise UnknownTypeError(f"{module.__name__} has no arguments for {name}")


def plain(annotated: Any) -> tuple[Any, ...]:
    """The types that an annotation allows for a value that is known: without None, Output and Awaitable."""
    if typing.get_origin(annotated) in (typing.Union, types.UnionType):
        return tuple(dict.fromkeys(each for part in typing.get_args(annotated) for each in plain(part)))
    if annotated is type(None) or typing.get_origin(annotated) in (pulumi.Output, collections.abc.Awaitable):
        return ()
    return (annotated,)


def items(wanted: Any) -> Any:
    """The annotation of what a list or a map holds."""
    return (typing.get_args(wanted) or (Any,))[-1]


def is_object(wanted: Any) -> bool:
    """Whether it is a class of the SDK that has properties."""
    return isinstance(wanted, type) and (_types.is_input_type(wanted) or _types.is_output_type(wanted))


def is_list(wanted: Any) -> bool:
    """Whether it is a list of something."""
    return typing.get_origin(wanted) in (collections.abc.Sequence, list)


def is_map(wanted: Any) -> bool:
    """Whether it is a map of texts to something."""
    return typing.get_origin(wanted) in (collections.abc.Mapping, dict)


def is_choice(wanted: Any) -> bool:
    """Whether it is an enumeration."""
    return isinstance(wanted, type) and issubclass(wanted, enum.Enum)
