"""What Argo CD's own code makes of our sync windows, for every half hour of a year."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from datetime import datetime, time
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.delivery import windows as delivery
from components.settings.gitops import GitOps
from tests.stacks import good_config
from tests.window_sets import Window, as_settings, gitops, window_sets
from tools import window_calendar
from tools.engine import ensure

pytestmark = pytest.mark.integration

HALF_HOURS = 365 * 48
ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe")  # the last changes by half an hour, in the south

Entries = list[dict[str, object]]
Allowed = tuple[bool, bool]
"""Whether an automatic sync is allowed, and one by hand."""

Ask = Callable[[Entries], dict[datetime, Allowed]]


@pytest.fixture(scope="module")
def ask() -> Ask:
    """Ask Argo CD what it allows one second after each half hour of 2027."""
    program = ensure("windows")["argocd-windows"]

    def answers(entries: Entries) -> dict[datetime, Allowed]:
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "answers"
            span = ("--from", "2027-01-01T00:00:00Z", "--to", "2028-01-01T00:00:00Z", "--step", "30m")
            subprocess.run(
                [program, *span, "--output", output], input=json.dumps(entries), text=True, check=True, timeout=300
            )
            lines = [line.split() for line in output.read_text(encoding="utf-8").splitlines()]
        found = {datetime.fromisoformat(at): (auto == "true", manual == "true") for at, auto, manual in lines}
        assert len(found) == HALF_HOURS
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
    answers = ask(compiled(production(zone)))
    assert wrong(answers, zone) == []
    # Two hours a day; and the clocks changed twice, so that the year was looked at with them and without.
    assert sum(manual for _, manual in answers.values()) == pytest.approx(365 * 4, abs=2)
    offsets = [instant.astimezone(ZoneInfo(zone)).utcoffset() for instant in answers]
    assert sum(one != other for one, other in pairwise(offsets)) == 2


@pytest.mark.parametrize("change", [{"duration": "3h"}, {"timeZone": "UTC"}, {"manualSync": True}, {"kind": "deny"}])
def test_a_wrong_entry_is_told_from_a_right_one(ask: Ask, change: dict[str, object]) -> None:
    allow, deny = compiled(production("Europe/Paris"))
    assert wrong(ask([allow | change, deny]), "Europe/Paris")


def test_a_range_in_the_hour_column_would_open_a_window_at_each_of_those_hours(ask: Ask) -> None:
    allow, deny = compiled(production("Europe/Paris"))
    found = wrong(ask([allow | {"schedule": "0 2-4 * * *"}, deny]), "Europe/Paris")
    assert {clock.hour for clock in found} == {4, 5}


@settings(max_examples=30, derandomize=True, database=None, deadline=None)
@given(windows=window_sets(), zone=st.sampled_from(ZONES))
def test_the_calendar_of_any_windows_is_argo_cds(ask: Ask, windows: list[Window], zone: str) -> None:
    found = gitops(zone, *windows)
    kinds = [found.minutes(by_hand=by_hand) for by_hand in (False, True)]
    for instant, allowed in ask(compiled(found)).items():
        local = instant.astimezone(ZoneInfo(zone))
        assert allowed == tuple(window_calendar.inside(minutes, local) for minutes in kinds), local
