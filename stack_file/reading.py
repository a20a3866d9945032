"""What a stack file says: the configuration, where each key stands, and which values are encrypted."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import UserError
from stack_file.nodes import LARGEST, Node, document, shown
from stack_file.scalars import AmbiguousError, as_text, resolve

PROJECT = "smarthr360"
"""The project's name in Pulumi.yaml: the namespace of every key of ours, and of each that is written without one."""

SECRETS = f"{PROJECT}:secrets"

_HANDED_OVER = 100_000
"""Bytes of the configuration on its way to the program: Linux takes 131,072, and decrypted secrets come on top."""

_PROVIDER = ("secretsprovider", "encryptedkey", "encryptionsalt")


@dataclass(frozen=True)
class Entry:
    """What stands at a key.

    Attributes:
        value: Its value; texts that are encrypted as `{"secure": "..."}`.
        line: The line of the key, from 1.
    """

    value: object
    line: int


@dataclass(frozen=True)
class StackFile:
    """A stack file that is valid YAML of the right shape.

    Attributes:
        file: The file's name.
        config: Values by full key, such as `smarthr360:api`.
        entries: What stands at each key of ours and at the keys below it, by its path, such as `api.autoscaling.max`.
        provider: How secrets are encrypted: `encryptionsalt`, `secretsprovider` and `encryptedkey`, where they are set.
    """

    file: str
    config: dict[str, object]
    entries: dict[str, Entry]
    provider: dict[str, str]

    @property
    def own(self) -> dict[str, object]:
        """The values of this project's keys, by top-level key."""
        start = f"{PROJECT}:"
        return {key.removeprefix(start): value for key, value in self.config.items() if key.startswith(start)}

    @property
    def encrypted(self) -> set[str]:
        """The full keys that the engine calls secret: encrypted in whole or in part."""
        return {key for key, value in self.config.items() if any(text for _, text in _leaves(value, key) if text)}

    @property
    def texts(self) -> dict[str, str]:
        """The configuration as the engine hands it to a program, but encrypted."""
        return {key: engine_text(value) for key, value in self.config.items()}

    @property
    def faults(self) -> list[str]:
        """What the engine hides from the program: each secret in plain text beside one that is encrypted."""
        if SECRETS not in self.encrypted:
            return []  # the program says so itself
        plain = [path for path, encrypted in _leaves(self.config[SECRETS], SECRETS) if not encrypted]
        return [
            f"{path}: is not encrypted in {self.file}; type `pulumi config set --path --secret {path}`, with a new "
            "value where the old one was committed"
            for path in plain
        ]


def read(path: Path, called: str = "") -> StackFile:
    """Read a stack file.

    Args:
        path: `Pulumi.<stack>.yaml`.
        called: What sentences call it; by default, by the name of the file alone.

    Raises:
        UserError: It is not there, not a plain file, or not valid.
    """
    called = called or path.name
    try:
        # Without waiting: a pipe without a writer would never answer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UserError(f"{called} is not a plain file")
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise UserError(f"there is no {called}") from None
    except OSError as error:
        raise UserError(f"{called} can't be read ({error.strerror})") from None
    return parse(data, called)


def parse(data: bytes, file: str) -> StackFile:
    """Make a stack file of its bytes.

    Args:
        data: What it holds.
        file: Its name, for sentences.

    Raises:
        UserError: It is not YAML, not of the right shape, or holds what Pulumi and people read differently.
    """
    root = document(data, file)
    top = root.keys if root and root.keys else {}
    config = top["config"][1].keys if "config" in top else None
    # One in which only the encryption is set up is as `pulumi stack init` leaves it.
    if config is None and ("config" in top or not top.keys() & set(_PROVIDER)):
        raise UserError(f"{file} has no `config:` with keys under it")
    provider = {}
    for name, (key, node) in top.items():
        if name in _PROVIDER and node.text is not None:
            provider[name] = node.text
        elif name == "environment":
            raise UserError(
                f"{file}, line {key.line} takes configuration from Pulumi Cloud (`environment:`), which can't be read "
                "here; write the keys under `config:`"
            )
        elif name != "config":
            raise UserError(
                f"{file}, line {key.line} sets {shown(name)}, which Pulumi does not read; allowed are config, "
                f"{', '.join(_PROVIDER)}"
            )
    reader = _Reader(file)
    values: dict[str, object] = {}
    entries: dict[str, Entry] = {}
    for name, (key, node) in (config or {}).items():
        full = reader.full_key(name, key)
        if full in values:
            raise UserError(
                f"{file}, line {key.line} sets {shown(full)} a second time, which is {PROJECT}'s with and without "
                f"`{PROJECT}:`; allowed is once"
            )
        values[full] = reader.value(node, full)
        namespace, _, path = full.partition(":")
        if namespace == PROJECT and "." not in path:
            entries.update(_entries(key, node, values[full], path))
    size = len(json.dumps({key: engine_text(value) for key, value in values.items()}))
    if size > _HANDED_OVER:
        raise UserError(
            f"{file} makes a configuration of {size} bytes; no more than {_HANDED_OVER} can be handed to the program"
        )
    return StackFile(file, values, entries, provider)


def engine_text(value: object) -> str:
    """Return a value as the engine hands it to the program: a text as it is, an object as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return as_text(value)
    return json.dumps(value)


class _Reader:
    """Makes values of nodes, and sentences of what is not one."""

    def __init__(self, file: str) -> None:
        self._file = file

    def full_key(self, name: str, key: Node) -> str:
        self._check_key(name, key, "")
        if name.count(":") > 1:
            raise self._refused(key, shown(name), "is not a key; allowed is `namespace:name`, with one colon")
        return name if ":" in name else f"{PROJECT}:{name}"

    def value(self, node: Node, path: str) -> Any:
        if node.text is not None:
            if not node.plain:
                return node.text
            try:
                return resolve(node.text)
            except AmbiguousError as error:
                raise self._refused(node, path, str(error)) from None
        if node.items is not None:
            return [self.value(item, f"{path}[{index}]") for index, item in enumerate(node.items)]
        values = {}
        for name, (key, inner) in (node.keys or {}).items():
            self._check_key(name, key, path)
            values[name] = self.value(inner, f"{path}.{shown(name)}")
        return values

    def _check_key(self, name: str, key: Node, path: str) -> None:
        try:
            text = resolve(name) if key.plain else name
        except AmbiguousError:
            text = None
        if text != name:
            where = f"{path}.{shown(name)}" if path else shown(name)
            raise self._refused(key, where, "has a key that is not text to Pulumi; write the key in quotes")

    def _refused(self, node: Node, path: str, sentence: str) -> UserError:
        return UserError(f"{self._file}, line {node.line}: {path} {sentence}")


def _leaves(value: object, path: str) -> Iterator[tuple[str, bool]]:
    """Yield each value that is set at and below a key, and whether it is encrypted."""
    if isinstance(value, dict):
        if value.keys() == {"secure"} and isinstance(value["secure"], str):
            yield path, True
            return
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{shown(name)}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    elif value not in (None, ""):
        yield path, False


def _entries(key: Node, node: Node, value: Any, path: str) -> Iterator[tuple[str, Entry]]:
    """Yield what stands at and below a key."""
    yield path, Entry(value, key.line)
    for name, (inner_key, inner) in (node.keys or {}).items():
        if "." not in name:  # Pulumi takes it for one name, which no model has
            yield from _entries(inner_key, inner, value[name], f"{path}.{name}")
