from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from components.delivery import windows as delivery
from components.settings.gitops import WEEK
from tests.support.stacks import good_config
from tests.support.window_sets import Window, as_settings, gitops, is_in, window_sets
from tools import explain, stack_values, window_calendar
from units import Duration

PARIS = ZoneInfo("Europe/Paris")
CLOCK = [(day, f"{hour:02}:{minute:02}") for day, hour, minute in product(range(7), range(24), range(60))]
"""Every minute of a week: the day and what the clock shows."""


def window(kind: str, days: object, start: str, end: str, *, manual: bool = False) -> Window:
    return {"kind": kind, "days": days, "from": start, "to": end, "manual": manual}


ALLOW = window("allow", "daily", "02:00", "04:00")
DENY = window("deny", "weekdays", "08:00", "18:00")


def compiled(*windows: Window) -> list[dict[str, object]]:
    settings = gitops("Europe/Paris", *windows)
    return delivery.compile(settings.windows, settings.time_zone)


@pytest.mark.parametrize(
    ("days", "start", "end", "schedule", "duration"),
    [
        ("daily", "02:00", "04:00", "0 2 * * *", "2h"),
        ("weekdays", "08:00", "18:00", "0 8 * * 1-5", "10h"),
        ("weekends", "10:15", "10:45", "15 10 * * 0,6", "30m"),
        ("daily", "00:00", "24:00", "0 0 * * *", "24h"),
        ("daily", "22:00", "02:00", "0 22 * * *", "4h"),
        ("daily", "22:30", "00:00", "30 22 * * *", "1h30m"),
        ("daily", "22:30", "24:00", "30 22 * * *", "1h30m"),
        (["sunday"], "23:59", "00:00", "59 23 * * 0", "1m"),
        (["saturday"], "12:01", "12:00", "1 12 * * 6", "23h59m"),
        (["friday", "monday"], "01:00", "02:00", "0 1 * * 1,5", "1h"),
        (["sunday", "saturday", "friday"], "01:00", "02:00", "0 1 * * 0,5-6", "1h"),
        (["monday", "tuesday", "wednesday", "friday"], "01:00", "02:00", "0 1 * * 1-3,5", "1h"),
    ],
)
def test_human_words_become_one_strike_of_cron_for_each_day_and_a_duration(
    days: object, start: str, end: str, schedule: str, duration: str
) -> None:
    (entry,) = compiled(window("allow", days, start, end))
    assert (entry["schedule"], entry["duration"]) == (schedule, duration)


def test_an_entry_says_all_that_argo_cd_needs_and_what_a_person_reads() -> None:
    assert compiled(ALLOW, DENY | {"days": ["monday", "sunday"]}) == [
        {
            "kind": "allow",
            "schedule": "0 2 * * *",
            "duration": "2h",
            "timeZone": "Europe/Paris",
            "applications": ["*"],
            "manualSync": False,
            "description": "allow daily 02:00-04:00, Europe/Paris",
        },
        {
            "kind": "deny",
            "schedule": "0 8 * * 0-1",
            "duration": "10h",
            "timeZone": "Europe/Paris",
            "applications": ["*"],
            "manualSync": False,
            "description": "deny monday and sunday 08:00-18:00, Europe/Paris",
        },
    ]


def test_only_a_window_with_manual_leaves_syncs_by_hand_alone() -> None:
    deny, allow = compiled(DENY, ALLOW | {"manual": True})
    assert (deny["manualSync"], allow["manualSync"]) == (False, True)
    assert allow["description"] == "allow daily 02:00-04:00 (not for syncs by hand), Europe/Paris"


def test_no_windows_are_no_entries() -> None:
    assert delivery.compile((), None) == []


def test_production_has_the_windows_of_the_design() -> None:
    settings = as_settings(good_config("production")["gitops"])
    entries = delivery.compile(settings.windows, settings.time_zone)
    assert [(entry["kind"], entry["schedule"], entry["duration"]) for entry in entries] == [
        ("allow", "0 2 * * *", "2h"),
        ("deny", "0 8 * * 1-5", "10h"),
    ]


def struck(entry: dict[str, object]) -> set[int]:
    """The minutes of the week that an entry covers, counted from Monday 00:00."""
    minute, hour, day, month, weekdays = str(entry["schedule"]).split()
    assert (day, month) == ("*", "*")
    spans = [part.split("-") for part in weekdays.replace("*", "0-6").split(",")]
    days = {(number - 1) % 7 for span in spans for number in range(int(span[0]), int(span[-1]) + 1)}
    starts = [(day * 24 + int(hour)) * 60 + int(minute) for day in days]
    length = Duration(str(entry["duration"])).seconds // 60
    return {minute % WEEK for start in starts for minute in range(start, start + length)}


