"""The stand-ins for the clouds' providers, asked as the engine asks them, without an engine."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # no types are published
from pulumi.runtime.proto import provider_pb2 as protocol
from pulumi.runtime.rpc import UNKNOWN

from components.settings.cluster import Cluster
from tools import command_line
from tools.clouds import credentials, schema, wire
from tools.clouds.__main__ import app
from tools.clouds.checking import faults
from tools.clouds.names import CLUSTERS
from tools.clouds.place import COMMANDS, Place, PlaceError
from tools.clouds.provider import Provider
from tools.clouds.stack import KINDS, CloudWorkspace, made_up
from tools.local.workspace import Workspace

EKS: dict[str, Any] = {"name": "production", "roleArn": "arn:role", "vpcConfig": {"subnetIds": ["subnet-1", UNKNOWN]}}
GKE: dict[str, Any] = {
    "name": "production",
    "location": "europe-west9",
    "initialNodeCount": 1.0,
    "resourceLabels": {"environment": "production"},
    "privateClusterConfig": {"enablePrivateNodes": True},
}
AKS: dict[str, Any] = {
    "resourceGroupName": "production",
    "resourceName": "production",
    "sku": {"name": "Base", "tier": "Standard"},
    "agentPoolProfiles": [{"name": "system", "count": 3.0, "mode": "System", "vnetSubnetID": UNKNOWN}],
}
GOOD = {CLUSTERS["aws"]: EKS, CLUSTERS["gcp"]: GKE, CLUSTERS["azure-native"]: AKS}


class RefusedCallError(Exception):
    """What the engine gets instead of an answer."""


class Call:
    """One call of the engine's."""

    details = b""

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self.details = metadata[0][1]

    def abort(self, code: Any, sentence: str) -> NoReturn:
        raise RefusedCallError(f"{code.name}: {sentence}")


