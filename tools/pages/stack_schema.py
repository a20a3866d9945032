"""The JSON schema of a stack file, written from the models that read it: for editors, which complete and check by it.

It says what can be said of one value: which keys there are, and each one's type, pattern, bounds and default. What
values have to do with each other, only the program knows.
"""

import json
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MinLen
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from checked import Checked
from components.settings import NAMESPACE
from components.settings.gitops_values import Days, TimeOfDay
from components.settings.schema import in_words, is_model, type_of
from components.settings.stack import FIELDS
from components.settings.types.names import Digest, DnsLabel, DnsSubdomain, Tag
from tools.stack_values import MADE_LOCALLY
from units import Duration, Quantity

Schema = dict[str, Any]

ENCRYPTED: Schema = {
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}
"""What `pulumi config set --secret` writes in the place of a text."""

PATTERNS: dict[type[Checked], str] = {
    Quantity: r"^\+?(\d+\.?\d*|\.\d+)([numkMGTPE]?|[KMGTPE]i|[eE][+-]?\d{1,3})$",
    Duration: r"^(\d+(\.\d+)?(ms|[hms]))+$",
    DnsLabel: r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    DnsSubdomain: r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
    Tag: r"^(?!latest$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
    Digest: r"^sha256:[0-9a-f]{64}$",
    TimeOfDay: r"^([01]\d|2[0-4]):[0-5]\d$",
}
"""What each text of a type looks like, in words of every language; some that look like it are refused all the same."""


def page() -> str:
    """Return the schema as JSON."""
    keys = {f"{NAMESPACE}{key}": _field(field, field.default) for key, field in FIELDS.items()}
    secrets = keys[f"{NAMESPACE}secrets"]
    del secrets["required"]  # which of them are needed depends on where the others come from
    secrets["properties"] |= ENCRYPTED["properties"]  # all of them as one text
    # Without a prefix, a key is this project's, too.
    short: Schema = {key.removeprefix(NAMESPACE): {"$ref": f"#/properties/config/properties/{key}"} for key in keys}
    required = [key for key, field in FIELDS.items() if field.is_required() and key not in MADE_LOCALLY]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stack of SmartHR360",
        "type": "object",
        "properties": {
            "secretsprovider": {"type": "string"},
            "encryptedkey": {"type": "string"},
            "encryptionsalt": {"type": "string"},
            "config": {
                "type": "object",
                "properties": keys | short,
                "patternProperties": {f"^(?!{NAMESPACE})[^:]+:": {}},
                "additionalProperties": False,
                "allOf": [{"anyOf": [{"required": [f"{NAMESPACE}{key}"]}, {"required": [key]}]} for key in required],
            },
        },
        "required": ["config"],
        "additionalProperties": False,
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _field(field: FieldInfo, default: object) -> Schema:
    """Return what is allowed for a key, with what the key means.

    Args:
        field: What the model says about the key.
        default: Its default, which for an object can differ from its own model's.
    """
    type_, meaning = type_of(field), {"description": str(field.description)}
    if is_model(type_):
        schema = _object(type_, default)
        # The models' objects that can be left out can be set to nothing, too.
        return meaning | schema | ({"type": ["object", "null"]} if field.default is None else {})
    if type_ is SecretStr:
        return meaning | ENCRYPTED
    shown = _plain(default)
    schema = _value(type_, field.metadata)
    if field.default is None and "type" in schema:
        schema["type"] = [schema["type"], "null"] if isinstance(schema["type"], str) else [*schema["type"], "null"]
    elif field.default is None and "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    return meaning | schema | ({} if shown is None else {"default": shown})


def _object(model: type[BaseModel], default: object) -> Schema:
    properties, required = {}, []
    for name, field in model.model_fields.items():
        below = getattr(default, name) if isinstance(default, BaseModel) else field.default
        properties[str(field.alias)] = _field(field, below)
        if below is PydanticUndefined:
            required.append(str(field.alias))
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _value(type_: Any, bounds: Any = ()) -> Schema:
    """Return what is allowed for a value that is no object with keys of ours."""
    if hasattr(type_, "__metadata__"):
        type_, *bounds = get_args(type_)
    if get_origin(type_) is Literal:
        return {"enum": list(get_args(type_))}
    if get_origin(type_) is tuple:
        item = get_args(type_)[0]
        items = _object(item, None) if is_model(item) else _value(item)
        length = next((bound.min_length for bound in bounds if isinstance(bound, MinLen)), 0)
        return {"type": "array", "items": items} | ({"minItems": length} if length else {})
    if get_origin(type_) is dict:
        values = get_args(type_)[1]
        return {"type": "object"} | ({"additionalProperties": {"type": "string"}} if values is str else {})
    if type_ is bool:
        return {"type": "boolean"}
    if type_ is int:
        limits: list[tuple[str, object]] = [("minimum", bound.ge) for bound in bounds if isinstance(bound, Ge)]
        limits += [("maximum", bound.le) for bound in bounds if isinstance(bound, Le)]
        return {"type": "integer"} | dict(limits)
    if type_ is Days:
        return {"type": ["string", "array"], "items": {"type": "string"}}
    pattern = next((PATTERNS[base] for base in type_.__mro__ if base in PATTERNS), None)
    # `pulumi config set --path` makes a number of a quantity without a unit.
    text: Schema = {"type": ["string", "integer"] if issubclass(type_, Quantity) else "string", "minLength": 1}
    return text | ({"pattern": pattern, "patternErrorMessage": f"allowed is {in_words(type_)}"} if pattern else {})


def _plain(default: object) -> object:
    """Return a default as JSON; None where there is none that says something."""
    if default is PydanticUndefined or default is None or isinstance(default, SecretStr):
        return None
    if isinstance(default, bool | int):
        return default
    if isinstance(default, tuple | list):
        return [str(item) for item in default]
    return default if isinstance(default, dict) else str(default)
