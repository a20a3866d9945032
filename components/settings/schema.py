"""What the models of the settings say in words: in the errors of a stack, and on the reference page.

Knows how such models are built, not which ones there are. A key is a path such as `api.autoscaling.min`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin

from annotated_types import Ge, Le, MinLen
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined

from checked import Checked, describe, nearest, with_value


class ConflictError(ValueError):
    """Values that do not go together, each of them good by itself.

    Args:
        key: Which key to blame, as a path below the model or field whose validator raises this.
        sentence: What is there and why it is refused.
    """

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key


@dataclass(frozen=True)
class Leaf:
    """A key that takes a plain value or a list.

    Attributes:
        key: Its path.
        type: The type of its value.
        field: What the model says about it.
        default: Its default, `PydanticUndefined` where it must be set.
    """

    key: str
    type: Any
    field: FieldInfo
    default: Any

    @property
    def required(self) -> bool:
        """Whether the key must be set."""
        return self.default is PydanticUndefined

    @property
    def words(self) -> str:
        """What is allowed, in words."""
        return in_words(self.type, self.field.metadata)

    def command(self, namespace: str) -> str:
        """Return the command that sets the key, with a value as an example; Pulumi asks for a secret's value."""
        if self.type is SecretStr:
            return f"`pulumi config set --path --secret {namespace}{self.key}`"
        key, type_ = f"{namespace}{self.key}", self.type
        if get_origin(type_) is tuple:
            key, type_ = f"{key}[0]", get_args(type_)[0]
        if "[" in key:
            key = f"'{key}'"  # a shell takes brackets for a pattern
        return f"for example `pulumi config set --path {key} {_example(type_, self.field)}`"


def leaves(type_: Any, field: FieldInfo, key: str, default: Any = PydanticUndefined) -> Iterator[Leaf]:
    """Yield the keys that take a value, at and below one key.

    Args:
        type_: The type of the key's value.
        field: What the model says about the key.
        key: Its path.
        default: Its default; where it is an object, it holds the defaults of the keys below.
    """
    if not is_model(type_):
        yield Leaf(key, type_, field, default)
        return
    for name, inner in type_.model_fields.items():
        below = getattr(default, name) if isinstance(default, BaseModel) else inner.default
        if default is None and below is PydanticUndefined:
            below = None  # in an object that can be left out, nothing must be set
        yield from leaves(type_of(inner), inner, f"{key}.{inner.alias}", below)


def is_model(type_: Any) -> TypeGuard[type[BaseModel]]:
    """Return whether the type is a model: an object with keys of its own."""
    return isinstance(type_, type) and issubclass(type_, BaseModel)


def type_of(field: FieldInfo) -> Any:
    """Return the type of a field's value, without the None that stands for "not set".

    Of several models it is the first, which knows all keys of the others.
    """
    annotation: Any = field.annotation
    return get_args(annotation)[0] if get_origin(annotation) in (Union, UnionType) else annotation


def with_defaults(model: type[BaseModel], values: dict[str, Any]) -> dict[str, Any]:
    """Return values in which an object that is given in part has the rest from its default.

    Pydantic replaces a default as a whole; but who sets `redis.resources.memory.limit` means that one key.

    Args:
        model: What the values are for.
        values: Values by key; anything that does not fit is left for the model to refuse.
    """
    filled = dict(values)
    for field in model.model_fields.values():
        key, type_ = str(field.alias), type_of(field)
        if is_model(type_) and isinstance(filled.get(key), dict):
            default = field.default.model_dump(mode="json", by_alias=True) if is_model(type(field.default)) else {}
            filled[key] = with_defaults(type_, _merge(default, filled[key]))
    return filled


def in_words(type_: Any, bounds: Sequence[object] = ()) -> str:
    """Return what is allowed, in words that follow "allowed is".

    Args:
        type_: The type of the value.
        bounds: What a field adds to it, as `FieldInfo.metadata` holds it.
    """
    if get_origin(type_) is Annotated:
        type_, *bounds = get_args(type_)
    least = next((bound.ge for bound in bounds if isinstance(bound, Ge)), None)
    most = next((bound.le for bound in bounds if isinstance(bound, Le)), None)
    length = next((bound.min_length for bound in bounds if isinstance(bound, MinLen)), 0)
    if is_model(type_):
        return f"an object with the keys {_names(type_)}"
    if get_origin(type_) is Literal:
        return " or ".join(", ".join(get_args(type_)).rsplit(", ", 1))
    if get_origin(type_) is tuple:
        return f"a list{' of one or more' if length else ''}, each {in_words(get_args(type_)[0])}"
    if get_origin(type_) is dict:
        return "an object with keys of your own"
    if type_ is SecretStr:
        return {0: "a secret", 1: "a secret that is not empty"}.get(length, f"a secret of {length} characters or more")
    if type_ is bool:
        return "true or false"
    if type_ is int:
        return f"a whole number of {least} or more" if most is None else f"a whole number from {least} to {most}"
    return type_.allowed if issubclass(type_, Checked) else "text that is not empty"


