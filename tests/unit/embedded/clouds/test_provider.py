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
from snapshot.fake_cloud import CLUSTERS
from tests.unit.embedded.clouds.calls import AKS, EKS, Call, Quiet, RefusedCallError, create, delete, urn
from tools.embedded.clouds import protocol, schema
from tools.embedded.clouds.layout import CloudLayout
from tools.embedded.clouds.provider import Provider


def test_it_says_at_every_start_that_it_is_no_cloud(layout: CloudLayout) -> None:
    engine = Quiet()

    Provider("gcp", layout, engine).Configure(provider_pb2.ConfigureRequest(), Call())

    assert len(engine.heard) == 1
    assert engine.heard[0].startswith("SIMULATED: this is no gcp provider")


def test_without_its_folder_in_the_environment_it_refuses_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMARTHR360_CLOUDS", raising=False)

    with pytest.raises(UserError, match="take its folder off PATH to reach the real cloud"):
        CloudLayout.named()


def test_a_preview_makes_nothing_and_knows_only_what_the_program_says(aws: Provider, layout: CloudLayout) -> None:
    id_, properties = create(aws, CLUSTERS["aws"], "c", EKS, preview=True)

    assert id_ == ""
    assert {properties[key] for key in ("arn", "endpoint", "identities")} == {UNKNOWN}
    assert properties["vpcConfig"] == {**EKS["vpcConfig"], "clusterSecurityGroupId": UNKNOWN}
    assert properties["name"] == "production"
    assert not layout.existing("aws").exists()


def test_a_made_cluster_is_at_the_embedded_api_server(aws: Provider, layout: CloudLayout) -> None:
    id_, properties = create(aws, CLUSTERS["aws"], "c", EKS)

    assert id_ == "production"
    assert properties["endpoint"] == "https://127.0.0.1:20000"
    assert properties["certificateAuthority"] == {"data": "QQ=="}
    assert "administrator" not in json.dumps(properties)
    assert stat.S_IMODE(layout.existing("aws").stat().st_mode) == 0o600


def test_what_has_no_name_of_its_own_has_an_id_of_its_own(aws: Provider) -> None:
    subnet = {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}

    assert len({create(aws, "aws:ec2/subnet:Subnet", name, subnet)[0] for name in ("one", "two")}) == 2


def test_a_name_is_taken_once_where_it_is(azure: Provider) -> None:
    token = "azure-native:monitor:DiagnosticSetting"

    create(azure, token, "one", {"name": "logs", "resourceUri": "/subscriptions/1/one"})
    create(azure, token, "two", {"name": "logs", "resourceUri": "/subscriptions/1/two"})
    with pytest.raises(RefusedCallError, match="already exists"):
        create(azure, token, "three", {"name": "logs", "resourceUri": "/subscriptions/1/two"})


def test_what_has_no_name_gets_one_and_keeps_it(aws: Provider) -> None:
    where, news = urn("aws:iam/role:Role", "role"), protocol.write({"assumeRolePolicy": "{}"})

    first = aws.Check(provider_pb2.CheckRequest(urn=where, news=news), Call()).inputs

    assert protocol.read(first)["name"].startswith("role-")
    assert aws.Check(provider_pb2.CheckRequest(urn=where, olds=first, news=news), Call()).inputs == first


@pytest.mark.parametrize(("provider", "given"), [("aws", EKS), ("azure-native", AKS)])
def test_a_refresh_finds_what_somebody_has_changed_and_nothing_that_the_cloud_has_added(
    layout: CloudLayout, provider: str, given: dict[str, Any]
) -> None:
    cloud, token = Provider(provider, layout, Quiet()), CLUSTERS[provider]
    inputs = {**given, "tags": {"cost": "one"}}
    id_, properties = create(cloud, token, "c", inputs)
    request = provider_pb2.ReadRequest(
        urn=urn(token, "c"), id=id_, inputs=protocol.write(inputs), properties=protocol.write(properties)
    )
    before = cloud.Read(request, Call())
    file = layout.existing(provider)
    file.write_text(file.read_text().replace('"one"', '"two"'))
    after = cloud.Read(request, Call())

    assert (protocol.read(before.inputs), protocol.read(before.properties)) == (inputs, properties)
    assert protocol.read(after.inputs) == {**inputs, "tags": {"cost": "two"}}


