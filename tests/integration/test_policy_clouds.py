"""The policies for clouds read resources as the providers' own SDKs write them."""

from __future__ import annotations

import pytest

from policy.rules import POLICIES
from tests.support.policy_cases_clouds import AWS, AZURE, GCP
from tests.support.policy_examples import Example
from tools.embedded.clouds import schema
from tools.embedded.clouds.input_check import faults

# The SDKs deprecate names of their own at their import.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TOKENS = sorted({kind for policy in POLICIES.values() for kind in policy.kinds if ":" in kind})


@pytest.mark.parametrize("token", TOKENS)
def test_each_type_that_a_policy_names_is_one_of_the_sdks(token: str) -> None:
    assert schema.inputs(token).types


@pytest.mark.parametrize("example", [*AWS, *GCP, *AZURE], ids=lambda example: example.policy)
def test_each_property_of_the_examples_is_one_of_the_sdks(example: Example) -> None:
    for case in (example.good, *example.beside, *example.bad.values()):
        # A policy document is JSON, not the SDK's.
        manifest = {key: value for key, value in case.manifest.items() if key != "policy"}
        known = schema.inputs(case.type)
        assert [each for each in faults(manifest, known) if "is not a property of" in each.reason] == []
