"""Quantities and durations, as Kubernetes and Go write them: `Quantity("2 GB")` is refused in a sentence."""

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, Self

from checked import Checked, with_value

_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_QUANTITY = re.compile(
    r"(?P<sign>[+-]?)(?P<number>\d{1,30}\.?\d{0,30}|\.\d{1,30})(?P<suffix>[numkMGTPE]?|[KMGTPE]i|[eE][+-]?\d{1,3})",
    re.ASCII,
)
# Kubernetes silently caps what is larger and rounds up what is finer; a person wants to know.
_LARGEST, _FINEST = 2**63 - 1, Fraction(1, 10**9)


class Measured(Checked):
    """A number with a unit: compared by what it is worth, whichever type says what is allowed.

    Attributes:
        text: How it was written.
        least: The least that is allowed; "" for no such bound.
        most: The most.
    """

    least: ClassVar[str] = ""
    most: ClassVar[str] = ""
    text: str

    @property
    def worth(self) -> Fraction:
        """What it is worth, in its type's unit."""
        raise NotImplementedError

    @classmethod
    def _worth(cls, text: str) -> Fraction:
        """Return what a text is worth. Raises `ValueError`."""
        raise NotImplementedError

    def _outside(self) -> str | None:
        """Return how it is outside the bounds."""
        if self.least and self.worth < self._worth(self.least):
            return f"is below {self.least}"
        return f"is above {self.most}" if self.most and self.worth > self._worth(self.most) else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Measured) and self.worth == other.worth

    def __lt__(self, other: "Measured") -> bool:
        return self.worth < other.worth

    def __le__(self, other: "Measured") -> bool:
        return self.worth <= other.worth

    def __hash__(self) -> int:
        return hash(self.worth)


@dataclass(frozen=True, eq=False)
class Quantity(Measured):
    """A Kubernetes resource quantity, above 0 and exact, compared by value: 1Gi equals 1024Mi.

    `str()` gives Kubernetes' canonical form (1 for 1000m, 512Mi for 0.5Gi). The API server rewrites most others, and
    a refresh would then find a difference.

    Attributes:
        text: The quantity as it was written.
        value: What it is worth, in cores or bytes.
    """

    example: ClassVar[str] = "500m"
    allowed: ClassVar[str] = "a quantity above 0 such as 500m, 2 or 1.5"

    text: str
    value: Fraction = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", self._worth(self.text))
        if fault := self._fault():
            raise self.refusal(with_value(self.text, fault))

    @property
    def worth(self) -> Fraction:
        """What it is worth, in cores or bytes."""
        return self.value

    @classmethod
    def _worth(cls, text: str) -> Fraction:
        match = _QUANTITY.fullmatch(text)
        if not match:
            raise cls.refusal(with_value(text, "is not a quantity"))
        whole, _, part = match["number"].partition(".")
        number, suffix = Fraction(int(match["sign"] + whole + part), 10 ** len(part)), match["suffix"]
        if suffix in _BINARY:
            return number * (1 << _BINARY[suffix])
        worth: Fraction = number * Fraction(10) ** (_DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:]))
        return worth

    def _fault(self) -> str | None:
        if self.value <= 0:
            return "is not above 0"
        if self.value > _LARGEST or self.value % _FINEST:
            return "is larger or finer than Kubernetes can hold"
        return self._outside()

    @classmethod
    def read(cls, value: object) -> Self:
        """Make the quantity from text or a whole number: `pulumi config set --path` turns 2 into one."""
        return super().read(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)

    def __str__(self) -> str:
        suffix = self.text.lstrip("+.0123456789")
        whole = [name for name, power in _BINARY.items() if self.value % 2**power == 0]
        if suffix in _BINARY and whole:
            return f"{self.value / 2 ** _BINARY[whole[-1]]}{whole[-1]}"
        power = max(power for power in _DECIMAL.values() if self.value % Fraction(10) ** power == 0)
        number = self.value / Fraction(10) ** power
        if suffix in _DECIMAL or suffix in _BINARY:
            return f"{number}{next(name for name, exponent in _DECIMAL.items() if exponent == power)}"
        return f"{number}e{power}" if power else f"{number}"


class Size(Quantity):
    """A quantity of memory or storage, in whole bytes: Kubernetes reads 512m as half a byte, which nobody means."""

    example = "512Mi"
    allowed = "a size in bytes such as 512Mi or 10Gi"

    def _fault(self) -> str | None:
        if self.value > 0 and self.value.denominator != 1:
            return "is a fraction of a byte"
        return super()._fault()


_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|[hms])", re.ASCII)
_SECONDS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}


@dataclass(frozen=True, eq=False)
class Duration(Measured):
    """A length of time as Go writes it, in whole seconds, compared by value: 90s equals 1m30s.

    Attributes:
        text: The duration as it was written.
        seconds: Its length.
    """

    example: ClassVar[str] = "90s"
    allowed: ClassVar[str] = "a duration in whole seconds such as 90s, 2m30s or 8760h"
    most: ClassVar[str] = "2562047h"  # Go counts nanoseconds in 63 bits

    text: str
    seconds: int = field(init=False)

    def __post_init__(self) -> None:
        seconds = self._worth(self.text)
        if seconds.denominator != 1:
            raise self.refusal(with_value(self.text, "is a fraction of a second"))
        object.__setattr__(self, "seconds", int(seconds))
        if fault := self._outside():
            raise self.refusal(with_value(self.text, fault))

    @property
    def worth(self) -> Fraction:
        """Its length in seconds."""
        return Fraction(self.seconds)

    @classmethod
    def _worth(cls, text: str) -> Fraction:
        parts = _DURATION.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            raise cls.refusal(with_value(text, "is not a duration"))
        return sum((Fraction(number) * _SECONDS[unit] for number, unit in parts), Fraction(0))

    def __str__(self) -> str:
        return self.text