@settings(max_examples=40, deadline=None)
@given(window_sets())
def test_an_entry_covers_what_the_words_say_and_nothing_else(windows: list[Window]) -> None:
    for entry, words in zip(compiled(*windows), windows, strict=True):
        assert struck(entry) == {number for number, (day, clock) in enumerate(CLOCK) if is_in(words, day, clock)}


@settings(max_examples=40, deadline=None)
@given(window_sets(), st.booleans())
def test_syncs_are_allowed_in_allow_windows_only_and_never_in_deny_windows(
    windows: list[Window], by_hand: bool
) -> None:
    heeded = [words for words in windows if not (by_hand and words["manual"])]
    allows, denies = ([words for words in heeded if words["kind"] == kind] for kind in ("allow", "deny"))
    expected = {
        number
        for number, (day, clock) in enumerate(CLOCK)
        if (not allows or any(is_in(words, day, clock) for words in allows))
        and not any(is_in(words, day, clock) for words in denies)
    }
    assert gitops("UTC", *windows).minutes(by_hand=by_hand) == expected


# The calendar of a stack


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Print the calendar of a stack with these settings, written as YAML."""
    monkeypatch.setattr(stack_values, "ROOT", tmp_path)

    def run(gitops: str, *options: str) -> Result:
        text = f"config:\n  smarthr360:environment: dev\n  smarthr360:gitops: {gitops}\n"
        (tmp_path / "Pulumi.small.yaml").write_text(text, encoding="utf-8")
        return CliRunner().invoke(explain.app, ["--stack", "small", "--calendar", *options])

    return run


WINDOWS = (
    '{ kind: allow, days: daily, from: "02:00", to: "04:00" }',
    '{ kind: deny, days: weekdays, from: "08:00", to: "18:00" }',
)
BY_HAND = f"{{ branch: main, automated: false, timeZone: Europe/Paris, windows: [{', '.join(WINDOWS)}] }}"


def test_the_calendar_says_the_rules_in_words_and_marks_the_days_on_which_clocks_change(
    show: Callable[..., Result],
) -> None:
    result = show(BY_HAND, "--from", "2027-03-27", "--days", "3")
    assert result.stdout.splitlines() == [
        "small syncs: by hand only, inside: daily 02:00-04:00; never monday to friday 08:00-18:00; Europe/Paris",
        "",
        "day             by hand                clocks",
        "Sat 2027-03-27  02:00-04:00",
        "Sun 2027-03-28  03:00 CEST-04:00 CEST  forward from 02:00 to 03:00",
        "Mon 2027-03-29  02:00-04:00",
    ]
    assert (result.exit_code, result.stderr) == (0, "")


def test_an_automated_stack_has_a_column_for_automatic_syncs(show: Callable[..., Result]) -> None:
    freeze = '{ kind: deny, days: [friday], from: "16:00", to: "24:00", manual: true }'
    result = show(
        f"{{ branch: main, timeZone: Europe/Paris, windows: [{freeze}] }}", "--from", "2027-06-03", "--days", "2"
    )
    first, _, *table = result.stdout.splitlines()
    assert first == (
        "small syncs: automatic and by hand, at any time; "
        "never friday 16:00-24:00 (not for syncs by hand); Europe/Paris"
    )
    assert table == [
        "day             automatic    by hand      clocks",
        "Thu 2027-06-03  00:00-24:00  00:00-24:00",
        "Fri 2027-06-04  00:00-16:00  00:00-24:00",
    ]


def test_a_stack_without_windows_syncs_at_any_time_and_has_no_table(show: Callable[..., Result]) -> None:
    assert show("{ branch: develop }").stdout == "small syncs: automatic and by hand, at any time\n"


def test_the_calendar_begins_today_and_has_a_fortnight(show: Callable[..., Result]) -> None:
    before = datetime.now(PARIS).date()
    lines = show(BY_HAND).stdout.splitlines()[3:]
    first = date.fromisoformat(lines[0].split()[1])
    assert before <= first <= datetime.now(PARIS).date()
    assert [line.split()[1] for line in lines] == [f"{first + timedelta(days=number)}" for number in range(14)]


@pytest.mark.parametrize(
    ("gitops", "sentence"),
    [
        (
            BY_HAND.replace('"04:00"', '"02:00"'),
            "smarthr360:gitops.windows[0].to: 02:00 is `from` as well; "
            "allowed is another time, or 00:00 to 24:00 for a whole day",
        ),
        ("{ branch: a b }", 'smarthr360:gitops.branch: "a b" is not the name of a branch; '),
        ("nothing", "smarthr360:gitops: is text; allowed is an object with the keys repository, "),
        ("{}", "smarthr360:gitops.branch: is missing; "),
    ],
)
def test_a_stack_that_the_program_refuses_has_no_calendar(
    show: Callable[..., Result], gitops: str, sentence: str
) -> None:
    result = show(gitops)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: Pulumi.small.yaml: {sentence}")
    assert result.stderr.count("\n") == 1


def test_a_stack_that_does_not_exist_is_refused_in_one_sentence() -> None:
    result = CliRunner().invoke(explain.app, ["--stack", "prodution", "--calendar"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith('error: "prodution" is not a stack, the nearest is production; ')


@pytest.mark.parametrize("options", [["--from", "tomorrow"], ["--from", "9999-12-31"], ["--days", "0"]])
def test_an_impossible_span_is_refused(show: Callable[..., Result], options: list[str]) -> None:
    result = show(BY_HAND, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("zone", "day", "minutes", "change"),
    [
        ("Europe/Paris", date(2027, 3, 28), 23 * 60, "forward from 02:00 to 03:00"),
        ("Europe/Paris", date(2027, 10, 31), 25 * 60, "back from 03:00 to 02:00"),
        ("Europe/Paris", date(2027, 10, 30), 24 * 60, ""),
        ("Australia/Lord_Howe", date(2027, 4, 4), 24 * 60 + 30, "back from 02:00 to 01:30"),
        ("Australia/Lord_Howe", date(2027, 10, 3), 23 * 60 + 30, "forward from 02:00 to 02:30"),
        # At midnight: the day begins at 01:00, and its first hour comes twice.
        ("America/Havana", date(2027, 3, 14), 23 * 60, "forward from 00:00 to 01:00"),
        ("America/Havana", date(2027, 11, 7), 25 * 60, "back from 01:00 to 00:00"),
        ("America/Havana", date(2027, 3, 13), 24 * 60, ""),
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(zone: str, day: date, minutes: int, change: str) -> None:
    passing = window_calendar.every_minute(day, ZoneInfo(zone))
    assert len(passing) == minutes
    assert {local.date() for local in passing} == {day}
    assert window_calendar.clock_change(passing) == change


def test_a_time_that_comes_twice_is_told_apart_by_the_name_of_its_zone() -> None:
    words = gitops("Europe/Paris", window("allow", "daily", "02:15", "02:45"))
    day = window_calendar.every_minute(date(2027, 10, 31), PARIS)
    spans = window_calendar.spans(words.minutes(by_hand=True), day)
    assert spans == "02:15 CEST-02:45 CEST, 02:15 CET-02:45 CET"


def test_a_window_in_the_hour_that_is_left_out_never_opens_that_day() -> None:
    words = gitops("Europe/Paris", window("allow", "daily", "02:00", "03:00"))
    day = window_calendar.every_minute(date(2027, 3, 28), PARIS)
    assert window_calendar.spans(words.minutes(by_hand=True), day) == "never"


def test_windows_across_midnight_show_on_both_days() -> None:
    words = gitops("Europe/Paris", window("allow", ["sunday"], "22:00", "02:00"))
    minutes = words.minutes(by_hand=False)
    days = [window_calendar.every_minute(date(2027, 6, number), PARIS) for number in (5, 6, 7)]
    assert [window_calendar.spans(minutes, day) for day in days] == ["never", "22:00-24:00", "00:00-02:00"]


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        ("2026-11-27T00:30+01:00", "Friday 2026-11-27 02:00 (Europe/Paris)"),
        ("2026-11-27T02:30+01:00", "Friday 2026-11-27 02:30 (Europe/Paris)"),
        ("2026-11-27T03:00+00:00", "Saturday 2026-11-28 02:00 (Europe/Paris)"),
        # The clocks go forward from 02:00 to 03:00.
        ("2027-03-27T12:00+01:00", "Sunday 2027-03-28 03:00 (Europe/Paris)"),
    ],
)
def test_the_next_time_for_a_sync_by_hand_is_said_in_words(now: str, answer: str) -> None:
    assert window_calendar.next_open(gitops("Europe/Paris", ALLOW, DENY), datetime.fromisoformat(now)) == answer