class Quiet(wire.Engine):
    """An engine that remembers what it is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def warn(self, sentence: str) -> None:
        self.heard.append(sentence)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    cluster = {"server": "https://127.0.0.1:20000", "certificate-authority-data": "QQ=="}
    content = {"clusters": [{"cluster": cluster}], "users": [{"user": {"token": "administrator"}}]}
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(content))
    made = Place(tmp_path / "clouds", tmp_path / "kubeconfig")
    made.prepare()
    return made


@pytest.fixture
def aws(place: Place) -> Provider:
    made = Provider("aws", place, Quiet())
    made.Configure(protocol.ConfigureRequest(args=wire.write({"region": "eu-west-3"})), Call())
    return made


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:production::smarthr360::smarthr360:cluster:Eks${token}::{name}"


def create(provider: Provider, token: str, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    request = protocol.CreateRequest(urn=urn(token, name), properties=wire.write(inputs))
    answer = provider.Create(request, Call())
    return answer.id, wire.read(answer.properties)


def said(token: str, inputs: Mapping[str, Any]) -> list[str]:
    found = schema.resource(token)
    return [f"{fault.path} {fault.reason}" for fault in faults(inputs, found.inputs, found.name)]


@pytest.mark.parametrize("token", GOOD)
def test_good_inputs_pass_and_what_is_not_known_yet_is_good(token: str) -> None:
    assert said(token, GOOD[token]) == []


@pytest.mark.parametrize(
    ("token", "bad", "sentence"),
    [
        (CLUSTERS["aws"], {"versoin": "1.35"}, "versoin is no property of Cluster; the nearest is version"),
        (CLUSTERS["gcp"], {"locatoin": "x"}, "locatoin is no property of Cluster; the nearest is location"),
        (
            CLUSTERS["azure-native"],
            {"dnsPrefx": "x"},
            "dnsPrefx is no property of ManagedCluster; the nearest is dnsPrefix",
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
            "vpcConfig.endpointPublicAcces is no property of ClusterVpcConfigArgs; the nearest is endpointPublicAccess",
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


def test_a_mistyped_secret_is_not_told() -> None:
    assert "hunter2" not in "".join(said(CLUSTERS["aws"], {**EKS, "deletionProtection": "hunter2"}))


def test_a_type_that_the_sdk_lacks_is_refused(aws: Provider) -> None:
    with pytest.raises(RefusedCallError, match="aws:eks/cluster:Clster is no type of pulumi_aws"):
        create(aws, "aws:eks/cluster:Clster", "cluster", {})


def test_the_providers_own_settings_are_checked_and_the_engines_are_left_alone(aws: Provider) -> None:
    given = {"regoin": "eu-west-3", "version": "7.51.1", "defaultTags": json.dumps({"tags": {"a": "b"}})}
    answer = aws.CheckConfig(protocol.CheckRequest(news=wire.write(given)), Call())

    assert [failure.property for failure in answer.failures] == ["regoin"]


def test_it_says_at_every_start_that_it_is_no_cloud(place: Place) -> None:
    engine = Quiet()

    Provider("gcp", place, engine).Configure(protocol.ConfigureRequest(), Call())

    assert len(engine.heard) == 1
    assert engine.heard[0].startswith("SIMULATED: this is no gcp provider")


def test_without_its_folder_in_the_environment_it_refuses_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMARTHR360_CLOUDS", raising=False)

    with pytest.raises(PlaceError, match="take its folder off PATH to reach the real cloud"):
        Place.named()


def test_a_preview_makes_nothing_and_knows_only_what_the_program_says(aws: Provider, place: Place) -> None:
    request = protocol.CreateRequest(urn=urn(CLUSTERS["aws"], "c"), properties=wire.write(EKS), preview=True)
    answer = aws.Create(request, Call())

    properties = wire.read(answer.properties)
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
    aws.Delete(protocol.DeleteRequest(urn=urn("aws:ec2/subnet:Subnet", "one"), id=one), Call())
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

    first = aws.Check(protocol.CheckRequest(urn=urn(token, "role"), news=wire.write(news)), Call())
    create(aws, token, "role", wire.read(first.inputs))
    olds = protocol.CheckRequest(urn=urn(token, "role"), olds=first.inputs, news=wire.write(news))

    assert wire.read(first.inputs)["name"].startswith("role-")
    assert aws.Check(olds, Call()).inputs == first.inputs


def test_a_refresh_tells_what_somebody_has_changed_and_nothing_that_the_cloud_has_added(
    aws: Provider, place: Place
) -> None:
    inputs = {**EKS, "vpcConfig": {"subnetIds": ["subnet-1"]}}
    id_, properties = create(aws, CLUSTERS["aws"], "c", inputs)
    request = protocol.ReadRequest(
        urn=urn(CLUSTERS["aws"], "c"), id=id_, inputs=wire.write(inputs), properties=wire.write(properties)
    )
    before = aws.Read(request, Call())
    place.existing("aws").write_text(place.existing("aws").read_text().replace("subnet-1", "subnet-9"))
    after = aws.Read(request, Call())

    assert (wire.read(before.inputs), wire.read(before.properties)) == (inputs, properties)
    assert wire.read(after.inputs) == {**inputs, "vpcConfig": {"subnetIds": ["subnet-9"]}}


def test_a_refresh_keeps_what_the_cloud_has_no_property_for(place: Place) -> None:
    azure, token = Provider("azure-native", place, Quiet()), CLUSTERS["azure-native"]
    id_, properties = create(azure, token, "c", AKS)
    request = protocol.ReadRequest(
        urn=urn(token, "c"), id=id_, inputs=wire.write(AKS), properties=wire.write(properties)
    )

    assert wire.read(azure.Read(request, Call()).inputs) == AKS


def test_what_is_not_there_is_not_read_and_not_deleted(aws: Provider) -> None:
    where = urn(CLUSTERS["aws"], "c")

    assert aws.Read(protocol.ReadRequest(urn=where, id="production"), Call()).id == ""
    with pytest.raises(RefusedCallError, match="there is no aws:eks/cluster:Cluster with the id production"):
        aws.Delete(protocol.DeleteRequest(urn=where, id="production"), Call())


def test_what_the_cloud_protects_is_not_deleted(aws: Provider, place: Place) -> None:
    id_, _ = create(aws, CLUSTERS["aws"], "c", {**EKS, "deletionProtection": True})

    with pytest.raises(RefusedCallError, match="has deletionProtection: true; set it to false"):
        aws.Delete(protocol.DeleteRequest(urn=urn(CLUSTERS["aws"], "c"), id=id_), Call())
    assert "production" in place.existing("aws").read_text()


def test_what_is_in_a_locked_group_is_not_deleted_until_the_lock_is(place: Place) -> None:
    azure = Provider("azure-native", place, Quiet())
    token = "azure-native:authorization:ManagementLockByScope"
    cluster, _ = create(azure, CLUSTERS["azure-native"], "c", AKS)
    scope = cluster.partition("/providers/")[0]
    lock, _ = create(azure, token, "lock", {"lockName": "kept", "scope": scope, "level": "CanNotDelete"})
    request = protocol.DeleteRequest(urn=urn(CLUSTERS["azure-native"], "c"), id=cluster)

    with pytest.raises(RefusedCallError, match=r"is locked by .*; delete the lock first"):
        azure.Delete(request, Call())
    azure.Delete(protocol.DeleteRequest(urn=urn(token, "lock"), id=lock), Call())
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
    request = protocol.CreateRequest(urn=urn(CLUSTERS["aws"], "c"), properties=wire.write(EKS))

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
        ('{"fail": {"c": "soon"}}', '"soon" is no failure; allowed is before, half, lost'),
        ('{"slow": {"c": "very"}}', '"very" are no seconds; allowed is a number'),
    ],
)
def test_a_misspelt_trouble_is_refused(aws: Provider, place: Place, content: str, sentence: str) -> None:
    place.trouble.write_text(content)

    with pytest.raises(RefusedCallError, match=sentence):
        create(aws, CLUSTERS["aws"], "c", EKS)


def test_a_changed_input_is_an_update_and_one_of_few_a_replacement(aws: Provider) -> None:
    def diff(**news: Any) -> protocol.DiffResponse:
        request = protocol.DiffRequest(
            urn=urn(CLUSTERS["aws"], "c"), old_inputs=wire.write(EKS), news=wire.write({**EKS, **news})
        )
        return aws.Diff(request, Call())

    assert diff().changes == protocol.DiffResponse.DIFF_NONE
    assert (list(diff(version="1.35").diffs), list(diff(version="1.35").replaces)) == (["version"], [])
    assert list(diff(name="other").replaces) == ["name"]


def test_a_lookup_finds_what_was_made_and_refuses_what_it_does_not_know(aws: Provider) -> None:
    create(aws, CLUSTERS["aws"], "c", EKS)
    request = protocol.InvokeRequest(tok="aws:eks/getCluster:getCluster", args=wire.write({"name": "production"}))
    answer = wire.read(getattr(aws.Invoke(request, Call()), "return"))

    assert answer["endpoint"] == "https://127.0.0.1:20000"
    # In the shape of `aws.eks.GetClusterResult`, which is not the resource's.
    assert [each["data"] for each in answer["certificateAuthorities"]] == ["QQ=="]
    assert answer["identities"][0]["oidcs"][0]["issuer"].startswith("https://oidc.eks.")
    with pytest.raises(RefusedCallError, match="there is no cluster other"):
        aws.Invoke(protocol.InvokeRequest(tok=request.tok, args=wire.write({"name": "other"})), Call())
    with pytest.raises(RefusedCallError, match="has no answer to aws:ec2/getVpc:getVpc"):
        aws.Invoke(protocol.InvokeRequest(tok="aws:ec2/getVpc:getVpc"), Call())


def test_it_has_the_version_of_its_sdk(aws: Provider) -> None:
    assert aws.GetPluginInfo(Empty(), Call()).version == schema.plugin_version("aws") != ""


def test_a_program_stands_on_path_for_each_provider_and_each_login(place: Place) -> None:
    names = {path.name for path in place.bin.iterdir()}

    assert names == {*(f"pulumi-resource-{provider}" for provider in schema.PACKAGES), *COMMANDS}
    assert place.environment({"PATH": "/usr/bin"})["PATH"] == f"{place.bin}:/usr/bin"
    assert all("stand-in" in path.read_text() for path in place.bin.iterdir())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("aws --region eu-west-3 eks get-token --cluster-name other", "there is no cluster other"),
        ("aws --region eu-west-1 eks get-token --cluster-name production", "it is in eu-west-3"),
        ("aws eks get-token", "the following arguments are required: --cluster-name"),
        ("aws s3 ls", "invalid choice: 's3'"),
        ("gke-gcloud-auth-plugin", "KUBERNETES_EXEC_INFO names no cluster; say provideClusterInfo: true"),
        ("gke-gcloud-auth-plugin --verbose", "unrecognized arguments: --verbose"),
        ("kubelogin get-token --server-id other", "argument --server-id: invalid choice"),
        ("kubelogin get-token --login password --server-id 6dae42f8-4368-4678-94ff-3960e28e3630", "invalid choice"),
        ("kubelogin get-token --server-id 6dae42f8-4368-4678-94ff-3960e28e3630", "there is no cluster"),
    ],
)
def test_a_login_that_asks_wrongly_gets_nothing(
    aws: Provider,
    place: Place,
    arguments: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    create(aws, CLUSTERS["aws"], "c", EKS)
    for name, value in place.environment({}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("KUBERNETES_EXEC_INFO", raising=False)
    monkeypatch.setattr("sys.argv", ["credentials", *arguments.split()])

    try:
        code: object = credentials.main()
    except SystemExit as ended:  # argparse's own
        code = ended.code

    printed = capsys.readouterr()
    assert code != 0
    assert sentence in printed.err
    assert printed.out == ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_stack_file_without_a_cluster_gets_one_of_the_kind_that_is_asked_for(kind: str) -> None:
    made = made_up(kind, "production")
    settings = Cluster.model_validate_json(json.dumps({kind: made}))

    found = getattr(settings, kind)
    assert (found.name, found.create.version) == ("smarthr360-production", type(found.create.version).example)
    assert "staging" not in json.dumps(made)


def test_a_cloud_has_a_folder_a_state_and_an_environment_of_its_own(tmp_path: Path) -> None:
    ours, plain = CloudWorkspace(tmp_path, "gke"), Workspace(tmp_path)

    assert ours.local == plain.local / "clouds" / "gke"
    assert ours.variables()["PULUMI_BACKEND_URL"] != plain.variables()["PULUMI_BACKEND_URL"]
    assert ours.environment()["PATH"].split(":")[:2] == [str(ours.place.bin), str(ours.bin)]
    assert "SMARTHR360_CLOUDS" not in plain.environment()


def test_an_unknown_kind_of_cluster_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["tools.clouds", "preview", "--cloud", "ovh"])

    assert command_line.run(app) == 1
    sentence = 'error: "ovh" is no kind of cluster that a stack makes; CLOUD is one of eks, gke, aks\n'
    assert capsys.readouterr().err == sentence
