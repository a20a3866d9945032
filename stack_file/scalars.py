"""What a plain scalar of YAML means to Pulumi's engine: to gopkg.in/yaml.v3, which is neither YAML 1.1 nor 1.2."""

from __future__ import annotations

import re
from decimal import Decimal

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_NOT_A_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?", re.DOTALL)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGERS = {
    16: re.compile(r"([-+]?)0[xX]([0-9a-fA-F]+)"),
    2: re.compile(r"([-+]?)0[bB]([01]+)"),
    8: re.compile(r"([-+]?)0[oO]?([0-7]+)"),
    10: re.compile(r"([-+]?)(0|[1-9][0-9]*)"),
}
_EXACT = 2**53
_LONGEST = 400
"""Digits of a number: more are infinite to every program, and Python converts no more than 4,300."""


class AmbiguousError(ValueError):
    """A scalar that is not handed over as it is written; the message says what it is, after the key."""


def resolve(text: str) -> Scalar:
    """Return what a scalar without quotes is.

    Args:
        text: The scalar as it is written, without blanks and comments around it.

    Raises:
        AmbiguousError: The engine hands over something else than what is written, or refuses it.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_A_NUMBER.fullmatch(text):
        raise AmbiguousError("is infinite or no number in YAML, which Pulumi can't hand over; write a text in quotes")
    if text[0] == ".":
        if "_" in text and _FLOAT.fullmatch(text.replace("_", "")):
            raise AmbiguousError("is a number or text, by where its underscores are; write it without, or in quotes")
        return _number(text, text) if _FLOAT.fullmatch(text) else text
    if not ("0" <= text[0] <= "9" or text[0] in "+-"):
        return text
    if _DATE.fullmatch(text):
        raise AmbiguousError("looks like a date, of which Pulumi hands over another text; write it in quotes")
    digits = text.replace("_", "")
    if len(digits) > _LONGEST and _FLOAT.fullmatch(digits):
        raise AmbiguousError(f"is a number of more than {_LONGEST} digits; write a text in quotes")
    for base, pattern in _INTEGERS.items():
        if match := pattern.fullmatch(digits):
            return _exact(int(match[1] + match[2], base))
    return _number(digits, text) if _FLOAT.fullmatch(digits) else text


def as_text(value: float) -> str:
    """Return a number as the engine writes it into the configuration of a program."""
    if isinstance(value, int):
        return str(value)
    if abs(value) >= 1e-6:  # as Go's encoding/json
        return format(Decimal(repr(value)), "f")
    mantissa, _, exponent = repr(value).partition("e")
    return f"{mantissa}e{int(exponent)}"


def _number(digits: str, text: str) -> Scalar:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        return text  # as Go does with what is out of its range
    return _exact(int(value)) if value.is_integer() else value


def _exact(value: int) -> int:
    if abs(value) > _EXACT:
        raise AmbiguousError(
            f"is a number beyond {_EXACT}, which does not arrive with all its digits; write a text in quotes"
        )
    return value
