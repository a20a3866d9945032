"""Values of the GitOps settings: days and times, Git's addresses and branches, groups and channels.

Each is checked on creation; see checked.py.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Self
from zoneinfo import available_timezones

from checked import Checked, Text, with_value
from components.settings.types.names import PORT

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""The days of a week, in the order of `datetime.weekday`."""

_SETS = {"daily": DAYS, "weekdays": DAYS[:5], "weekends": DAYS[5:]}
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_HOST = r"[a-z0-9][a-z0-9.-]*"
_PATH = r"[\w.~%+@/-]+"
_GIT_URL = re.compile(
    rf"https://{_HOST}(?::{PORT})?/{_PATH}|ssh://(?:[\w.-]+@)?{_HOST}(?::{PORT})?/{_PATH}|[\w.-]+@{_HOST}:{_PATH}|"
    rf"file:///{_PATH}",
    re.ASCII | re.IGNORECASE,
)
_TWO_WAYS = re.compile(rf"ssh://[\w.-]+@{_HOST}:(?!{PORT}/){_PATH}", re.ASCII | re.IGNORECASE)
# The rules of git check-ref-format.
_NO_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|^[-./]|[./]$|^@$|^HEAD$|^$")

_AFTER_VERSION = r"(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?"
_VERSION = re.compile(rf"v?\d+(\.\d+){{0,2}}{_AFTER_VERSION}", re.ASCII)
_RANGE = re.compile(rf"[=!<>]{{0,2}}v?[0-9xX|]+(\.[0-9xX|]+){{0,2}}{_AFTER_VERSION}", re.ASCII)


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the first and the last of each run of numbers that follow one another: 0, 1, 2, 5 gives 0-2 and 5-5."""
    spans: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return spans


@dataclass(frozen=True)
class Days(Checked):
    """One or more days of the week. `str()` says them in words: `monday to friday`.

    Attributes:
        text: The days as they were written, with commas between the names of a list.
        numbers: Which they are, in order: 0 for Monday to 6 for Sunday.
    """

    example: ClassVar[str] = "daily"
    allowed: ClassVar[str] = "daily, weekdays, weekends or a list of days such as [monday, friday]"

    text: str = field(compare=False)
    numbers: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = _SETS.get(self.text) or [name.strip() for name in self.text.split(",")]
        for name in names:
            if name not in DAYS:
                raise self.refusal(with_value(name, "is not a day") if self.text else "is empty")
            if names.count(name) > 1:
                raise self.refusal(f"{name} is in the list more than once")
        object.__setattr__(self, "numbers", tuple(sorted(map(DAYS.index, names))))

    @classmethod
    def read(cls, value: object) -> Self:
        """Make the days from a word or a list of names."""
        return super().read(", ".join(map(str, value)) if isinstance(value, list | tuple) else value)

    def __str__(self) -> str:
        if len(self.numbers) == len(DAYS):
            return "daily"
        words: list[str] = []
        for first, last in runs(self.numbers):
            # "saturday to sunday" would be an odd way to say two days.
            words += [f"{DAYS[first]} to {DAYS[last]}"] if last > first + 1 else DAYS[first : last + 1]
        return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


class TimeOfDay(Text):
    """A time that clocks show, in hours and minutes; 24:00 is the end of a day."""

    __slots__ = ()
    example = "02:00"
    allowed = f"a time of day from 00:00 to 24:00 such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        return None if _TIME.fullmatch(text) else "is not a time of day"

    @property
    def minutes(self) -> int:
        """How many minutes of the day have passed then."""
        hours, _, minutes = self.partition(":")
        return int(hours) * 60 + int(minutes)


class TimeZone(Text):
    """A time zone by its IANA name, as Python and Argo CD know them."""

    __slots__ = ()
    example = "Europe/Paris"
    allowed = f"an IANA time zone such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        return None if text in _time_zones() else "is not a time zone that this machine knows"


@cache
def _time_zones() -> set[str]:
    return available_timezones() - {"localtime"}  # which is whatever a machine is set to


class GitUrl(Text):
    """Where a Git repository is. What logs in to it is a secret, and never part of it.

    An AppProject reads its repositories as patterns, in which `*`, `?`, `[`, `{` and `!` match others as well
    (github.com/gobwas/glob), so none of these is allowed.
    """

    __slots__ = ()
    hidden = True
    example = "https://github.com/smarthr360/smarthr360-platform.git"
    allowed = f"a Git URL that begins with https://, ssh://, git@ or file:/// such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if _GIT_URL.fullmatch(text):
            return cls._odd(text)
        if _TWO_WAYS.fullmatch(text):
            return "has a path where a port belongs: git@host:path and ssh://git@host/path are two ways to write one"
        if "@" in text:
            return "has what looks like a user name, token or password before an @"
        if set(text) & set("*?[]{}!"):
            return "is a pattern, and would mean other repositories as well"
        return "is not a Git URL"

    @staticmethod
    def _odd(text: str) -> str | None:
        """Return what Git resolves and Argo CD, which compares texts, does not."""
        scheme, _, rest = text.rpartition("://")
        if scheme != scheme.lower():
            return "has upper-case letters before ://, for which Git has no program"
        path = rest.partition("/" if scheme else ":")[2]
        steps = path.removeprefix("" if scheme else "/").removesuffix("/").split("/")
        return "has a step that is empty, . or .." if {"", ".", ".."} & set(steps) else None


class Branch(Text):
    """The name of a Git branch that Argo CD takes for nothing else.

    It reads 40 hexadecimal digits as a commit, and what Masterminds' semver library reads as a range of
    versions, such as `1.x`, as the newest tag in it (`lsRemote` of util/git/client.go, util/versions/tags.go).
    """

    __slots__ = ()
    example = "main"
    allowed = f"the name of a Git branch such as {example} or release/1.0"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if _NO_BRANCH.search(text):
            return "is not the name of a branch"
        if text.startswith("refs/"):
            return "begins with refs/"
        if re.fullmatch(r"[0-9A-Fa-f]{40}", text):
            return "is a commit"
        ranges = all(map(_RANGE.fullmatch, re.split(r",|\|\|", text))) and not _VERSION.fullmatch(text)
        return "is a range of versions to Argo CD, and would follow tags" if ranges else None


class Group(Text):
    """A group of the identity provider. Argo CD writes it into a line of comma-separated values.

    Its own roles are called `role:` and `proj:`; such a group would give its rights to everybody in that role.
    """

    __slots__ = ()
    example = "prod-admins"
    allowed = f"a group of the identity provider such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if not text:
            return "is empty"
        if text != text.strip():
            return "begins or ends with a space"
        if text.startswith(("role:", "proj:", "#")):
            return f"begins with {text[0] if text[0] == '#' else text[:5]}, which has a meaning of its own to Argo CD"
        return None if text.isprintable() and not set(text) & {",", '"'} else "has a comma, a quote or a line break"


class Channel(Text):
    """A channel of Slack."""

    __slots__ = ()
    example = "deployments"
    allowed = f"a Slack channel without # such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if text.startswith("#"):
            return "begins with #"
        return None if re.fullmatch(r"[\w-]{1,80}", text) else "is not a channel"
