"""How Argo CD delivers an environment: from which branch, when, by whom, and what it posts to Slack."""

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from components.settings.base import Section
from components.settings.gitops_values import Branch, Channel, Days, GitUrl, Group, TimeOfDay, TimeZone
from components.settings.schema import ConflictError
from components.settings.types.measures import History

DAY = 24 * 60
"""Minutes of a day; what a clock change adds or takes is not counted."""

WEEK = 7 * DAY


class Window(Section):
    """A span of time that comes back every week, in which syncs are allowed or denied. `str()` says it in words."""

    kind: Literal["allow", "deny"] = Field(
        description="`allow`: syncs happen in allow windows only; `deny`: none in it, not even in an allow window."
    )
    days: Days = Field(description="Days on which it begins.")
    from_: TimeOfDay = Field(alias="from", description="When it begins, by the clock of `timeZone`.")
    to: TimeOfDay = Field(description="When it ends; on the day after where it is not after `from`.")
    manual: bool = Field(
        default=False,
        description="Whether it leaves syncs by hand alone: they are allowed outside an allow or inside a deny window.",
    )

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.from_ == "24:00":
            raise ConflictError("from", "24:00 is the end of a day; allowed is 00:00 to 23:59")
        if self.from_ == self.to:
            raise ConflictError(
                "to", f"{self.to} is `from` as well; allowed is another time, or 00:00 to 24:00 for a whole day"
            )
        return self

    @property
    def length(self) -> int:
        """How many minutes it lasts: a day at most."""
        return (self.to.minutes - self.from_.minutes) % DAY or DAY

    @property
    def minutes(self) -> frozenset[int]:
        """The minutes of the week that lie in it, by the clock: 0 is Monday 00:00, and Sunday's night goes on there."""
        starts = [day * DAY + self.from_.minutes for day in self.days.numbers]
        return frozenset(minute % WEEK for start in starts for minute in range(start, start + self.length))

    @property
    def times(self) -> str:
        """When it is, in words."""
        return f"{self.days} {self.from_}-{self.to}"

    def __str__(self) -> str:
        return f"{self.kind} {self.times}{' (not for syncs by hand)' if self.manual else ''}"


class Groups(Section):
    """The groups of the identity provider by what they are allowed to do in Argo CD, each in one role only."""

    admin: tuple[Group, ...] = Field(default=(), description="Groups that are allowed to do everything.")
    deployer: tuple[Group, ...] = Field(default=(), description="Groups that are allowed to look and sync.")
    readonly: tuple[Group, ...] = Field(default=(), description="Groups that are allowed to look.")

    @model_validator(mode="after")
    def _one_role(self) -> Self:
        roles: dict[str, str] = {}
        for role, groups in (("admin", self.admin), ("deployer", self.deployer), ("readonly", self.readonly)):
            for group in groups:
                if group in roles:
                    again = f"is in {roles[group]} as well" if roles[group] != role else "is in the list more than once"
                    raise ConflictError(role, f"{group} {again}; allowed is each group once")
                roles[group] = role
        return self


class Slack(Section):
    """Which events Argo CD posts to a Slack channel."""

    channel: Channel = Field(description="Channel, without #.")
    events: tuple[Literal["succeeded", "failed", "degraded", "out-of-sync"], ...] = Field(
        min_length=1, description="Events that are posted there: a sync's end, bad health, a difference from Git."
    )

    @field_validator("events")
    @classmethod
    def _once(cls, events: tuple[str, ...]) -> tuple[str, ...]:
        twice = [event for event in dict.fromkeys(events) if events.count(event) > 1]
        if twice:
            raise ValueError(f"{' and '.join(twice)} is in the list more than once; allowed is each event once")
        return events


