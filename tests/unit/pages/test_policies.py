"""What is written about the policies: complete, and of one style."""

from __future__ import annotations

import re

import pytest

from policy.rule import Policy
from policy.rules import POLICIES, TOPICS
from tools.pages import policies

ALL = [pytest.param(policy, id=policy.name) for policy in POLICIES.values()]


def test_there_are_policies_enough_of_both_levels_each_with_a_name_of_its_own() -> None:
    names = [policy.name for topic in TOPICS for policy in topic.policies]
    assert len(names) == len(set(names)) == len(POLICIES) >= 25
    assert {policy.mandatory for policy in POLICIES.values()} == {True, False}


@pytest.mark.parametrize("policy", ALL)
def test_each_says_what_it_refuses_why_and_how_to_mend_it(policy: Policy) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", policy.name)
    for sentence in (policy.refuses, policy.why):
        assert re.match(r"[A-Z`0-9]", sentence), sentence
        assert sentence.endswith("."), sentence
    # Both go on after other words.
    for phrase in (policy.mend, policy.released):
        assert not re.match(r"[A-Z](?!rgo)", phrase), phrase
    assert not policy.mend.endswith(".")
    assert policy.kinds


@pytest.mark.parametrize("policy", ALL)
def test_the_page_has_all_of_each(policy: Policy) -> None:
    entry = policies.page().split(f"### {policy.name}\n")[1].split("\n### ")[0]
    for text in (policy.refuses, policy.why, policy.mend, policy.released, policy.where):
        assert text in entry
    assert ("Mandatory" if policy.mandatory else "Advisory") in entry
