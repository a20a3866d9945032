from __future__ import annotations

import json
import subprocess

import pytest
from pydantic import ValidationError

from components.settings import NAMESPACE
from components.settings.base import Section
from components.settings.gitops import GitOps
from components.settings.gitops_values import DAYS, Branch, Channel, Days, GitUrl, Group, TimeOfDay, TimeZone, runs
from components.settings.schema import sentences
from tests.support.window_sets import WORDS, Window, as_settings, gitops


@pytest.mark.parametrize(
    "url",
    [
        "https://hunter2@github.com/a/b",
        "https://somebody:hunter2@github.com/a/b",
        "https://somebody:hunter2@github.com/a b",
        "http://somebody:hunter2@github.com/a/b",
        "https:/somebody:hunter2@github.com/a/b",
        "ssh://git:hunter2@github.com/a/b",
        "somebody:hunter2@github.com:a/b",
        "hunter2@github.com/a/b",
    ],
)
def test_a_login_in_a_git_url_is_refused_unseen(url: str) -> None:
    (error,) = refusals({"branch": "main", "repository": url})
    assert error == (
        "smarthr360:gitops.repository: has what looks like a user name, token or password before an @; "
        f"allowed is {GitUrl.allowed}"
    )
    assert "hunter2" not in error


NAMES = (
    *("main", "release/1.0", "a@b", "a.lock.b", "a-", "-a", ".a", "a/.b", "a.", "a./b", "a..b", "a.lock", "a.lock/b"),
    *("/a", "a/", "a//b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a@{b", "HEAD", "", "a\x7f", "é"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_branch_is_what_git_takes_for_one(name: str) -> None:
    known = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, check=False)
    if known.returncode == 0:
        assert Branch(name) == name
    else:
        with pytest.raises(ValueError, match="is not the name of a branch; allowed is"):
            Branch(name)


@pytest.mark.parametrize(
    ("written", "numbers", "words"),
    [
        ("daily", (0, 1, 2, 3, 4, 5, 6), "daily"),
        (list(DAYS), (0, 1, 2, 3, 4, 5, 6), "daily"),
        ("weekdays", (0, 1, 2, 3, 4), "monday to friday"),
        ("weekends", (5, 6), "saturday and sunday"),
        (["sunday"], (6,), "sunday"),
        (["friday", "monday"], (0, 4), "monday and friday"),
        (["sunday", "monday", "tuesday"], (0, 1, 6), "monday, tuesday and sunday"),
        (["monday", "wednesday", "friday", "thursday"], (0, 2, 3, 4), "monday and wednesday to friday"),
    ],
)
def test_days_are_a_word_or_a_list_in_any_order(written: object, numbers: tuple[int, ...], words: str) -> None:
    days = Days.read(written)
    assert (days.numbers, str(days)) == (numbers, words)
    assert days == Days(days.text)


def test_the_words_for_days_mean_what_the_tests_take_them_for() -> None:
    assert {word: tuple(DAYS[number] for number in Days(word).numbers) for word in WORDS} == WORDS


def test_runs_are_numbers_that_follow_one_another() -> None:
    assert runs([5, 0, 2, 1]) == [(0, 2), (5, 5)]
    assert runs([]) == []


# The settings


class Stack(Section):
    """What stands around the settings in a stack file."""

    gitops: GitOps


def refusals(config: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Stack.model_validate_json(json.dumps({"gitops": config}))
    return sentences(Stack, caught.value, NAMESPACE, offer={})


def window(text: str, **others: object) -> Window:
    """A window from words such as "deny weekdays 08:00-18:00" or "allow monday+friday 22:00-02:00"."""
    kind, days, times = text.split(" ")
    start, end = times.split("-")
    return {"kind": kind, "days": days if days in WORDS else days.split("+"), "from": start, "to": end} | others


def test_only_the_branch_has_to_be_said() -> None:
    found = as_settings({"branch": "develop"})
    assert (found.branch, found.automated, found.revision_history) == ("develop", True, 10)
    assert (found.windows, found.time_zone, found.slack) == ((), None, None)
    assert (found.groups.admin, found.groups.deployer, found.groups.readonly) == ((), (), ())
    assert found.repository == GitUrl.example


def test_every_key_is_read() -> None:
    found = as_settings(
        {
            "repository": "git@example.com:a.git",
            "branch": "main",
            "automated": False,
            "revisionHistory": 20,
            "timeZone": "Europe/Paris",
            "windows": [window("deny weekdays 08:00-18:00", manual=True)],
            "groups": {"admin": ["a"], "deployer": ["b", "c"], "readonly": ["d"]},
            "slack": {"channel": "production", "events": ["failed", "out-of-sync"]},
        }
    )
    assert (found.repository, found.branch, found.automated) == ("git@example.com:a.git", "main", False)
    assert (found.revision_history, found.time_zone) == (20, "Europe/Paris")
    assert found.groups.deployer == ("b", "c")
    assert found.slack
    assert (found.slack.channel, found.slack.events) == ("production", ("failed", "out-of-sync"))
    (only,) = found.windows
    assert (only.kind, only.from_, only.to, only.length, only.manual) == ("deny", "08:00", "18:00", 600, True)
    assert str(only) == "deny monday to friday 08:00-18:00 (not for syncs by hand)"


GOOD_WINDOWS = {
    "one window that touches another": ["allow daily 02:00-04:00", "allow daily 04:00-06:00"],
    "one across midnight that touches the next": ["deny monday 22:00-02:00", "deny tuesday 02:00-03:00"],
    "the week's end that touches its beginning": ["deny sunday 22:00-00:00", "deny monday 00:00-01:00"],
    "the same time on other days": ["deny weekdays 08:00-18:00", "deny weekends 08:00-18:00"],
    "whole days": ["deny weekends 00:00-24:00"],
    "a deny window inside an allow window": ["allow daily 00:00-24:00", "deny friday 12:00-24:00"],
    "an allow window that a deny window covers on one day": ["allow daily 02:00-04:00", "deny monday 01:00-05:00"],
    "an allow window that a deny window covers in part": ["allow daily 02:00-04:00", "deny daily 03:00-05:00"],
    "all of the week but one minute": ["deny daily 00:00-23:59"],
}


@pytest.mark.parametrize("words", GOOD_WINDOWS.values(), ids=GOOD_WINDOWS)
def test_windows_that_mean_something_are_taken(words: list[str]) -> None:
    found = gitops("Europe/Paris", *map(window, words))
    assert len(found.windows) == len(words)
    assert found.minutes(by_hand=True)


def test_a_time_zone_without_windows_is_fine() -> None:
    assert gitops("Europe/Paris").time_zone == "Europe/Paris"


DENY = window("deny weekdays 08:00-18:00")
DAILY = "deny daily 00:00-24:00"
ONE_KIND = "allowed is each minute in one window of a kind"
OUTSIDE = "allowed is some time outside"
THEM = "deny windows"

# Each the windows, and what is refused; a sentence begins below `smarthr360:gitops.`.
BAD_WINDOWS: dict[str, tuple[list[Window], str]] = {
    "no length": (
        [window("allow daily 02:00-02:00")],
        "windows[0].to: 02:00 is `from` as well; allowed is another time, or 00:00 to 24:00 for a whole day",
    ),
    "from the end of a day": (
        [window("allow daily 24:00-02:00")],
        "windows[0].from: 24:00 is the end of a day; allowed is 00:00 to 23:59",
    ),
    "the same window twice": (
        [window("deny daily 08:00-18:00"), window("deny daily 08:00-18:00")],
        f"windows[1]: deny daily 08:00-18:00 overlaps windows[0], daily 08:00-18:00; {ONE_KIND}",
    ),
    "an overlap on one day": (
        [window("allow daily 02:00-04:00"), DENY, window("deny friday+saturday 17:00-19:00")],
        "windows[2]: deny friday and saturday 17:00-19:00 overlaps windows[1], monday to friday 08:00-18:00; "
        + ONE_KIND,
    ),
    "an overlap after midnight": (
        [window("deny tuesday 01:00-03:00"), window("deny monday 22:00-02:00")],
        f"windows[1]: deny monday 22:00-02:00 overlaps windows[0], tuesday 01:00-03:00; {ONE_KIND}",
    ),
    "an overlap across the week's end": (
        [window("allow sunday 22:00-02:00"), window("allow monday 01:00-03:00")],
        f"windows[1]: allow monday 01:00-03:00 overlaps windows[0], sunday 22:00-02:00; {ONE_KIND}",
    ),
    "an allow window that never opens": (
        [window("allow daily 20:00-22:00"), DENY, window("allow weekdays 09:00-18:00")],
        f"windows[2]: monday to friday 09:00-18:00 lies inside deny windows, so that it never opens; {OUTSIDE}",
    ),
    "an allow window that two deny windows cover": (
        [window("deny daily 22:00-00:00"), window("deny daily 00:00-02:00"), window("allow sunday 23:00-01:00")],
        f"windows[2]: sunday 23:00-01:00 lies inside deny windows, so that it never opens; {OUTSIDE}",
    ),
    "a week that is denied": (
        [window(DAILY)],
        f"windows: deny all of the week, so that nothing ever syncs by itself, as automated says; {OUTSIDE} {THEM}",
    ),
    "a week that is denied in parts": (
        [window("deny daily 08:00-18:00"), window("deny daily 18:00-08:00", manual=True)],
        f"windows: deny all of the week, so that nothing ever syncs by itself, as automated says; {OUTSIDE} {THEM}",
    ),
    "by hand beside one allow window only": (
        [window("allow daily 02:00-04:00", manual=True), window("allow daily 12:00-13:00")],
        "windows[0].manual: true has no effect, as windows[1] has false; allowed is true if all allow windows have it",
    ),
    "by hand inside deny windows only": (
        [window("allow daily 02:00-04:00"), DENY | {"manual": True}],
        "windows[1].manual: true allows syncs by hand inside a deny window and not outside, as windows[0] has false; "
        "allowed is true if all allow windows have it",
    ),
    "no days": (
        [window("allow daily 02:00-04:00") | {"days": []}],
        f"windows[0].days: is empty; allowed is {Days.allowed}",
    ),
    "a day twice": (
        [window("allow monday+monday 02:00-04:00")],
        f"windows[0].days: monday is in the list more than once; allowed is {Days.allowed}",
    ),
    "a number for a day": (
        [window("allow daily 02:00-04:00") | {"days": [1]}],
        f'windows[0].days: "1" is not a day; allowed is {Days.allowed}',
    ),
    # What some readers of YAML make of 18:00 without quotes.
    "a time without quotes": (
        [window("allow daily 02:00-04:00") | {"to": 1080}],
        f"windows[0].to: 1080 is a number, to be written in quotes; allowed is {TimeOfDay.allowed}",
    ),
    "another kind": (
        [window("block daily 02:00-04:00")],
        'windows[0].kind: "block" is not known; allowed is allow or deny',
    ),
    "an unknown key": (
        [window("allow daily 02:00-04:00", duration="2h")],
        "windows[0].duration: is not a known key; known here: kind, days, from, to, manual",
    ),
}


@pytest.mark.parametrize(("windows", "sentence"), BAD_WINDOWS.values(), ids=BAD_WINDOWS)
def test_windows_that_nobody_can_have_meant_are_refused(windows: list[Window], sentence: str) -> None:
    found = refusals({"branch": "main", "timeZone": "Europe/Paris", "windows": windows})
    assert found == [f"smarthr360:gitops.{sentence}"]


def test_windows_need_a_time_zone() -> None:
    assert refusals({"branch": "main", "windows": [DENY]}) == [
        f"smarthr360:gitops.timeZone: is missing, and windows need one; allowed is {TimeZone.allowed}"
    ]


def test_a_week_that_is_denied_is_refused_unless_somebody_syncs_by_hand() -> None:
    by_hand = {"branch": "main", "timeZone": "UTC", "automated": False}
    assert refusals(by_hand | {"windows": [window(DAILY)]}) == [
        f"smarthr360:gitops.windows: deny all of the week, so that nobody can ever sync; {OUTSIDE} {THEM}"
    ]
    assert as_settings(by_hand | {"windows": [window(DAILY, manual=True)]}).minutes(by_hand=True)


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (
            {"groups": {"admin": ["a"], "deployer": ["b"], "readonly": ["a"]}},
            "groups.readonly: a is in admin as well; allowed is each group once",
        ),
        (
            {"groups": {"deployer": ["a", "b", "a"]}},
            "groups.deployer: a is in the list more than once; allowed is each group once",
        ),
        ({"groups": {"admin": [""]}}, f'groups.admin[0]: "" is empty; allowed is {Group.allowed}'),
        (
            {"slack": {"channel": "#production", "events": ["failed"]}},
            f'slack.channel: "#production" begins with #; allowed is {Channel.allowed}',
        ),
        (
            {"slack": {"channel": "production", "events": []}},
            "slack.events: is empty; allowed is a list of one or more, each succeeded, failed, degraded or out-of-sync",
        ),
        (
            {"slack": {"channel": "production", "events": ["failed", "failed"]}},
            "slack.events: failed is in the list more than once; allowed is each event once",
        ),
        (
            {"slack": {"channel": "production", "events": ["started"]}},
            'slack.events[0]: "started" is not known; allowed is succeeded, failed, degraded or out-of-sync',
        ),
        ({"revisionHistory": 0}, "revisionHistory: 0 is too small; allowed is a whole number from 1 to 100"),
        (
            {"timeZone": "Paris"},
            f'timeZone: "Paris" is not a time zone that this machine knows; allowed is {TimeZone.allowed}',
        ),
        ({"branch": "feature one"}, f'branch: "feature one" is not the name of a branch; allowed is {Branch.allowed}'),
    ],
)
def test_what_cannot_work_is_refused_with_its_key(part: dict[str, object], sentence: str) -> None:
    assert refusals({"branch": "main"} | part) == [f"smarthr360:gitops.{sentence}"]
