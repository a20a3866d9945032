"""Every input is checked against the types of the providers' own SDKs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from snapshot.fake_cloud import CLUSTERS
from tests.unit.embedded.clouds.calls import EKS, GOOD, Call, RefusedCallError, create
from tools.embedded.clouds import protocol, schema
from tools.embedded.clouds.input_check import faults
from tools.embedded.clouds.provider import Provider


def said(token: str, inputs: Mapping[str, Any]) -> list[str]:
    return [f"{fault.path} {fault.reason}" for fault in faults(inputs, schema.inputs(token))]


@pytest.mark.parametrize("token", GOOD)
def test_good_inputs_pass_and_what_is_not_known_yet_is_good(token: str) -> None:
    assert said(token, GOOD[token]) == []


@pytest.mark.parametrize(
    ("token", "bad", "sentence"),
    [
        (CLUSTERS["aws"], {"versoin": "1.35"}, "versoin is not a property of Cluster; the nearest is version"),
        (CLUSTERS["gcp"], {"locatoin": "x"}, "locatoin is not a property of Cluster; the nearest is location"),
        (
            CLUSTERS["azure-native"],
            {"dnsPrefx": "x"},
            "dnsPrefx is not a property of ManagedCluster; the nearest is dnsPrefix",
        ),
        (CLUSTERS["aws"], {"deletionProtection": "true"}, "deletionProtection is a text; allowed is true or false"),
        (CLUSTERS["gcp"], {"initialNodeCount": "1"}, "initialNodeCount is a text; allowed is a whole number"),
        (CLUSTERS["gcp"], {"initialNodeCount": 1.5}, "initialNodeCount is 1.5; allowed is a whole number"),
        (CLUSTERS["gcp"], {"initialNodeCount": True}, "initialNodeCount is true or false; allowed is a whole number"),
        (CLUSTERS["aws"], {"tags": {"cost": 1.0}}, "tags.cost is a number; allowed is a text"),
        (CLUSTERS["aws"], {"tags": ["cost"]}, "tags is a list; allowed is a map"),
        (CLUSTERS["azure-native"], {"sku": "Base"}, "sku is a text; allowed is an object (ManagedClusterSKUArgs)"),
        (
            CLUSTERS["aws"],
            {"vpcConfig": {"subnetIds": ["a"], "endpointPublicAcces": False}},
            "vpcConfig.endpointPublicAcces is not a property of ClusterVpcConfigArgs; "
            "the nearest is endpointPublicAccess",
        ),
        (CLUSTERS["aws"], {"vpcConfig": {"subnetIds": "a"}}, "vpcConfig.subnetIds is a text; allowed is a list"),
        (
            CLUSTERS["gcp"],
            {"privateClusterConfig": {"enablePrivateNodes": "yes"}},
            "privateClusterConfig.enablePrivateNodes is a text; allowed is true or false",
        ),
        (
            CLUSTERS["azure-native"],
            {"agentPoolProfiles": [{"count": 1.0}]},
            "agentPoolProfiles[0].name is missing; ManagedClusterAgentPoolProfileArgs requires it",
        ),
        (
            CLUSTERS["azure-native"],
            {"sku": {"name": "Base", "tier": "Standrd"}},
            "sku.tier is 'Standrd', which is not among Premium, Standard, Free; the nearest is Standard",
        ),
    ],
)
def test_a_bad_property_is_named_with_what_is_allowed(token: str, bad: Mapping[str, Any], sentence: str) -> None:
    assert said(token, {**GOOD[token], **bad}) == [sentence]


@pytest.mark.parametrize(
    ("token", "missing"), [(CLUSTERS["aws"], "roleArn"), (CLUSTERS["azure-native"], "resourceGroupName")]
)
def test_a_missing_property_is_named(token: str, missing: str) -> None:
    given = {key: value for key, value in GOOD[token].items() if key != missing}

    assert [sentence.partition(";")[0] for sentence in said(token, given)] == [f"{missing} is missing"]


def test_a_mistyped_secret_is_not_shown() -> None:
    assert "hunter2" not in "".join(said(CLUSTERS["aws"], {**EKS, "deletionProtection": "hunter2"}))


def test_a_type_that_the_sdk_lacks_is_refused(aws: Provider) -> None:
    with pytest.raises(RefusedCallError, match="aws:eks/cluster:Clster is not a type of pulumi_aws"):
        create(aws, "aws:eks/cluster:Clster", "cluster", {})


def test_the_providers_own_settings_are_checked_and_the_engines_are_left_alone(aws: Provider) -> None:
    given = {"regoin": "eu-west-3", "version": "7.51.1", "defaultTags": json.dumps({"tags": {"a": "b"}})}
    answer = aws.CheckConfig(provider_pb2.CheckRequest(news=protocol.write(given)), Call())

    assert [failure.property for failure in answer.failures] == ["regoin"]
