"""Whether a resource's inputs are what the provider's SDK says they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from checked import nearest
from tools.embedded.clouds import schema
from tools.embedded.clouds.schema import Properties


@dataclass(frozen=True)
class Fault:
    """What is wrong with one property.

    Attributes:
        path: where it is, such as `vpcConfig.subnetIds[0]`.
        reason: what is wrong, for people.
    """

    path: str
    reason: str


def faults(given: Mapping[str, Any], known: Properties, path: str = "") -> Iterator[Fault]:
    """Find what is wrong with an object.

    Args:
        given: its properties by the names that cross the wire; what is not known yet is `UNKNOWN`.
        known: what it can have.
        path: where it is.
    """
    prefix = f"{path}." if path else ""
    for name in sorted(known.required - given.keys()):
        yield Fault(f"{prefix}{name}", f"is missing; {known.owner} requires it")
    for name, value in given.items():
        if name in known.types:
            yield from _value_faults(value, known.types[name], f"{prefix}{name}")
        else:
            yield Fault(f"{prefix}{name}", f"is not a property of {known.owner}{_nearest(name, known.types)}")


def _value_faults(value: Any, annotated: Any, path: str) -> Iterator[Fault]:
    allowed = schema.plain(annotated)
    if value == UNKNOWN or value is None or Any in allowed:
        return
    # Where text or one of an enumeration is allowed, the SDK leaves room for values that are newer than itself.
    # Here it is more likely to be a slip.
    choices = [each for each in allowed if schema.is_choice(each)]
    tried = [list(_faults_of_one(value, each, path)) for each in choices or allowed]
    if all(tried):
        yield from min(tried, key=len)


def _faults_of_one(value: Any, wanted: Any, path: str) -> Iterator[Fault]:
    kind, allowed = _kind(wanted)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        yield Fault(path, f"is {_described(value)}; allowed is {allowed}")
    elif schema.is_object(wanted):
        yield from faults(value, Properties.of(wanted), path)
    elif schema.is_list(wanted):
        for index, item in enumerate(value):
            yield from _value_faults(item, schema.items(wanted), f"{path}[{index}]")
    elif schema.is_map(wanted):
        for key, item in value.items():
            yield from _value_faults(item, schema.items(wanted), f"{path}.{key}")
    elif schema.is_choice(wanted) and value not in (values := [each.value for each in wanted]):
        yield Fault(path, f"is {value!r}, which is not among {_some(values)}{_nearest(value, values)}")
    elif wanted is int and not float(value).is_integer():
        yield Fault(path, f"is {value}; allowed is {allowed}")


def _kind(wanted: Any) -> tuple[Any, str]:
    """What Python has for a type of the SDK's, and what people call it."""
    if schema.is_object(wanted):
        return dict, f"an object ({wanted.__name__})"
    if schema.is_list(wanted):
        return list, "a list"
    if schema.is_map(wanted):
        return dict, "a map"
    if schema.is_choice(wanted):
        return (str, int, float), "one of an enumeration"
    return _SCALARS[wanted]


_SCALARS: Mapping[Any, tuple[Any, str]] = {
    str: (str, "a text"),
    bool: (bool, "true or false"),
    int: ((int, float), "a whole number"),
    float: ((int, float), "a number"),
}


def _described(value: Any) -> str:
    """Name a value by its type only: it could be a secret."""
    names = {bool: "true or false", str: "a text", dict: "an object", list: "a list"}
    return names.get(type(value), "a number")


def _nearest(name: object, known: Iterable[object]) -> str:
    close = nearest(str(name), map(str, known))
    return f"; the nearest is {close}" if close else ""


def _some(values: list[object]) -> str:
    shown = ", ".join(map(str, values[:12]))
    return f"{shown} and {len(values) - 12} more" if len(values) > 12 else shown
