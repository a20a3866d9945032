"""What a cloud's provider takes, read from the classes of its own Python SDK."""

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
        owner: what the object is called in a sentence.
        types: what each property is, as the SDK annotates it.
        required: those that it can't do without.
    """

    owner: str
    types: Mapping[str, Any]
    required: frozenset[str]

    @classmethod
    def of(cls, arguments: type, owner: str = "") -> Properties:
        """Read them from a class of arguments of the SDK's, which is also what they are called if not by `owner`."""
        names = _types.resource_py_to_pulumi_names(arguments)
        parameters = inspect.signature(arguments.__init__).parameters  # type: ignore[misc]
        required = {
            names[name]
            for name, parameter in parameters.items()
            if name in names and parameter.default is inspect.Parameter.empty
        }
        return cls(owner or arguments.__name__, _types.resource_types(arguments), frozenset(required))


def plugin_version(provider: str) -> str:
    """The version of a provider: its SDK's."""
    return version(PACKAGES[provider])


def inputs(token: str) -> Properties:
    """The inputs of a kind of resource; only the SDK's module that has it is imported.

    Args:
        token: the type token, such as `aws:eks/cluster:Cluster`.

    Raises:
        UnknownTypeError: the SDK has no such type.
    """
    with _importing:
        if token.startswith(_PROVIDERS):
            return _read(PACKAGES[token.removeprefix(_PROVIDERS)], "Provider")
        provider, module, _ = token.split(":")
        importlib.import_module(PACKAGES[provider])  # fills the SDK's register of which module has which type
        known: Any = rpc.get_resource_module(provider, module, "")
        if known is None or token not in known.mod_info["classes"]:
            raise UnknownTypeError(f"{token} is not a type of {PACKAGES[provider]} {plugin_version(provider)}")
        return _read(known.mod_info["fqn"], known.mod_info["classes"][token])


def _read(module: str, name: str) -> Properties:
    """The arguments of a resource; where a nested object has taken their name, the SDK calls them differently."""
    sdk = importlib.import_module(module)
    return Properties.of(getattr(sdk, f"{name}InitArgs", None) or getattr(sdk, f"{name}Args"), name)


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
