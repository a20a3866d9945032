"""What the engine hands over ends in sentences, whatever it holds."""

from __future__ import annotations

import pytest

from components.settings import NAMESPACE, parse
from components.settings.stack import FIELDS
from errors import UserError

WORDS = {
    "200 brackets that are never closed": "[" * 200,
    "230 lists": "[" * 230 + "]" * 230,
    "5,000 lists": "[" * 5000 + "]" * 5000,
    "5,000 objects": '{"a":' * 5000 + "1" + "}" * 5000,
    "objects below a key": '{"autoscaling":' + '{"a":' * 230 + "1" + "}" * 231,
    "half of a character": '{"image": "\\ud800"}',
    "half of a character in a key": '{"\\ud800": 1}',
    "half of a character itself": "\ud800",
    "a number of 5,000 digits": '{"replicas":' + "9" * 5000 + "}",
    "no number": '{"replicas": NaN, "autoscaling": {"min": Infinity, "max": 1e999}}',
    "nothing": "null",
    "a control character": "\x00",
}


@pytest.mark.parametrize("name", [*FIELDS, "unknown"])
@pytest.mark.parametrize("what", WORDS)
def test_any_text_in_any_key_is_refused_in_sentences(what: str, name: str) -> None:
    with pytest.raises(UserError) as refused:
        parse({f"{NAMESPACE}{name}": WORDS[what]}, {f"{NAMESPACE}secrets"})
    about = [error for error in refused.value.sentences if error.startswith(f"{NAMESPACE}{name}")]
    assert about or what == "nothing"
    assert "\n".join(refused.value.sentences).encode()


def test_half_of_a_character_in_a_name_is_shown_as_any_terminal_can_show_it() -> None:
    with pytest.raises(UserError) as refused:
        parse({f"{NAMESPACE}\ud800": "1", "\ud800:x": "1"}, set())
    said = "\n".join(refused.value.sentences)
    assert said.isascii()
    assert "smarthr360:\\ud800: holds half of a character" in said
    assert "\\ud800:x: is read by nothing" in said


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("smarthr361:api", "smarthr360:api"),
        ("SmartHR360:api", "smarthr360:api"),
        ("azure-natve:location", "azure-native:location"),
    ],
)
def test_a_key_of_a_namespace_that_nothing_reads_is_refused_with_the_nearest(key: str, near: str) -> None:
    with pytest.raises(UserError) as refused:
        parse({key: "hunter2"}, set())
    [said] = [error for error in refused.value.sentences if error.startswith(f"{key}: ")]
    assert f"is read by nothing, the nearest is {near}" in said
    assert "namespaces that are read: smarthr360, pulumi, aws, azure-native, gcp, kubernetes" in said
    assert "hunter2" not in said


def test_what_resembles_no_namespace_has_no_nearest() -> None:
    with pytest.raises(UserError, match=r"zzz:x: is read by nothing; namespaces"):
        parse({"zzz:x": "1"}, set())
