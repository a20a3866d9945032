import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifests.differences import Field
from review.reports import diff
from review.reports.texts import clipped, counted, line, listed, shown, visible
from tests.support.reports import create, delete, secret, thing, update


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("user\u202etxt.exe", r"user\u202etxt.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("a\r\nb", "a\\r\nb"),
        ("no\u00a0break", r"no\xa0break"),
        ("\udc80", r"\udc80"),
        ("größer\t→ 数", "größer\t→ 数"),
    ],
)
def test_what_is_invisible_or_moves_the_cursor_is_spelled_out_and_all_else_stays(text: str, seen: str) -> None:
    assert visible(text) == seen


@settings(deadline=None)
@given(st.text(st.characters(codec=None)))
def test_a_visible_text_has_no_character_that_is_not_seen(text: str) -> None:
    assert all(char.isprintable() or char in "\n\t" for char in visible(text))
    assert len(line(text, 20).splitlines()) <= 1


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("postgres:15", "postgres:15"),
        ("8000", '"8000"'),
        ("true", '"true"'),
        ("", '""'),
        (" spaced", '" spaced"'),
        (8000, "8000"),
        (True, "true"),
        (None, "null"),
        ([], "[]"),
        ({}, "{}"),
        ("one\ntwo\n", "one\ntwo\n"),
        ({"b": "1", "a": ["x", 2]}, "b: '1'\na:\n- x\n- 2"),
        ({"script": "one\ntwo\n"}, "script: |\n  one\n  two"),
        ({"\u202e": "\u202e"}, r"\u202e: \u202e"),
    ],
)
def test_a_value_is_shown_as_yaml_so_that_a_text_is_told_from_a_number(value: object, seen: str) -> None:
    assert shown(value) == seen


def test_what_is_cut_is_counted() -> None:
    assert clipped("x" * 1_300, 100) == f"{'x' * 100}… (1,200 more characters)"
    assert clipped("x" * 100, 100) == "x" * 100


def test_numbers_and_names_read_as_in_a_sentence() -> None:
    assert [counted(number, "change") for number in (0, 1, 1_234)] == ["0 changes", "1 change", "1,234 changes"]
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def lines(field: Field) -> list[str]:
    return [f"{sign}{text}" for sign, text in diff.values(field)]


def test_a_value_is_shown_before_and_after() -> None:
    assert lines(Field("a", 3, 2)) == ["-3", "+2"]
    assert lines(Field("a", None, "x")) == ["+x"]
    assert lines(Field("a", "x", None)) == ["-x"]


def test_of_a_long_text_only_what_is_around_the_difference_is_shown() -> None:
    before = [f"line {number}" for number in range(100)]
    after = [*before[:50], "another", *before[51:]]
    shown_lines = lines(Field("a", "\n".join(before), "\n".join(after)))
    assert shown_lines == [" line 48", " line 49", "-line 50", "+another", " line 51", " line 52"]


def test_two_differences_of_one_text_are_kept_apart() -> None:
    before = [f"line {number}" for number in range(100)]
    after = ["first", *before[1:99], "last"]
    assert lines(Field("a", "\n".join(before), "\n".join(after))).count(" ⋯") == 1


def test_of_a_secret_only_is_shown_that_it_changes() -> None:
    assert lines(secret("data.key")) == ["-a secret", "+another secret"]
    assert lines(Field("data.key", None, "fingerprint", secret=True)) == ["+a secret"]
    assert lines(Field("data.key", "fingerprint", None, secret=True)) == ["-a secret"]


def test_a_new_object_is_shown_whole_beginning_with_what_it_is() -> None:
    item = thing(manifest={"data": {"a": "b"}, "metadata": {"name": "app"}, "kind": "ConfigMap", "apiVersion": "v1"})
    whole = ["apiVersion: v1", "kind: ConfigMap", "metadata:", "  name: app", "data:", "  a: b"]
    assert [(sign, text) for sign, text in diff.lines(create(item))] == [("+", text) for text in whole]
    assert [(sign, text) for sign, text in diff.lines(delete(item))] == [("-", text) for text in whole]


def test_an_object_that_stays_is_shown_field_by_field() -> None:
    shown_lines = list(diff.lines(update(thing(), Field("spec.a", 1, 2), Field("spec.b", None, 3))))
    assert shown_lines == [("@", "spec.a"), ("-", "1"), ("+", "2"), ("@", "spec.b"), ("+", "3")]
