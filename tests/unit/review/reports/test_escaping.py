"""A revision's texts are never commands to GitHub's runner, in whichever format they are shown."""

from __future__ import annotations

import re

import pytest

from manifests.differences import Field
from policy.violation import Violation
from review.model import Level, Risk
from review.reports.escaping import logged
from snapshot.model import Snapshot
from tests.support.reports import FORMATS, create, report, secret, thing, update

COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)
HOSTILE = ("::stop-commands::x", "##[error]no", " \t::error::no", "a\n::add-mask::b\n##[group]c", "###[x", "\r::x::")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_command_to_github_s_runner_is_disarmed_and_stays_readable(text: str) -> None:
    assert not COMMAND.search(logged(text.replace("\r", "")))
    assert logged(text).replace(r"\x3a", ":").replace(r"\x23", "#") == text


@pytest.mark.parametrize("text", ["a::b", "std::string", "# [x]", "a ## b", "10.0.0.0/8, ::/0", "", "smarthr360:api"])
def test_what_is_not_a_command_stays(text: str) -> None:
    assert logged(text) == text
    assert logged("::/0", within=True) == "::/0"


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_report_holds_a_command_wherever_a_revision_writes_it(text: str, format_: str) -> None:
    data = {"kind": "ConfigMap", "metadata": {"name": text}, "data": {text: text, "file": f"one\n{text}\ntwo"}}
    named = thing(name=text, stack=text, component=text, namespace=text, kind="ConfigMap", manifest=data)
    risk = Risk(text, Level.HIGH, text)
    changes = (
        create(named, risk),
        update(named, Field(text, text, f"{text}\nmore\n{text}"), Field("b", {text: text}, [text, text])),
    )
    broken = (Violation(text, text, True, named.title, text), Violation(text, text, True, named.title, text, text))
    change = report(
        *changes, base=text, head=text, heads=(Snapshot(text, text, (named,)),), problems=(text,), violations=broken
    )

    output = FORMATS[format_](change)
    assert not COMMAND.search(output), [line for line in output.splitlines() if COMMAND.search(line)]
    assert "stop" in output or "stop-commands" not in text


@pytest.mark.parametrize("format_", sorted(FORMATS.keys() - {"csv"}))
def test_of_a_secret_reports_only_say_that_it_changes(format_: str) -> None:
    output = FORMATS[format_](report(update(thing("Secret"), secret("stringData.key"))))
    assert "stringData.key" in output.replace("&#46;", ".")
    assert "a secret" in output
    assert "fingerprint" not in output
