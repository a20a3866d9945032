"""What Argo CD's own code makes of our sync windows, half hour by half hour."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.delivery import windows as delivery
from components.settings.gitops import GitOps
from tests.support.stacks import good_config
from tests.support.window_sets import Window, as_settings, gitops, window_sets
from tools import window_calendar
from tools.engine import ensure

Span = tuple[date, date]
YEAR: Span = (date(2027, 1, 1), date(2028, 1, 1))
CLOCKS_CHANGE: tuple[Span, ...] = ((date(2027, 3, 8), date(2027, 4, 12)), (date(2027, 9, 27), date(2027, 11, 14)))
"""The weeks around the days on which any clock of `ZONES` changes; in all others, every week is like the next."""
ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe")  # the last changes by half an hour, in the south

Entries = list[dict[str, object]]
Allowed = tuple[bool, bool]
"""Whether an automatic sync is allowed, and one by hand."""

Ask = Callable[[Entries, Span], dict[datetime, Allowed]]


@pytest.fixture(scope="module")
def ask() -> Ask:
    """Ask Argo CD what it allows one second after each half hour from midnight to midnight, UTC."""
    program = ensure("windows")["argocd-windows"]

    def answers(entries: Entries, span: Span) -> dict[datetime, Allowed]:
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "answers"
            first, last = (f"{day}T00:00:00Z" for day in span)
            command: list[str | Path] = [program, "--from", first, "--to", last, "--step", "30m", "--output", output]
            subprocess.run(command, input=json.dumps(entries), text=True, check=True, timeout=300)
            lines = [line.split() for line in output.read_text(encoding="utf-8").splitlines()]
        found = {datetime.fromisoformat(at): (auto == "true", manual == "true") for at, auto, manual in lines}
        assert len(found) == (span[1] - span[0]).days * 48
        return found

    return answers


def production(zone: str) -> GitOps:
    """Production's settings, with the clock of another zone."""
    config = good_config("production")["gitops"]
    assert isinstance(config, dict)
    return as_settings(config | {"timeZone": zone})


def compiled(found: GitOps) -> Entries:
    return delivery.compile(found.windows, found.time_zone)


def in_plain_words(local: datetime) -> bool:
    """Allowed from 02:00 to 04:00 every day, denied from 08:00 to 18:00 from Monday to Friday."""
    allowed = time(2) <= local.time() < time(4)
    denied = local.isoweekday() <= 5 and time(8) <= local.time() < time(18)
    return allowed and not denied


def wrong(answers: dict[datetime, Allowed], zone: str) -> list[datetime]:
    """When Argo CD disagrees with the plain words, on either kind of sync, by the zone's clock."""
    local = {instant.astimezone(ZoneInfo(zone)): allowed for instant, allowed in answers.items()}
    return [clock for clock, allowed in local.items() if allowed != (in_plain_words(clock),) * 2]


@pytest.mark.parametrize("zone", ZONES)
def test_argo_cd_agrees_with_the_plain_words_for_every_half_hour_of_a_year(ask: Ask, zone: str) -> None:
    answers = ask(compiled(production(zone)), YEAR)
    assert wrong(answers, zone) == []
    # Two hours a day; and the clocks changed twice, so that the year was looked at with them and without.
    assert sum(manual for _, manual in answers.values()) == pytest.approx(365 * 4, abs=2)
    offsets = [instant.astimezone(ZoneInfo(zone)).utcoffset() for instant in answers]
    assert sum(one != other for one, other in pairwise(offsets)) == 2


def test_a_range_in_the_hour_column_would_open_a_window_at_each_of_those_hours(ask: Ask) -> None:
    allow, deny = compiled(production("Europe/Paris"))
    found = wrong(ask([allow | {"schedule": "0 2-4 * * *"}, deny], YEAR), "Europe/Paris")
    assert {clock.hour for clock in found} == {4, 5}


@settings(max_examples=30, derandomize=True, database=None, deadline=None)
@given(windows=window_sets(), zone=st.sampled_from(ZONES))
def test_the_calendar_of_any_windows_is_argo_cds(ask: Ask, windows: list[Window], zone: str) -> None:
    found = gitops(zone, *windows)
    kinds = [found.minutes(by_hand=by_hand) for by_hand in (False, True)]
    answers = {at: allowed for span in CLOCKS_CHANGE for at, allowed in ask(compiled(found), span).items()}
    for instant, allowed in answers.items():
        local = instant.astimezone(ZoneInfo(zone))
        assert allowed == tuple(window_calendar.inside(minutes, local) for minutes in kinds), local
