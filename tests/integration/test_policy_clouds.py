"""The policies for clouds read resources as the providers' own SDKs write them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any, get_args

import pulumi._types as pulumi_types
import pytest

from policy.rules import POLICIES
from tests.support.policy_cases_clouds import AWS, AZURE, GCP
from tests.support.policy_examples import Example

# The SDKs deprecate names of their own at their import.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PACKAGES = {"aws": "pulumi_aws", "gcp": "pulumi_gcp", "azure-native": "pulumi_azure_native"}
TOKENS = sorted({kind for policy in POLICIES.values() for kind in policy.kinds if ":" in kind})


def resource(token: str) -> Any:
    """The class of a resource's arguments."""
    provider, module, name = token.split(":")
    made = getattr(importlib.import_module(f"{PACKAGES[provider]}.{module.partition('/')[0]}"), name)
    assert made.pulumi_type == token
    own = sys.modules[made.__module__]
    # Where an argument of another resource has that name already.
    return getattr(own, f"{name}InitArgs", None) or getattr(own, f"{name}Args")


def unknown(manifest: Any, type_: Any, path: str = "") -> Iterator[str]:
    """The names in a manifest that the SDK does not know."""
    if isinstance(manifest, list):
        for inner in manifest:
            yield from unknown(inner, type_, path)
    elif isinstance(manifest, dict):
        [arguments] = {found for found in _classes(type_) if pulumi_types.is_input_type(found)} or [None]
        known = pulumi_types.input_type_types(arguments) if arguments else {}
        for key, value in manifest.items():
            if key not in known:
                yield f"{path}.{key}"
            else:
                yield from unknown(value, known[key], f"{path}.{key}")


def _classes(type_: Any) -> Iterator[Any]:
    if isinstance(type_, type):
        yield type_
    for inner in get_args(type_):
        yield from _classes(inner)


@pytest.mark.parametrize("token", TOKENS)
def test_each_type_that_a_policy_names_is_one_of_the_sdks(token: str) -> None:
    assert pulumi_types.is_input_type(resource(token))


@pytest.mark.parametrize("example", [*AWS, *GCP, *AZURE], ids=lambda example: example.policy)
def test_each_property_of_the_examples_is_one_of_the_sdks(example: Example) -> None:
    for found in (example.good, *example.beside, *example.bad.values()):
        # A policy document is JSON, not the SDK's.
        manifest = {key: value for key, value in found.manifest.items() if key != "policy"}
        assert list(unknown(manifest, resource(found.type))) == []


def test_a_misspelt_property_would_be_found() -> None:
    manifest: dict[str, object] = {"vpcConfig": {"publicAccessCidrs": [], "publicAccessCIDRs": []}, "encryption": {}}
    names = list(unknown(manifest, resource("aws:eks/cluster:Cluster")))
    assert names == [".vpcConfig.publicAccessCIDRs", ".encryption"]
