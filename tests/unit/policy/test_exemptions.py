"""Exemptions let through what they name until their last day, and none outlives its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from errors import UserError
from policy import check
from policy.checking import STALE
from policy.exemptions import FILE, Exemption, load
from policy.rules import POLICIES
from snapshot.model import Object
from tests.support.policy_cases import NGINX
from tests.support.policy_examples import edited, own_stack

LAST_DAY = date(2027, 1, 31)
POLICY = POLICIES["pods-keep-their-image"]
ENTRY = """\
- policy: pods-keep-their-image
  stacks: [staging, production]
  object: Deployment smarthr360-nginx
  owner: the platform team
  reason: It unpacks its files.
  until: 2027-01-31
"""
WRITABLE = edited(NGINX, "spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem", False)


def exemption(**values: object) -> Exemption:
    given: dict[str, object] = {
        "policy": POLICY.name,
        "stacks": ("staging", "production"),
        "object": "Deployment smarthr360-nginx",
        "owner": "the platform team",
        "reason": "It unpacks its files.",
        "until": LAST_DAY,
    }
    return Exemption.model_validate(given | values)


def stack(name: str, *, broken: bool) -> list[Object]:
    """A stack of ours, in which Nginx writes to its root file system or does not."""
    kept = [item for item in own_stack(name) if item.title != NGINX.title or not broken]
    return [*kept, *([replace(WRITABLE, stack=name)] if broken else [])]


def test_it_is_exempt_and_the_report_says_why_by_whom_and_until_when() -> None:
    [violation] = check(
        stack("production", broken=True), exemptions=[exemption(stacks=("production",))], today=LAST_DAY
    )
    assert (violation.policy, violation.object) == (POLICY.name, "Deployment smarthr360-nginx")
    assert not violation.mandatory
    assert violation.exemption == "exempt until 2027-01-31, the platform team answers for it: It unpacks its files."


def test_from_the_day_after_it_is_mandatory_again_and_says_that_the_exemption_is_over() -> None:
    given = [exemption(stacks=("production",))]
    [violation] = check(stack("production", broken=True), exemptions=given, today=LAST_DAY + timedelta(days=1))
    assert violation.mandatory
    assert violation.exemption == ""
    assert violation.message.endswith("(it was exempt until 2027-01-31; the platform team answered for it)")


@pytest.mark.parametrize(
    "values",
    [
        {"stacks": ("dev",)},
        {"object": "Deployment smarthr360-api"},
        {"policy": "pods-drop-capabilities"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_what_it_does_not_name_is_not_exempt(values: dict[str, object]) -> None:
    violations = check(stack("production", broken=True), exemptions=[exemption(**values)], today=LAST_DAY)
    assert [(item.policy, item.mandatory) for item in violations if item.policy != STALE] == [(POLICY.name, True)]


def test_one_that_nothing_needs_is_refused_in_the_existing_stacks_that_it_names() -> None:
    objects = [*stack("production", broken=False), *stack("dev", broken=False)]
    [violation] = check(objects, exemptions=[exemption()], today=LAST_DAY)
    assert (violation.stack, violation.policy, violation.mandatory) == ("production", STALE, True)
    assert violation.object == "Deployment smarthr360-nginx"
    assert "it does not break pods-keep-their-image; remove its exemption from" in violation.message


def test_one_that_is_needed_in_one_stack_is_refused_in_the_other() -> None:
    objects = [*stack("production", broken=True), *stack("staging", broken=False)]
    violations = check(objects, exemptions=[exemption()], today=LAST_DAY)
    assert [(item.stack, item.policy) for item in violations] == [
        ("production", POLICY.name),
        ("staging", STALE),
    ]


def test_an_expired_one_is_not_stale_too() -> None:
    violations = check(
        stack("production", broken=True), exemptions=[exemption(stacks=("production",))], today=date(2030, 1, 1)
    )
    assert [item.policy for item in violations] == [POLICY.name]


def test_of_two_the_longer_one_counts() -> None:
    given = [exemption(stacks=("production",)), exemption(stacks=("production",), until=date(2027, 6, 30))]
    [violation] = check(stack("production", broken=True), exemptions=given, today=date(2027, 3, 1))
    assert "until 2027-06-30" in violation.exemption


def test_the_committed_file_is_valid_and_empty() -> None:
    assert load() == ()


def test_the_example_in_the_file_is_valid(tmp_path: Path) -> None:
    shown = [
        line.removeprefix("#").removeprefix("   ") for line in FILE.read_text().splitlines() if line.startswith("#  ")
    ]
    file = tmp_path / "exemptions.yaml"
    file.write_text("exemptions:\n" + "\n".join(shown))
    [exemption_] = load(file)
    assert exemption_.policy in POLICIES
    assert exemption_.reason.startswith("The image")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            "pods-keep-their-image",
            "pods-keep-their-imagination",
            '"pods-keep-their-imagination" is not a policy; '
            "allowed is the name of a mandatory policy of docs/policies.md",
        ),
        (
            "pods-keep-their-image",
            "objects-say-whose-they-are",
            "objects-say-whose-they-are only advises; allowed is the name of a mandatory policy of docs/policies.md",
        ),
        (
            "[staging, production]",
            "[prod]",
            '"prod" is not a stack; allowed is a list of dev, staging, production',
        ),
        ("[staging, production]", "[]", "is empty; allowed is a list of dev, staging, production"),
        ("[staging, production]", "production", "is text; allowed is a list of dev, staging, production"),
        ("2027-01-31", "soon", "is text; allowed is the last day on which it holds, such as 2027-01-31"),
        ("  owner: the platform team\n", "", "is missing; allowed is who answers for it, such as the platform team"),
        ("It unpacks its files.", "''", "is empty; allowed is why it is needed, as a sentence"),
        (
            "  until:",
            "  because: x\n  until:",
            "is not a known key; known are policy, stacks, object, owner, reason, until",
        ),
    ],
)
def test_a_fault_is_one_sentence_with_its_place(tmp_path: Path, before: str, after: str, sentence: str) -> None:
    file = tmp_path / "exemptions.yaml"
    assert before in ENTRY
    file.write_text(f"exemptions:\n{ENTRY.replace(before, after)}")
    with pytest.raises(UserError) as caught:
        load(file)
    where, _, message = str(caught.value).partition("]")
    assert where == "policy/exemptions.yaml: exemptions[0"
    assert sentence in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("exemptions: [", "policy/exemptions.yaml, line 1: is not YAML"),
        ("", "policy/exemptions.yaml: is empty; allowed is an object with the key exemptions"),
        (
            "exemptions: [nothing]",
            'policy/exemptions.yaml: exemptions[0]: "nothing" is text; '
            "allowed is an object with the keys policy, stacks, object, owner, reason, until",
        ),
        ("exemptions: none", 'policy/exemptions.yaml: exemptions: "none" is text; allowed is a list of exemptions'),
    ],
)
def test_an_invalid_file_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "exemptions.yaml"
    file.write_text(text)
    with pytest.raises(UserError) as caught:
        load(file)
    assert str(caught.value) == sentence
