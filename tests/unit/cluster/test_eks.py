"""A cluster on EKS that the stack makes: its control plane, what it is encrypted and protected with, and all of it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from manifests.fingerprints import Fingerprints
from policy.checking import check
from snapshot.requested import objects
from tests.support.eks import ACCOUNT, DEV, NODES_GROUP, OTHER, Made, make


@pytest.fixture
def production() -> Made:
    return make(protect=True)


def control(made: Made) -> dict[str, Any]:
    return made.inputs("cluster-control-plane-cluster")


def test_without_named_callers_the_control_plane_is_reached_from_its_network_only(cluster: Made) -> None:
    found = control(cluster)["vpcConfig"]
    assert (found["endpointPrivateAccess"], found["endpointPublicAccess"]) == (True, False)
    assert "publicAccessCidrs" not in found
    [rule] = cluster.inputs("cluster-control-plane-callers")["ingress"]
    assert (rule["fromPort"], rule["toPort"], rule["cidrBlocks"]) == (443, 443, ["10.20.0.0/16"])


def test_public_callers_get_the_public_endpoint_and_private_ones_the_private_one(other: Made) -> None:
    found = control(other)["vpcConfig"]
    assert (found["endpointPrivateAccess"], found["endpointPublicAccess"]) == (True, True)
    assert found["publicAccessCidrs"] == ["203.0.113.0/24"]
    [rule] = other.inputs("cluster-control-plane-callers")["ingress"]
    assert rule["cidrBlocks"] == ["10.20.0.0/16", "192.168.4.0/22"]


def test_callers_of_private_networks_alone_open_no_public_endpoint() -> None:
    assert control(make({"apiAccess": ["192.168.4.0/22"]}))["vpcConfig"]["endpointPublicAccess"] is False


def test_the_control_plane_encrypts_logs_and_never_pays_for_extended_support(cluster: Made) -> None:
    found = control(cluster)
    assert found["version"] == "1.35"
    assert found["upgradePolicy"] == {"supportType": "STANDARD"}
    assert found["zonalShiftConfig"] == {"enabled": True}
    assert set(found["enabledClusterLogTypes"]) == {"api", "audit", "authenticator", "controllerManager", "scheduler"}
    encryption = found["encryptionConfig"]
    assert encryption["resources"] == ["secrets"]
    assert encryption["provider"]["keyArn"].endswith("cluster-keys-secrets")


def test_auto_mode_is_whole_and_brings_no_pool_of_its_own(cluster: Made) -> None:
    found = control(cluster)
    assert found["computeConfig"] == {"enabled": True}
    assert found["storageConfig"] == {"blockStorage": {"enabled": True}}
    assert found["kubernetesNetworkConfig"] == {
        "serviceIpv4Cidr": "172.20.0.0/16",
        "elasticLoadBalancing": {"enabled": True},
    }
    assert found["bootstrapSelfManagedAddons"] is False


def test_who_enters_is_who_made_it_and_the_named_administrators(other: Made) -> None:
    [admin] = OTHER["admins"]
    assert control(other)["accessConfig"]["authenticationMode"] == "API"
    entries = {entry.name: entry.inputs["principalArn"] for entry in other.of(":AccessEntry")}
    assert entries.pop("cluster-control-plane-admin-0") == admin
    assert [*entries] == ["cluster-nodes-entry"]
    assert [entry.name for entry in other.of(":ConfigMap")] == ["cluster-network-policies-enforced"], "no aws-auth"


# Encryption, protection, tags


def test_everything_that_keeps_data_is_encrypted_with_a_key_of_ours_which_is_replaced_every_year(
    cluster: Made,
) -> None:
    keys = [key.inputs for key in cluster.of(":Key")]
    assert len(keys) == 3
    assert all(key["enableKeyRotation"] and key["deletionWindowInDays"] == 30 for key in keys)
    groups = {group.inputs["name"]: group.inputs for group in cluster.of(":LogGroup")}
    assert {*groups} == {"/aws/eks/smarthr360-staging/cluster", "/aws/vpc/smarthr360-staging/flow-logs"}
    assert all(group["kmsKeyId"].endswith("cluster-keys-logs") for group in groups.values())
    assert all(group["retentionInDays"] == 365 for group in groups.values())
    files = cluster.inputs("cluster-storage-files")
    disks = cluster.object("StorageClass", "smarthr360-rwo")["parameters"]
    nodes = cluster.inputs("cluster-nodes-class")["spec"]["ephemeralStorage"]
    assert files["encrypted"] is True
    assert disks["encrypted"] == "true"
    volumes = {files["kmsKeyId"], disks["kmsKeyId"], nodes["kmsKeyID"]}
    assert {key.rpartition(":")[2] for key in volumes} == {"cluster-keys-volumes"}


def test_the_file_system_is_for_nodes_and_refuses_plain_text(cluster: Made) -> None:
    [rule] = cluster.inputs("cluster-storage-files-group")["ingress"]
    assert (rule["fromPort"], rule["toPort"], rule["securityGroups"]) == (2049, 2049, [NODES_GROUP])
    assert "cidrBlocks" not in rule
    targets = {target.inputs["subnetId"] for target in cluster.of(":MountTarget")}
    assert targets == {f"cluster-network-private-{zone}-id" for zone in "abc"}
    statements = cluster.policies()["cluster-storage-files-policy.policy"]
    assert [one["Condition"] for one in statements if one["Effect"] == "Deny"] == [
        {"Bool": {"aws:SecureTransport": "false"}}
    ]


def test_the_storage_classes_say_what_their_volumes_are(cluster: Made) -> None:
    once, many = (cluster.object("StorageClass", f"smarthr360-{kind}") for kind in ("rwo", "rwx"))
    assert (once["provisioner"], once["volumeBindingMode"]) == ("ebs.csi.eks.amazonaws.com", "WaitForFirstConsumer")
    assert once["parameters"]["type"] == "gp3"
    assert many["provisioner"] == "efs.csi.aws.com"
    assert many["parameters"]["fileSystemId"] == "cluster-storage-files-id"
    assert [found["allowVolumeExpansion"] for found in (once, many)] == [True, True]
    assert [found["reclaimPolicy"] for found in (once, many)] == ["Delete", "Delete"]


def test_production_is_protected_by_pulumi_and_by_aws(production: Made) -> None:
    protected = {resource.type.rpartition(":")[2] for resource in production.resources if resource.protected}
    assert protected == {"Vpc", "Subnet", "Key", "LogGroup", "Cluster", "FileSystem"}
    kept = [one for one in production.resources if one.type.rpartition(":")[2] in protected]
    assert all(resource.protected for resource in kept)
    assert control(production)["deletionProtection"] is True
    assert all(group.inputs["deletionProtectionEnabled"] for group in production.of(":LogGroup"))
    assert {found.inputs["reclaimPolicy"] for found in production.of(":StorageClass")} == {"Retain"}
    assert production.inputs("cluster-storage-files-backup")["backupPolicy"] == {"status": "ENABLED"}


def test_dev_is_not_protected(cluster: Made) -> None:
    assert not [resource.name for resource in cluster.resources if resource.protected]
    assert control(cluster)["deletionProtection"] is False
    assert not any(group.inputs["deletionProtectionEnabled"] for group in cluster.of(":LogGroup"))
    assert cluster.inputs("cluster-storage-files-backup")["backupPolicy"] == {"status": "DISABLED"}


def test_tags_are_on_everything_that_pulumi_or_auto_mode_makes(other: Made) -> None:
    tags = json.loads(other.inputs("cluster-aws")["defaultTags"])["tags"]
    assert tags["smarthr360:environment"] == "staging"
    assert tags["cost-center"] == "42"
    assert other.inputs("cluster-nodes-class")["spec"]["tags"] == tags
    parameters = other.object("StorageClass", "smarthr360-rwo")["parameters"]
    assert {value for key, value in parameters.items() if key.startswith("tagSpecification_")} == {
        f"{key}={value}" for key, value in tags.items()
    }


def test_credentials_of_another_account_are_refused_where_the_stack_names_one(cluster: Made, other: Made) -> None:
    assert "allowedAccountIds" not in cluster.inputs("cluster-aws")
    assert json.loads(other.inputs("cluster-aws")["allowedAccountIds"]) == [ACCOUNT]


# All of it


@pytest.mark.parametrize(
    ("create", "protect"), [(DEV, False), ({}, True), (OTHER, False)], ids=["dev", "production", "other"]
)
def test_it_breaks_no_policy(create: Mapping[str, Any], protect: bool) -> None:
    made = make(create, protect=protect)
    found = objects(made.resources, "staging", Fingerprints(b"a key of this test"), "staging")
    assert len(found) > 70
    assert [violation for violation in check(found, exemptions=()) if violation.mandatory] == []


def test_a_long_name_keeps_within_what_aws_allows() -> None:
    name = "smarthr360-" + "x" * 89
    made = make(name=name)
    prefixes = [role.inputs["namePrefix"] for role in made.of(":Role")]
    assert len(set(prefixes)) == len(prefixes) == 5
    assert max(map(len, prefixes)) <= 38
    assert all(prefix.startswith("smarthr360-x") for prefix in prefixes)
    assert max(len(group.inputs["name"]) for group in made.of(":LogGroup")) <= 512
    assert max(len(alias.inputs["name"]) for alias in made.of(":Alias")) <= 256
    assert max(len(group.inputs["description"]) for group in made.of("/securityGroup:SecurityGroup")) <= 255
    assert max(len(value) for one in made.resources for value in dict(one.inputs.get("tags", {})).values()) <= 256


def test_overrides_reach_the_resource_that_they_name(other: Made) -> None:
    assert other.inputs("cluster-storage-files")["throughputMode"] == "bursting"
    assert other.inputs("cluster-storage-files")["encrypted"] is True


def test_overrides_of_what_there_is_not_are_refused_with_what_there_is() -> None:
    with pytest.raises(
        pulumi.RunError, match=r"storage-flies: is not a resource here, the nearest is storage-files; known"
    ):
        make({"overrides": {"storage-flies": {}}})


def test_a_component_can_not_be_overridden_because_nothing_would_come_of_it() -> None:
    with pytest.raises(pulumi.RunError, match=r"overrides\.storage: is not a resource here"):
        make({"overrides": {"storage": {}}})


@pytest.mark.parametrize("made", [aws.eks.ClusterArgs, aws.eks.ClusterVpcConfigArgs, aws.efs.FileSystemArgs])
def test_a_misspelt_property_is_refused_by_its_type(made: type) -> None:
    given = dict.fromkeys(inspect.signature(made).parameters)
    made(**given)
    with pytest.raises(TypeError, match="endpointPrivateAcess"):
        made(**given, endpointPrivateAcess=True)
