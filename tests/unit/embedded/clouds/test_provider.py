"""The stand-ins for the clouds' providers, asked as the engine asks them, without an engine."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # no types are published
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from errors import UserError
from tests.unit.embedded.clouds.calls import AKS, EKS, Call, Quiet, RefusedCallError, create, urn
from tools.embedded.clouds import protocol, schema
from tools.embedded.clouds.layout import Place
from tools.embedded.clouds.names import CLUSTERS
from tools.embedded.clouds.provider import Provider


def test_it_says_at_every_start_that_it_is_no_cloud(place: Place) -> None:
    engine = Quiet()

    Provider("gcp", place, engine).Configure(provider_pb2.ConfigureRequest(), Call())

    assert len(engine.heard) == 1
    assert engine.heard[0].startswith("SIMULATED: this is no gcp provider")


def test_without_its_folder_in_the_environment_it_refuses_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMARTHR360_CLOUDS", raising=False)

    with pytest.raises(UserError, match="take its folder off PATH to reach the real cloud"):
        Place.named()


def test_a_preview_makes_nothing_and_knows_only_what_the_program_says(aws: Provider, place: Place) -> None:
    request = provider_pb2.CreateRequest(urn=urn(CLUSTERS["aws"], "c"), properties=protocol.write(EKS), preview=True)
    answer = aws.Create(request, Call())

    properties = protocol.read(answer.properties)
    assert answer.id == ""
    assert {properties[key] for key in ("arn", "endpoint", "identities")} == {UNKNOWN}
    assert properties["name"] == "production"
    assert not place.existing("aws").exists()


def test_a_made_cluster_is_at_the_embedded_api_server(aws: Provider, place: Place) -> None:
    id_, properties = create(aws, CLUSTERS["aws"], "c", EKS)

    assert id_ == "production"
    assert properties["endpoint"] == "https://127.0.0.1:20000"
    assert properties["certificateAuthority"] == {"data": "QQ=="}
    assert properties["arn"] == "arn:aws:eks:eu-west-3:123456789012:cluster/production"
    assert properties["identities"][0]["oidcs"][0]["issuer"].startswith("https://oidc.eks.eu-west-3.amazonaws.com/id/")
    assert properties["vpcConfig"]["clusterSecurityGroupId"].startswith("sg-0")
    assert "administrator" not in json.dumps(properties)
    assert stat.S_IMODE(place.existing("aws").stat().st_mode) == 0o600


def test_a_list_of_identities_is_answered_with_what_each_one_is(place: Place) -> None:
    azure = Provider("azure-native", place, Quiet())
    identity = {"type": "UserAssigned", "userAssignedIdentities": ["/subscriptions/1/one"]}
    _, properties = create(azure, CLUSTERS["azure-native"], "c", {**AKS, "identity": identity})

    (known,) = properties["identity"]["userAssignedIdentities"].items()
    assert known[0] == "/subscriptions/1/one"
    assert known[1].keys() == {"clientId", "principalId"}


def test_types_that_contain_themselves_come_to_an_end(place: Place) -> None:
    azure = Provider("azure-native", place, Quiet())
    inputs = {"resourceGroupName": "one", "virtualNetworkName": "two", "subnets": [{"name": "nodes"}]}

    _, properties = create(azure, "azure-native:network:VirtualNetwork", "network", inputs)

    assert properties["subnets"][0]["name"] == "nodes"
    assert properties["subnets"][0]["ipConfigurations"] == []


def test_ids_differ_and_a_second_life_has_another_one(aws: Provider) -> None:
    subnet = {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}
    one, _ = create(aws, "aws:ec2/subnet:Subnet", "one", subnet)
    two, _ = create(aws, "aws:ec2/subnet:Subnet", "two", subnet)
    aws.Delete(provider_pb2.DeleteRequest(urn=urn("aws:ec2/subnet:Subnet", "one"), id=one), Call())
    again, _ = create(aws, "aws:ec2/subnet:Subnet", "one", subnet)

    assert len({one, two, again}) == 3
    assert all(each.startswith("subnet-0") for each in (one, two, again))


def test_a_name_that_is_taken_is_refused_with_what_to_type(aws: Provider) -> None:
    create(aws, CLUSTERS["aws"], "c", EKS)

    with pytest.raises(
        RefusedCallError, match=f"already exists: .* `pulumi import {CLUSTERS['aws']} other production`"
    ):
        create(aws, CLUSTERS["aws"], "other", EKS)


def test_two_things_of_one_name_are_two_where_they_belong_to_two_others(place: Place) -> None:
    azure, token = Provider("azure-native", place, Quiet()), "azure-native:monitor:DiagnosticSetting"

    one, _ = create(azure, token, "one", {"name": "logs", "resourceUri": "/subscriptions/1/one"})
    two, _ = create(azure, token, "two", {"name": "logs", "resourceUri": "/subscriptions/1/two"})

    assert one != two
    with pytest.raises(RefusedCallError, match="already exists"):
        create(azure, token, "three", {"name": "logs", "resourceUri": "/subscriptions/1/two"})


def test_what_has_no_name_gets_one_and_keeps_it(aws: Provider) -> None:
    token = "aws:iam/role:Role"
    news = {"assumeRolePolicy": "{}"}

    first = aws.Check(provider_pb2.CheckRequest(urn=urn(token, "role"), news=protocol.write(news)), Call())
    create(aws, token, "role", protocol.read(first.inputs))
    olds = provider_pb2.CheckRequest(urn=urn(token, "role"), olds=first.inputs, news=protocol.write(news))

    assert protocol.read(first.inputs)["name"].startswith("role-")
    assert aws.Check(olds, Call()).inputs == first.inputs


def test_a_refresh_tells_what_somebody_has_changed_and_nothing_that_the_cloud_has_added(
    aws: Provider, place: Place
) -> None:
    inputs = {**EKS, "vpcConfig": {"subnetIds": ["subnet-1"]}}
    id_, properties = create(aws, CLUSTERS["aws"], "c", inputs)
    request = provider_pb2.ReadRequest(
        urn=urn(CLUSTERS["aws"], "c"), id=id_, inputs=protocol.write(inputs), properties=protocol.write(properties)
    )
    before = aws.Read(request, Call())
    place.existing("aws").write_text(place.existing("aws").read_text().replace("subnet-1", "subnet-9"))
    after = aws.Read(request, Call())

    assert (protocol.read(before.inputs), protocol.read(before.properties)) == (inputs, properties)
    assert protocol.read(after.inputs) == {**inputs, "vpcConfig": {"subnetIds": ["subnet-9"]}}


def test_a_refresh_keeps_what_the_cloud_has_no_property_for(place: Place) -> None:
    azure, token = Provider("azure-native", place, Quiet()), CLUSTERS["azure-native"]
    id_, properties = create(azure, token, "c", AKS)
    request = provider_pb2.ReadRequest(
        urn=urn(token, "c"), id=id_, inputs=protocol.write(AKS), properties=protocol.write(properties)
    )

    assert protocol.read(azure.Read(request, Call()).inputs) == AKS


def test_what_is_not_there_is_not_read_and_not_deleted(aws: Provider) -> None:
    where = urn(CLUSTERS["aws"], "c")

    assert aws.Read(provider_pb2.ReadRequest(urn=where, id="production"), Call()).id == ""
    with pytest.raises(RefusedCallError, match="there is no aws:eks/cluster:Cluster with the id production"):
        aws.Delete(provider_pb2.DeleteRequest(urn=where, id="production"), Call())


def test_what_the_cloud_protects_is_not_deleted(aws: Provider, place: Place) -> None:
    id_, _ = create(aws, CLUSTERS["aws"], "c", {**EKS, "deletionProtection": True})

    with pytest.raises(RefusedCallError, match="has deletionProtection: true; set it to false"):
        aws.Delete(provider_pb2.DeleteRequest(urn=urn(CLUSTERS["aws"], "c"), id=id_), Call())
    assert "production" in place.existing("aws").read_text()


def test_what_is_in_a_locked_group_is_not_deleted_until_the_lock_is(place: Place) -> None:
    azure = Provider("azure-native", place, Quiet())
    token = "azure-native:authorization:ManagementLockByScope"
    cluster, _ = create(azure, CLUSTERS["azure-native"], "c", AKS)
    scope = cluster.partition("/providers/")[0]
    lock, _ = create(azure, token, "lock", {"lockName": "kept", "scope": scope, "level": "CanNotDelete"})
    request = provider_pb2.DeleteRequest(urn=urn(CLUSTERS["azure-native"], "c"), id=cluster)

    with pytest.raises(RefusedCallError, match=r"is locked by .*; delete the lock first"):
        azure.Delete(request, Call())
    azure.Delete(provider_pb2.DeleteRequest(urn=urn(token, "lock"), id=lock), Call())
    azure.Delete(request, Call())


@pytest.mark.parametrize(
    ("failure", "code", "exists"),
    [("before", "FAILED_PRECONDITION", False), ("half", "UNKNOWN", True), ("lost", "UNKNOWN", True)],
)
def test_a_failure_that_is_asked_for_happens(
    aws: Provider, place: Place, failure: str, code: str, exists: bool
) -> None:
    place.trouble.write_text(json.dumps({"fail": {"c": failure}}))
    call = Call()
    request = provider_pb2.CreateRequest(urn=urn(CLUSTERS["aws"], "c"), properties=protocol.write(EKS))

    with pytest.raises(RefusedCallError, match=f"{code}: the stand-in was told"):
        aws.Create(request, call)

    assert place.existing("aws").exists() is exists
    assert (b"ErrorResourceInitFailed" in call.details) is (failure == "half")
    assert create(aws, "aws:kms/key:Key", "other", {})[0]  # nobody else is in trouble


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not JSON"),
        ('{"fial": {}}', "allowed are the keys fail and slow"),
        ('{"fail": {"c": "soon"}}', '"soon" is not a failure; allowed is before, half, lost'),
        ('{"slow": {"c": "very"}}', '"very" is not a number of seconds; allowed is a number'),
    ],
)
def test_a_misspelt_trouble_is_refused(aws: Provider, place: Place, content: str, sentence: str) -> None:
    place.trouble.write_text(content)

    with pytest.raises(RefusedCallError, match=sentence):
        create(aws, CLUSTERS["aws"], "c", EKS)


def test_a_changed_input_is_an_update_and_one_of_few_a_replacement(aws: Provider) -> None:
    def diff(**news: Any) -> provider_pb2.DiffResponse:
        request = provider_pb2.DiffRequest(
            urn=urn(CLUSTERS["aws"], "c"), old_inputs=protocol.write(EKS), news=protocol.write({**EKS, **news})
        )
        return aws.Diff(request, Call())

    assert diff().changes == provider_pb2.DiffResponse.DIFF_NONE
    assert (list(diff(version="1.35").diffs), list(diff(version="1.35").replaces)) == (["version"], [])
    assert list(diff(name="other").replaces) == ["name"]


def test_a_lookup_finds_what_was_made_and_refuses_what_it_does_not_know(aws: Provider) -> None:
    create(aws, CLUSTERS["aws"], "c", EKS)
    arguments = protocol.write({"name": "production"})
    request = provider_pb2.InvokeRequest(tok="aws:eks/getCluster:getCluster", args=arguments)
    answer = protocol.read(getattr(aws.Invoke(request, Call()), "return"))

    assert answer["endpoint"] == "https://127.0.0.1:20000"
    # In the shape of `aws.eks.GetClusterResult`, which is not the resource's.
    assert [each["data"] for each in answer["certificateAuthorities"]] == ["QQ=="]
    assert answer["identities"][0]["oidcs"][0]["issuer"].startswith("https://oidc.eks.")
    with pytest.raises(RefusedCallError, match="there is no cluster other"):
        aws.Invoke(provider_pb2.InvokeRequest(tok=request.tok, args=protocol.write({"name": "other"})), Call())
    with pytest.raises(RefusedCallError, match="has no answer to aws:ec2/getVpc:getVpc"):
        aws.Invoke(provider_pb2.InvokeRequest(tok="aws:ec2/getVpc:getVpc"), Call())


def test_it_has_the_version_of_its_sdk(aws: Provider) -> None:
    assert aws.GetPluginInfo(Empty(), Call()).version == schema.plugin_version("aws") != ""