def test_what_is_not_there_is_not_read_and_not_deleted(aws: Provider) -> None:
    where = urn(CLUSTERS["aws"], "c")

    assert aws.Read(provider_pb2.ReadRequest(urn=where, id="production"), Call()).id == ""
    with pytest.raises(RefusedCallError, match="there is no aws:eks/cluster:Cluster with the id production"):
        delete(aws, CLUSTERS["aws"], "production")


def test_what_the_cloud_protects_is_not_deleted(aws: Provider, layout: CloudLayout) -> None:
    id_, _ = create(aws, CLUSTERS["aws"], "c", {**EKS, "deletionProtection": True})

    with pytest.raises(RefusedCallError, match="has deletionProtection: true; set it to false"):
        delete(aws, CLUSTERS["aws"], id_)
    assert "production" in layout.existing("aws").read_text()


def test_what_is_in_a_locked_group_is_not_deleted_until_the_lock_is(azure: Provider) -> None:
    token, cluster = "azure-native:authorization:ManagementLockByScope", CLUSTERS["azure-native"]
    group, _ = create(azure, "azure-native:resources:ResourceGroup", "g", {"resourceGroupName": "production"})
    inside, _ = create(azure, cluster, "c", AKS)
    beside, _ = create(azure, cluster, "d", {**AKS, "resourceGroupName": "production-2"})
    lock, _ = create(azure, token, "lock", {"lockName": "kept", "scope": group, "level": "CanNotDelete"})

    delete(azure, cluster, beside)
    with pytest.raises(RefusedCallError, match=r"is locked by .*; delete the lock first"):
        delete(azure, cluster, inside)
    delete(azure, token, lock)
    delete(azure, cluster, inside)


@pytest.mark.parametrize(("failure", "code"), [("before", "FAILED_PRECONDITION"), ("half", "UNKNOWN")])
def test_a_failure_that_is_asked_for_happens(aws: Provider, layout: CloudLayout, failure: str, code: str) -> None:
    layout.failures.write_text(json.dumps({"c": failure}))
    call = Call()
    request = provider_pb2.CreateRequest(urn=urn(CLUSTERS["aws"], "c"), properties=protocol.write(EKS))

    with pytest.raises(RefusedCallError, match=f"{code}: the stand-in was set"):
        aws.Create(request, call)

    assert layout.existing("aws").exists() is (failure == "half")
    assert (b"ErrorResourceInitFailed" in call.details) is (failure == "half")
    assert create(aws, "aws:kms/key:Key", "other", {})[0]  # nothing else fails


def test_a_changed_input_is_an_update(aws: Provider) -> None:
    def diff(**news: Any) -> provider_pb2.DiffResponse:
        request = provider_pb2.DiffRequest(
            urn=urn(CLUSTERS["aws"], "c"), old_inputs=protocol.write(EKS), news=protocol.write({**EKS, **news})
        )
        return aws.Diff(request, Call())

    assert diff().changes == provider_pb2.DiffResponse.DIFF_NONE
    assert (list(diff(version="1.35").diffs), list(diff(version="1.35").replaces)) == (["version"], [])


@pytest.mark.parametrize(
    ("token", "name", "sentence"),
    [
        ("aws:eks/getCluster:getCluster", "other", "there is no cluster other"),
        ("aws:ec2/getVpc:getVpc", "production", "has no answer to aws:ec2/getVpc:getVpc"),
    ],
)
def test_a_lookup_finds_what_was_made_and_refuses_what_it_does_not_know(
    aws: Provider, token: str, name: str, sentence: str
) -> None:
    def look_up(token: str, name: str) -> dict[str, Any]:
        request = provider_pb2.InvokeRequest(tok=token, args=protocol.write({"name": name}))
        return protocol.read(getattr(aws.Invoke(request, Call()), "return"))

    create(aws, CLUSTERS["aws"], "c", EKS)

    assert look_up("aws:eks/getCluster:getCluster", "production")["endpoint"] == "https://127.0.0.1:20000"
    with pytest.raises(RefusedCallError, match=sentence):
        look_up(token, name)


def test_it_has_the_version_of_its_sdk(aws: Provider) -> None:
    assert aws.GetPluginInfo(Empty(), Call()).version == schema.plugin_version("aws") != ""
