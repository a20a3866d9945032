"""What the committed stack files say, and where each value of an environment comes from.

Needs no engine and no cluster: it reads `Pulumi.<stack>.yaml` and the models of components/settings.
"""

import inspect
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

import checked
import stack_file
from checked import quote
from components.settings import NAMESPACE, Settings, identity, parse
from components.settings.schema import Leaf, is_model, leaves, type_of
from errors import UserError

ROOT = Path(__file__).parent.parent

LEAVES = {
    leaf.key: leaf
    for field in Settings.model_fields.values()
    for leaf in leaves(type_of(field), field, str(field.alias), field.default)
}
"""Every key that takes a value."""

OBJECTS = {key[:end] for key in LEAVES for end, letter in enumerate(key) if letter == "."}
"""Every key that has keys below it."""

MADE_LOCALLY = {"cluster": "cluster.existing", "secrets": "secrets"}
"""The top-level keys that `make up` sets, so that no committed file needs them, and what of them it sets."""


@dataclass(frozen=True)
class Value:
    """What a key is worth in one environment.

    Attributes:
        leaf: The key.
        value: Its value, of the leaf's type where it is valid; None where it is not set, or a secret.
        written: What the stack file holds; None for a default and for a secret.
        line: The stack file's line that sets it; None where the file does not.
        absent: The object around it that can be left out and is, so that not even a default counts.
    """

    leaf: Leaf
    value: object
    written: object = None
    line: int | None = None
    absent: str | None = None

    @property
    def text(self) -> str:
        """The value for people; never a secret."""
        if self.leaf.type is SecretStr and self.line is not None:
            return "a secret, never shown"
        return "in no committed file" if self.missing else shown(self.value)

    @property
    def local(self) -> bool:
        """Whether `make up` puts something of its own in the place of what the file says."""
        return self.leaf.key.split(".")[0] in MADE_LOCALLY

    @property
    def missing(self) -> bool:
        """Whether nobody but `make up` sets the key, which has to be set."""
        local = MADE_LOCALLY.get(self.leaf.key.split(".")[0])
        return self.line is None and required(self.leaf) and local is not None and self.leaf.key.startswith(f"{local}.")


@dataclass(frozen=True)
class StackFile:
    """A committed stack file.

    Attributes:
        name: The stack's name.
        content: What it holds.
    """

    name: str
    content: stack_file.StackFile

    @property
    def path(self) -> str:
        """The file's name."""
        return self.content.file

    @property
    def config(self) -> dict[str, object]:
        """What it holds for this project, by top-level key."""
        return self.content.own

    def value(self, leaf: Leaf) -> Value:
        """Return what a key is worth, from the file or by default."""
        secret = leaf.type is SecretStr
        entries = self.content.entries
        if leaf.key in entries:
            written, line = entries[leaf.key].value, entries[leaf.key].line
            return Value(leaf, None, line=line) if secret else Value(leaf, _typed(leaf.type, written), written, line)
        absent = next((path for path in around(leaf) if path not in entries or entries[path].value is None), None)
        unset = secret or leaf.required or absent
        return Value(leaf, None if unset else leaf.default, absent=absent)

    def faults(self, key: str = "") -> list[str]:
        """Return what the program refuses in this file, one sentence each.

        Args:
            key: Only what concerns this key; by default, everything.
        """
        faults: list[str] = []
        try:
            parse(self.content.texts, self.content.encrypted, self.name)
        except UserError as error:
            faults = [fault for fault in error.sentences if not self._made_locally(fault)]
        return [fault for fault in (*faults, *self.content.faults) if not key or _concerns(fault, key)]

    def _made_locally(self, fault: str) -> bool:
        """Return whether a fault is about what `make up` sets, or about what is encrypted and can't be read here."""
        top = _blamed(fault).split(".")[0]
        return top in MADE_LOCALLY and (top not in self.config or _blamed(fault).startswith("secrets."))


def stacks(folder: Path | None = None) -> list[str]:
    """Return the stacks that have a committed file, in the order in which a change goes through them.

    Args:
        folder: The project's folder; by default, this one.
    """
    return identity.stacks(path.name for path in (folder or ROOT).iterdir())


