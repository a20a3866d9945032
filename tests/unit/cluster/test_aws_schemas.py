"""What a stack asks of AWS, judged by what AWS publishes: its schemas of resources, and CloudFormation's linter."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from components.settings.clouds.eks import EksNodes, Machine, Region
from snapshot.in_process import Registered, plain
from tests.support.cloudformation import APART, KINDS, PARTS, data, faults, schema, template
from tests.support.eks import ACCOUNT, DEV, NAME, OTHER, REGION, make

TAGS = {"k" * 127: "v" * 255, "équipe +-._:/@": "Paie = 1"} | {f"team-{number}": "a" for number in range(28)}
"""As many, as long and as odd as a stack file may give."""
SIZES = r"large|[0-9]*xlarge"


@pytest.mark.parametrize(
    ("create", "protect", "name"),
    [(DEV, False, NAME), ({}, True, NAME), ({**OTHER, "tags": TAGS}, False, "smarthr360-" + "x" * 89)],
    ids=["dev", "production", "other, with name and tags as long as we allow"],
)
def test_aws_own_schemas_take_all_that_a_stack_asks_for(create: Mapping[str, Any], protect: bool, name: str) -> None:
    judged = template(make(create, protect=protect, name=name).resources)
    assert len(judged["Resources"]) > 50
    assert faults(judged, REGION) == []


def test_they_take_what_a_reader_of_secrets_needs_in_a_cluster_that_was_there_before() -> None:
    judged = template(make(None).resources)
    assert {each["Type"] for each in judged["Resources"].values()} == {"AWS::IAM::Role", "AWS::IAM::RolePolicy"}
    assert faults(judged, REGION) == []


def test_everything_that_aws_makes_is_judged_but_for_what_is_named_with_a_reason() -> None:
    types = {each.type for each in make(OTHER).resources if each.type.startswith("aws:")}
    assert types == {*KINDS, *PARTS, *APART}


PLANTED: Mapping[str, tuple[tuple[str | int, ...], Any, str]] = {
    "a kind of log that there is not": (
        ("ClusterControlPlaneCluster", "Logging", "ClusterLogging", "EnabledTypes", 0, "Type"), "apiserver", "E3030"),
    "a way to log in that is spelt otherwise": (
        ("ClusterControlPlaneCluster", "AccessConfig", "AuthenticationMode"), "api", "E3030"),
    "a misspelt property": (
        ("ClusterControlPlaneCluster", "ResourcesVpcConfig", "EndpointPrivateAcess"), True, "E3002"),
    "a text for a number": (("ClusterKeysSecrets", "PendingWindowInDays"), "a month", "E3012"),
    "days that KMS does not wait": (("ClusterKeysLogs", "PendingWindowInDays"), 31, "E3034"),
    "days that CloudWatch does not offer": (("ClusterLogsNetwork", "RetentionInDays"), 100, "E3030"),
    "a rest that EFS does not know": (
        ("ClusterStorageFiles", "LifecyclePolicies", 0, "TransitionToIA"), "AFTER_31_DAYS", "E3030"),
    "a subnet for a security group": (
        ("ClusterStorageFilesA", "SecurityGroups", 0), {"Ref": "ClusterNetworkPrivateA"}, "E1041"),
    "a name that is too long": (("ClusterNodesRole", "RoleName"), "n" * 65, "E3033"),
    "an alias without the word": (("ClusterKeysLogsAlias", "AliasName"), "smarthr360/logs", "E3031"),
    "an action that there is not": (
        ("ClusterLogsFlowPolicy", "PolicyDocument", "Statement", 0, "Action", 0), "logs:CreateLogsStream", "W3037"),
    "a right on what it is not about": (
        ("ClusterLogsFlowPolicy", "PolicyDocument", "Statement", 0, "Resource", 0),
        f"arn:aws:s3:::{ACCOUNT}-logs", "I3510"),
}  # fmt: skip
"""What nobody should get past the judge: where it is planted, what, and which of its rules finds it."""


def test_what_aws_would_refuse_is_found() -> None:
    judged = template(make().resources)
    del judged["Resources"]["ClusterKeysVolumesAlias"]["Properties"]["TargetKeyId"]
    for (name, *path, last), value, _ in PLANTED.values():
        found: Any = judged["Resources"][name]["Properties"]
        for step in path:
            found = found[step]
        found[last] = value
    found = faults(judged, REGION)
    assert [each for each in found if "TargetKeyId" in each and each.startswith("E3003")], "a property is missing"
    missed = {
        what: found
        for what, (path, _, rule) in PLANTED.items()
        if not any(each.startswith(rule) and all(str(step) in each for step in (path[0], path[-1])) for each in found)
    }
    assert missed == {}
    assert len(found) >= len(PLANTED)


def test_a_kind_of_resource_that_nobody_has_named_here_is_not_passed_over() -> None:
    new = Registered("aws:sqs/queue:Queue", "new", "urn:new", (), {}, custom=True, rendered=False, protected=False)
    with pytest.raises(LookupError, match=r"aws:sqs/queue:Queue has no name in CloudFormation here"):
        template([new])


# Instance types


def _offered() -> Mapping[str, list[str]]:
    """EC2's instance types, by region."""
    found = json.loads((data() / "extensions" / "aws_ec2_instance" / "instancetype_enum.json").read_text("utf-8"))
    return {region: each["enum"] for region, each in found.items() if "enum" in each}


