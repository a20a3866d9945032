"""The nodes of a YAML document, with their lines, within limits of size, depth and number: bombs are refused early."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from errors import UserError

LARGEST = 256 * 1024
"""Bytes of a stack file: more than what can be handed to a program makes where each value has a line of its own."""

_DEEPEST = 32
_MOST = 10_000
"""Levels and nodes of a document, counted with what its aliases repeat."""

_LOADER = getattr(yaml, "CSafeLoader", None)
_SHOWN = 60


@dataclass
class Node:
    """A value of a document.

    Attributes:
        line: Where it begins, from 1.
        text: What a scalar holds; None for a list and an object.
        plain: Whether a scalar stands without quotes, so that it can be something else than text.
        items: The items of a list; None for everything else.
        keys: The keys of an object, each with its own node and its value; None for everything else.
    """

    line: int
    text: str | None = None
    plain: bool = False
    items: list[Node] | None = None
    keys: dict[str, tuple[Node, Node]] | None = None
    _size: int = 1
    _depth: int = 1
    _open: bool = True
    _brackets: bool = False
    _merged: list[Node] = field(default_factory=list)


def document(data: bytes, file: str) -> Node | None:
    """Return the root of the only document of a file; None where it holds none.

    Args:
        data: What the file holds.
        file: Its name, for sentences.

    Raises:
        UserError: It is too large or not YAML, or holds what Pulumi and people read differently.
    """
    if len(data) > LARGEST:
        raise UserError(f"{file} is larger than {LARGEST} bytes, which is the most that is allowed")
    if _LOADER is None:
        # The one in Python forbids what the engine takes, such as a tab after a value.
        raise UserError("this PyYAML lacks libyaml; type `pip install --force-reinstall PyYAML` for one with it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UserError(f"{file}, line {line} is not UTF-8") from None
    try:
        return _Composer(file).compose(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {min(mark.line, text.count(chr(10))) + 1}" if mark else ""
        raise UserError(f"{file}{where} is not YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise UserError(f"{file} is not YAML: it holds characters that YAML forbids") from None


def shown(key: str) -> str:
    """Return a key for a sentence: on one line, without control characters, and not too long."""
    short = key if len(key) <= _SHOWN else f"{key[:_SHOWN]}..."
    return short if short.isprintable() and short else json.dumps(short)


def _lost(text: str, *, in_brackets: bool) -> str | None:
    """Return what the engine does not take, or does not hand over, of a text; None where it does."""
    if in_brackets and "?" in text:
        return "has a ? inside of brackets; write the text in quotes"
    if "\n" in text and text[0].isspace():
        # It reads the file, writes it anew, and reads that: such a text loses its beginning on the way.
        return "has a text of several lines that begins with a blank, which Pulumi does not keep; begin with a letter"
    return None


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Composer:
    """Makes nodes of events, without recursion: PyYAML's own recurses, and an alias can stand inside its anchor."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._anchors: dict[str, Node] = {}
        self._stack: list[tuple[Node, Node | None]] = []
        self._root: Node | None = None
        self._key: Node | None = None
        self._made = 0

    def compose(self, events: Iterator[yaml.Event]) -> Node | None:
        documents = 0
        for event in events:
            line = _line(event)
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refused(line, "begins a second document, which Pulumi does not read; allowed is one")
                if event.version or event.tags:
                    raise self._refused(line, "is a directive (%), which is not allowed")
            elif isinstance(event, yaml.AliasEvent):
                self._alias(str(event.anchor), line)
            elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
                self._begin(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end()
        return self._root

    def _begin(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int) -> None:
        if event.tag is not None:
            raise self._refused(line, "has a tag (!), which is not allowed; write numbers plain, and texts in quotes")
        self._made += 1
        if self._made > _MOST:
            raise self._refused(line, f"is past the {_MOST} values that are allowed")
        if isinstance(event, yaml.ScalarEvent):
            node = Node(line, event.value, plain=not event.style)
            if reason := _lost(event.value, in_brackets=node.plain and self._in_brackets()):
                raise self._refused(line, reason)
        else:
            node = Node(line, _brackets=bool(event.flow_style))
            if isinstance(event, yaml.SequenceStartEvent):
                node.items = []
            else:
                node.keys = {}
        if event.anchor:
            self._anchors[event.anchor] = node
        if node.text is not None:
            self._add(node, line)
            return
        if len(self._stack) >= _DEEPEST:
            raise self._refused(line, f"is nested deeper than the {_DEEPEST} levels that are allowed")
        if self._is_key():
            raise self._refused(line, "has a list or an object as a key; allowed is a text")
        self._stack.append((node, self._key))
        self._key = None

    def _alias(self, anchor: str, line: int) -> None:
        node = self._anchors.get(anchor)
        if node is None:
            raise self._refused(line, f"refers to *{shown(anchor)}, which no line before it names")
        if self._is_key():
            raise self._refused(line, "has an alias as a key; allowed is a text")
        if node.text is None and node._open:
            raise self._refused(line, f"refers to *{shown(anchor)} inside of it, which has no end")
        self._add(node, line)

    def _end(self) -> None:
        node, key = self._stack.pop()
        node._open = False
        for merged in node._merged:
            for name, pair in (merged.keys or {}).items():
                (node.keys or {}).setdefault(name, pair)
        self._key = key
        self._add(node, node.line)

    def _is_key(self) -> bool:
        return bool(self._stack) and self._stack[-1][0].keys is not None and self._key is None

    def _in_brackets(self) -> bool:
        return bool(self._stack) and self._stack[-1][0]._brackets

    def _add(self, node: Node, line: int) -> None:
        """Put a node that is complete in its place, which is in this line."""
        if not self._stack:
            self._root = node
            return
        above = self._stack[-1][0]
        if above.items is not None:
            above.items.append(node)
        elif self._key is None:
            self._key = node
            return
        else:
            key, self._key = self._key, None
            self._pair(above, key, node)
        above._size += node._size
        above._depth = max(above._depth, node._depth + 1)
        if above._size > _MOST:
            raise self._refused(line, f"makes more than the {_MOST} values that are allowed, by its aliases")
        if above._depth > _DEEPEST:
            raise self._refused(line, f"is nested deeper than the {_DEEPEST} levels that are allowed, by its aliases")

    def _pair(self, above: Node, key: Node, value: Node) -> None:
        name = str(key.text)
        if name == "<<" and (above._merged or name in (above.keys or {})):
            raise self._refused(key.line, "has a second `<<` in one object; allowed is one, with a list after it")
        if key.plain and name == "<<":
            above._merged = value.items if value.items is not None else [value]
            if not above._merged or any(node.keys is None for node in above._merged):
                raise self._refused(key.line, "merges (`<<`) what is not an object")
            return
        earlier = (above.keys or {}).get(name)
        if earlier:
            raise UserError(
                f"{self._file}, line {key.line} sets {shown(name)} a second time, after line {earlier[0].line}; "
                "allowed is once"
            )
        if above.keys is not None:
            above.keys[name] = (key, value)

    def _refused(self, line: int, sentence: str) -> UserError:
        return UserError(f"{self._file}, line {line} {sentence}")