class GitOps(Section):
    """Git is the source of truth, and Argo CD applies what it holds."""

    repository: GitUrl = Field(
        default=GitUrl("https://github.com/smarthr360/smarthr360-platform.git"),
        description="Git repository that holds rendered/.",
    )
    branch: Branch = Field(description="Branch that this environment follows.")
    automated: bool = Field(
        default=True, description="Whether Argo CD syncs by itself, prunes and heals; otherwise somebody syncs by hand."
    )
    revision_history: History = Field(default=10, description="How many syncs Argo CD remembers, to go back to.")
    time_zone: TimeZone | None = Field(default=None, description="Time zone of the windows, by its IANA name.")
    windows: tuple[Window, ...] = Field(
        default=(), description="When syncs are allowed and denied; at any time where there are none."
    )
    groups: Groups = Field(default=Groups(), description="Who is allowed to do what in Argo CD.")
    slack: Slack | None = Field(default=None, description="Messages to Slack; left out, none are sent.")

    @model_validator(mode="after")
    def _windows_mean_something(self) -> Self:
        """Refuse windows that cannot be meant."""
        if not self.windows:
            return self
        if not self.time_zone:
            raise ConflictError("timeZone", f"is missing, and windows need one; allowed is {TimeZone.allowed}")
        for kind in ("allow", "deny"):
            _share_no_time({place: window for place, window in self._places().items() if window.kind == kind})
        self._manual_agrees()
        self._opens()
        return self

    def minutes(self, *, by_hand: bool) -> frozenset[int]:
        """Return the minutes of the week in which the windows allow a sync, as `Window.minutes` counts them.

        Args:
            by_hand: Whether a person starts it; otherwise Argo CD does.
        """
        windows = [window for window in self.windows if not (by_hand and window.manual)]
        allows = [window for window in windows if window.kind == "allow"]
        denied = _together(window for window in windows if window.kind == "deny")
        return (_together(allows) if allows else frozenset(range(WEEK))) - denied

    def _places(self) -> dict[str, Window]:
        return {f"windows[{number}]": window for number, window in enumerate(self.windows)}

    def _manual_agrees(self) -> None:
        """Refuse `manual` beside an allow window without it, where Argo CD behaves as nobody expects."""
        strict = next(
            (place for place, window in self._places().items() if window.kind == "allow" and not window.manual), ""
        )
        for place, window in self._places().items():
            if strict and window.manual:
                result = {"allow": "has no effect", "deny": "allows syncs by hand inside a deny window and not outside"}
                raise ConflictError(
                    f"{place}.manual",
                    f"true {result[window.kind]}, as {strict} has false; allowed is true if all allow windows have it",
                )

    def _opens(self) -> None:
        """Refuse an allow window that is denied from end to end, and a week in which nothing is allowed."""
        denied = _together(window for window in self.windows if window.kind == "deny")
        for place, window in self._places().items():
            if window.kind == "allow" and window.minutes <= denied:
                raise ConflictError(
                    place,
                    f"{window.times} lies inside deny windows, so that it never opens; allowed is some time outside",
                )
        if not self.minutes(by_hand=not self.automated):
            result = "nothing ever syncs by itself, as automated says" if self.automated else "nobody can ever sync"
            raise ConflictError(
                "windows", f"deny all of the week, so that {result}; allowed is some time outside deny windows"
            )


def _together(windows: Iterable[Window]) -> frozenset[int]:
    """Return the minutes of the week that lie in any of the windows."""
    return frozenset[int]().union(*(window.minutes for window in windows))


def _share_no_time(windows: dict[str, Window]) -> None:
    """Refuse two windows of a kind that overlap."""
    seen: dict[int, str] = {}
    for place, window in windows.items():
        minutes = window.minutes
        if clash := next((seen[minute] for minute in sorted(minutes) if minute in seen), None):
            raise ConflictError(
                place,
                f"{window.kind} {window.times} overlaps {clash}, {windows[clash].times}; "
                "allowed is each minute in one window of a kind",
            )
        seen |= dict.fromkeys(minutes, place)