def test_nodes_are_found_in_every_region_that_a_stack_may_name() -> None:
    regions = {region: types for region, types in _offered().items() if not Region._fault(region)}
    assert len(regions) > 25
    machines = EksNodes().machines
    assert {region for region, types in regions.items() if not {*machines} & {*types}} == set()
    assert not {"m7x.large"} & {each for types in regions.values() for each in types}


def test_instance_types_of_ec2_are_understood_and_those_without_two_processors_refused() -> None:
    known = {each for types in _offered().values() for each in types}
    assert len(known) > 700
    fits = {each for each in known if re.fullmatch(SIZES, each.partition(".")[2]) and not each.startswith("u")}
    assert {each for each in fits if Machine._fault(each)} == set()
    assert {each for each in known - fits if not each.startswith("u") and not Machine._fault(each)} == set()


# Volumes


def _access_point(namespace: str, claim: str) -> str:
    """The path of a claim's access point, as the driver of EFS makes it up (pkg/driver/controller.go of 3.4)."""
    parameters = plain(make().object("StorageClass", "smarthr360-rwx")["parameters"])
    volume = "pvc-01234567-89ab-cdef-0123-456789abcdef"
    path: str = parameters.get("subPathPattern", volume)
    for name, value in {"PVC.namespace": namespace, "PVC.name": claim, "PV.name": volume}.items():
        path = path.replace(f"${{.{name}}}", value)
    if "subPathPattern" in parameters and parameters.get("ensureUniqueDirectory", "true") == "true":
        path += "-01234567-89ab-cdef-0123-456789abcdef"
    return f"{parameters['basePath']}/{path}"


@pytest.mark.parametrize(("namespace", "claim"), [("apps", "media"), ("n" * 63, "ml-models"), ("n" * 63, "c" * 253)])
def test_efs_holds_the_path_of_every_claim_that_kubernetes_takes(namespace: str, claim: str) -> None:
    allowed = schema("AWS::EFS::AccessPoint", REGION)["definitions"]["RootDirectory"]["properties"]["Path"]
    path = _access_point(namespace, claim)
    assert len(path) <= allowed["maxLength"] == 100
    assert re.fullmatch(allowed["pattern"], path)


DRIVERS: Mapping[str, set[str]] = {
    "ebs.csi.eks.amazonaws.com": {"type", "encrypted", "kmskeyid", "iops", "throughput", "iopspergb", "blocksize"},
    "efs.csi.aws.com": {
        *("provisioningmode", "filesystemid", "directoryperms", "uid", "gid", "gidrangestart", "gidrangeend"),
        *("basepath", "subpathpattern", "ensureuniquedirectory", "az", "reuseaccesspoint", "enforcezoneaffinity"),
    },
}
"""The parameters that the drivers read (pkg/driver/constants.go of EBS' 1.63, pkg/driver/controller.go of EFS' 3.4)."""


def test_the_drivers_know_the_parameters_of_our_storage_classes() -> None:
    classes = {found.inputs["provisioner"]: plain(found.inputs["parameters"]) for found in make().of(":StorageClass")}
    assert {*classes} == {*DRIVERS}
    for driver, parameters in classes.items():
        named = {key.lower() for key in parameters if not key.startswith("tagSpecification_")}
        assert named
        assert named <= DRIVERS[driver]
    disk, files = classes["ebs.csi.eks.amazonaws.com"], classes["efs.csi.aws.com"]
    assert disk["type"] in schema("AWS::EC2::Volume", REGION)["properties"]["VolumeType"].get("enum", ["gp3"])
    assert files["provisioningMode"] == "efs-ap"
    permissions = schema("AWS::EFS::AccessPoint", REGION)["definitions"]["CreationInfo"]["properties"]["Permissions"]
    assert re.fullmatch(permissions["pattern"], files["directoryPerms"])