def read(name: str, folder: Path | None = None) -> StackFile:
    """Read a committed stack file.

    Args:
        name: The stack's name, such as `production`.
        folder: The project's folder; by default, this one.

    Raises:
        UserError: There is no such file, or it is not a good stack file.
    """
    folder = folder or ROOT
    known = stacks(folder)
    if name not in known:
        raise UserError(f"{quote(name)} is not a stack{nearest(name, known)}; STACK is one of {', '.join(known)}")
    return StackFile(name, stack_file.read(folder / f"Pulumi.{name}.yaml"))


def origin(leaf: Leaf) -> str:
    """Return where a default is written: `Autoscaling.cpu in components/settings/base.py`."""
    default: Any = None
    owner: type[BaseModel] = Settings
    attribute = ""
    for _, (model, name), field in _walk(leaf.key):
        # An object that is a default gives some of its keys; the others keep what their own model says.
        if not (isinstance(default, BaseModel) and name in default.model_fields_set):
            owner = next(base for base in model.__mro__ if name in inspect.get_annotations(base))
            attribute = name
        default = getattr(default, name) if isinstance(default, BaseModel) else field.default
    writer = next(model for model in owner.__mro__ if attribute in vars(model).get("__annotations__", {}))
    return f"{writer.__name__}.{attribute} in {writer.__module__.replace('.', '/')}.py"


def meaning(key: str) -> str:
    """Return what the models say about a key."""
    *_, (_, _, field) = _walk(key)
    return str(field.description)


def around(leaf: Leaf) -> list[str]:
    """Return the objects around a key that can be left out, the outermost first."""
    return [path for path, _, field in _walk(leaf.key) if is_model(type_of(field)) and field.default is None]


def inside(leaf: Leaf) -> list[Leaf]:
    """Return the keys inside each item of a list of objects, as `gitops.windows[].kind`; none for any other key."""
    item = get_args(leaf.type)[0] if get_origin(leaf.type) is tuple else None
    return list(leaves(item, leaf.field, f"{leaf.key}[]")) if is_model(item) else []


def required(leaf: Leaf) -> bool:
    """Return whether a key must be set, be it only where the object around it is."""
    return leaf.required or (leaf.default is None and leaf.field.is_required())


def shown(value: object) -> str:
    """Return a value as a person writes it."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        # One that is not empty can be an encrypted text, or has keys of the stack's own.
        return "an object" if value else "none"
    if isinstance(value, list | tuple):
        # An object that the models have read says itself in words, which can hold commas.
        between = "; " if any(isinstance(item, BaseModel) for item in value) else ", "
        return between.join(map(shown, value)) or "none"
    return str(value)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the part of a sentence that names what was probably meant."""
    near = checked.nearest(name, known)
    return f", the nearest is {near}" if near else ""


def _walk(key: str) -> Iterator[tuple[str, tuple[type[BaseModel], str], FieldInfo]]:
    """Yield each step down to a key: the path so far, the model and its attribute there, and the field."""
    model: Any = Settings
    path = ""
    for step in key.split("."):
        name, field = next((name, field) for name, field in model.model_fields.items() if field.alias == step)
        path = f"{path}.{step}" if path else step
        yield path, (model, name), field
        model = type_of(field)


def _blamed(fault: str) -> str:
    """Return the key that a sentence is about, without what is in a list."""
    return fault.removeprefix(NAMESPACE).split(":")[0].split("[")[0]


def _concerns(fault: str, key: str) -> bool:
    """Return whether a fault is about this key, one around it or one below it."""
    return f"{_blamed(fault)}.".startswith(f"{key}.") or key.startswith(f"{_blamed(fault)}.")


def _typed(type_: Any, written: object) -> object:
    """Return a value as the models read it; one that they refuse stays as it is, and so does each item of a list."""
    if get_origin(type_) is tuple and isinstance(written, list):
        return tuple(_typed(get_args(type_)[0], item) for item in written)
    try:
        return TypeAdapter(type_).validate_json(json.dumps(written, default=str), strict=True)
    except ValidationError:
        return written