def sentences(model: type[BaseModel], error: ValidationError, namespace: str, *, offer: dict[str, str]) -> list[str]:
    """Return one sentence for each fault that pydantic found, without a word of pydantic's and without any secret.

    Args:
        model: The model that refused its input.
        error: What it raised.
        namespace: What stands before every key, such as `smarthr360:`.
        offer: For some top-level keys, what else helps when a key at or below them is missing.
    """
    return [
        f"{namespace}{key}: {sentence}"
        for fault in _worth_saying(model, error.errors(include_url=False))
        for key, sentence in _explain(model, fault, namespace, offer.get(str(fault["loc"][0]), ""))
    ]


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return what `under` holds, with what `over` holds instead or as well."""
    both = {
        key: _merge(under[key], over[key])
        for key in over
        if isinstance(under.get(key), dict) and isinstance(over[key], dict)
    }
    return under | over | both


def _worth_saying(model: type[BaseModel], faults: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Yield the faults without those that only follow from another."""
    # What is missing is there, misspelt.
    misspelt = {
        (*fault["loc"][:-1], nearest(str(fault["loc"][-1]), _keys(_locate(model, fault["loc"][:-1])[0])))
        for fault in faults
        if fault["type"] == "extra_forbidden"
    }
    # Which other keys an object takes depends on its kind.
    unknown_kinds = [
        fault["loc"] for fault in faults if fault["loc"][-1] == "kind" and fault["type"] == "literal_error"
    ]
    for fault in faults:
        follows = any(fault["loc"][: len(loc) - 1] == loc[:-1] and fault["loc"] != loc for loc in unknown_kinds)
        # Pydantic counts only the good items of a list, and each bad one has a fault of its own.
        counted = fault["type"] == "too_short" and isinstance(fault["input"], list) and fault["input"]
        is_misspelt = fault["type"] == "missing" and fault["loc"] in misspelt
        if not follows and not counted and not is_misspelt:
            yield fault


def _explain(model: type[BaseModel], fault: ErrorDetails, namespace: str, offer: str) -> Iterator[tuple[str, str]]:
    """Yield the keys that one fault is about, each with its sentence."""
    loc = fault["loc"]
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")
    if fault["type"] == "extra_forbidden":
        yield key, _unknown(str(loc[-1]), _locate(model, loc[:-1])[0], f"{namespace}{key}")
        return
    type_, field = _locate(model, loc)
    if fault["type"] == "missing":
        required = [leaf for leaf in leaves(type_, field, key) if leaf.required]
        for leaf in required:
            yield leaf.key, f"is missing; type {leaf.command(namespace)}{offer}"
        if not required:
            yield key, f"is missing; allowed is {in_words(type_, field.metadata)}{offer}"
    elif fault["type"] == "value_error":
        error = fault["ctx"]["error"]
        yield f"{key}.{error.key}" if isinstance(error, ConflictError) else key, str(error)
    else:
        yield key, f"{_what_is_wrong(fault, type_)}; allowed is {in_words(type_, field.metadata)}"


def _what_is_wrong(fault: ErrorDetails, type_: Any) -> str:
    """Return the value, where it is not a secret, and what is wrong with it."""
    value = fault["input"]
    match fault["type"]:
        case "string_too_short" | "too_short":
            return "is too short" if value else "is empty"
        case "greater_than_equal":
            return f"{value} is too small"
        case "less_than_equal":
            return f"{value} is too large"
        case "literal_error" if isinstance(value, str):
            return with_value(value, "is not known")
    return describe(value, hidden=type_ is SecretStr or is_model(type_))


def _locate(model: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[Any, FieldInfo]:
    """Return the type at a place in a model, and the field that it belongs to."""
    type_: Any = model
    field = FieldInfo()
    for step in loc:
        if isinstance(step, int):
            type_ = get_args(type_)[0]
        elif get_origin(type_) is dict:
            type_ = get_args(type_)[1]
        else:
            field = next(field for field in type_.model_fields.values() if field.alias == step)
            type_ = type_of(field)
    return type_, field


def _unknown(name: str, model: type[BaseModel], key: str) -> str:
    """Return the sentence for a key that its model does not have."""
    if "." in name:
        return f"is taken for one name, dots and all; type `pulumi config set --path {key}` to reach the key below"
    near = nearest(name, _keys(model))
    return f"is not a known key{f', the nearest is {near}' if near else ''}; known here: {_names(model)}"


def _names(model: type[BaseModel]) -> str:
    """Return the keys that a model knows, in words."""
    return ", ".join(_keys(model))


def _keys(model: type[BaseModel]) -> list[str]:
    """Return the keys that a model knows."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _example(type_: Any, field: FieldInfo) -> str:
    """Return a good value, as it is typed on a command line."""
    if field.examples:
        return str(field.examples[0])
    return str(get_args(type_)[0] if get_origin(type_) is Literal else type_.example)
