"""Texts that are checked when they become values, and how a sentence names one that is refused.

A refusal is a `ValueError` of one sentence: what is wrong, and what is allowed with an example. Every type is a
pydantic field type too, so that settings, command lines and components share one set of rules.
"""

import difflib
import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic_core import core_schema

# An @, unless it stands before an image's digest; or an address that says more than a host: the secret of a Slack hook
# is its path.
_LOGIN = re.compile(r"@(?!sha256:|$)|//.*[?#]|//[^/]*/.", re.DOTALL)


def quote(text: str) -> str:
    """Return text between double quotes, on one line, cut where a sentence would become hard to read.

    What a terminal acts on or does not show (escapes, marks that turn the direction, empty blanks) is spelled out.
    """
    quoted = json.dumps(text if len(text) <= 80 else f"{text[:77]}...", ensure_ascii=False)
    return "".join(mark if mark.isprintable() else json.dumps(mark)[1:-1] for mark in quoted)


def with_value(text: str, fault: str) -> str:
    """Return what is wrong with a value, after the value itself, unless that could hold a login.

    People paste addresses with a password or a token in them into any key.
    """
    return fault if _LOGIN.search(text) else f"{quote(text)} {fault}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a misspelt or shortened one probably means; None where nothing resembles it."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    begun = [other for other in known if len(name) > 1 and other.startswith(name)]
    return near[0] if near else begun[0] if begun else None


def describe(value: object, *, hidden: bool = False) -> str:
    """Return what a value is, for a sentence: `"two" is text`, `5 is a number`, `is a list`.

    Args:
        value: The value, as JSON knows values.
        hidden: Whether to leave out the value itself, because it could be a secret.
    """
    match value:
        case None:
            return "is empty"
        case bool():
            kind = "is a boolean"
        case int() | float():
            kind = "is a number"
        case str():
            kind = "is text"
        case list():
            return "is a list"
        case _:
            return "is an object"
    if hidden:
        return kind
    return with_value(value, kind) if isinstance(value, str) else f"{json.dumps(value)} {kind}"


class Checked:
    """What every value type here has in common.

    Attributes:
        example: A good value, for a command that a person can type.
        allowed: What is allowed, in words; it follows "allowed is" in every refusal.
    """

    __slots__ = ()
    example: ClassVar[str]
    allowed: ClassVar[str]

    if TYPE_CHECKING:

        def __init__(self, text: str) -> None: ...

    @classmethod
    def refusal(cls, fault: str) -> ValueError:
        """Return the error for a fault, which is the value and what is wrong with it."""
        return ValueError(f"{fault}; allowed is {cls.allowed}")

    @classmethod
    def read(cls, value: object) -> Self:
        """Make the value from what a configuration file holds. Raises `ValueError`."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls(value)
        quotes = ", to be written in quotes" if isinstance(value, int | float) else ""
        raise cls.refusal(f"{describe(value)}{quotes}")

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> core_schema.CoreSchema:
        written = core_schema.to_string_ser_schema()
        return core_schema.no_info_plain_validator_function(cls.read, serialization=written)


class Text(Checked, str):
    """A string that keeps a rule; subclasses say in `_fault` what breaks it ("has no dot").

    Attributes:
        hidden: Whether no refusal shows the value, because it is where people put logins.
    """

    __slots__ = ()
    hidden: ClassVar[bool] = False

    def __new__(cls, text: str) -> Self:  # noqa: D102 (the class says it)
        if fault := cls._fault(text):
            raise cls.refusal(fault if cls.hidden else with_value(text, fault))
        return super().__new__(cls, text)

    @classmethod
    def _fault(cls, text: str) -> str | None:
        raise NotImplementedError
