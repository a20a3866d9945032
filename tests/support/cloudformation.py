"""What a stack asks of AWS, written as a template of CloudFormation, for AWS' own schemas of its resources to judge.

Pulumi's resources have the properties of Terraform's, which are nearly those of AWS' API. What is named otherwise
stands here; every other property keeps its name with a capital, and one that the schema does not know is found by it.
What one resource says of another (an id, an ARN) becomes a reference, so that a subnet in the place of a security group
is seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from cfnlint.api import lint  # type: ignore[import-untyped]  # no types are published
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]  # see above

from snapshot.in_process import Registered, plain

_SUFFIX = "20261127120000000000000001"
"""As long as what the provider puts after a `namePrefix`; IAM's longest name is that of a role, 64 characters."""
NOT_FOR_US: Mapping[str, str] = {
    "E3004": "a file system's policy names it, which Pulumi's provider gives to it afterwards",
    "W3010": "the zones are the stack file's",
}
"""What is said of templates and is no fault of a stack, and why."""
_SPELT = {
    "assumeRolePolicy": "AssumeRolePolicyDocument",
    "clientIdLists": "ClientIdList",
    "transitionToIa": "TransitionToIA",
    "vpcConfig": "ResourcesVpcConfig",
}


@dataclass(frozen=True)
class Kind:
    """How a resource is called in CloudFormation.

    Attributes:
        name: its type there.
        renamed: its properties that have another name there; None for what only Pulumi knows.
        also: what CloudFormation wants and Pulumi's provider knows by itself.
        reshaped: what has another shape there.
        tags: as which property it has tags, those of the provider, too; empty for what has none.
    """

    name: str
    renamed: Mapping[str, str | None] = field(default_factory=dict)
    also: Mapping[str, Any] = field(default_factory=dict)
    reshaped: Callable[[dict[str, Any]], dict[str, Any]] = lambda properties: properties
    tags: str = "Tags"


def _of_cluster(found: dict[str, Any]) -> dict[str, Any]:
    types = [{"Type": each} for each in found.pop("EnabledClusterLogTypes")]
    return {
        **found,
        "EncryptionConfig": [found["EncryptionConfig"]],
        "Logging": {"ClusterLogging": {"EnabledTypes": types}},
    }


def _of_group(found: dict[str, Any]) -> dict[str, Any]:
    def rules(listed: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for rule in listed:
            same = {"IpProtocol" if key == "Protocol" else key: value for key, value in rule.items()}
            ranges, groups = same.pop("CidrBlocks", []), same.pop("SecurityGroups", [])
            found += [{**same, "CidrIp": each} for each in ranges]
            found += [{**same, "SourceSecurityGroupId": each} for each in groups]
        return found

    ingress, egress = rules(found.pop("Ingress")), rules(found.pop("Egress"))
    return {**found, "SecurityGroupIngress": ingress} | ({"SecurityGroupEgress": egress} if egress else {})


@dataclass(frozen=True)
class Part:
    """What is a property of another resource in CloudFormation.

    Attributes:
        owner: by which of its properties it says whose.
        name: the property there.
        value: what the property is; a list goes to the end of what others have put there.
    """

    owner: str
    name: str
    value: Callable[[dict[str, Any]], Any]


KINDS: Mapping[str, Kind] = {
    "aws:cloudwatch/logGroup:LogGroup": Kind("AWS::Logs::LogGroup", {"name": "LogGroupName"}),
    "aws:ec2/eip:Eip": Kind("AWS::EC2::EIP"),
    "aws:ec2/flowLog:FlowLog": Kind(
        "AWS::EC2::FlowLog",
        {"vpcId": "ResourceId", "iamRoleArn": "DeliverLogsPermissionArn"},
        {"ResourceType": "VPC"},
    ),
    "aws:ec2/internetGateway:InternetGateway": Kind("AWS::EC2::InternetGateway", {"vpcId": None}),
    "aws:ec2/natGateway:NatGateway": Kind("AWS::EC2::NatGateway"),
    "aws:ec2/route:Route": Kind("AWS::EC2::Route", tags=""),
    "aws:ec2/routeTable:RouteTable": Kind("AWS::EC2::RouteTable"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Kind("AWS::EC2::SubnetRouteTableAssociation", tags=""),
    "aws:ec2/securityGroup:SecurityGroup": Kind(
        "AWS::EC2::SecurityGroup", {"description": "GroupDescription"}, reshaped=_of_group
    ),
    "aws:ec2/subnet:Subnet": Kind("AWS::EC2::Subnet"),
    "aws:ec2/vpc:Vpc": Kind("AWS::EC2::VPC"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Kind("AWS::EC2::VPCEndpoint"),
    "aws:efs/fileSystem:FileSystem": Kind("AWS::EFS::FileSystem", tags="FileSystemTags"),
    "aws:efs/mountTarget:MountTarget": Kind("AWS::EFS::MountTarget", tags=""),
    "aws:eks/accessEntry:AccessEntry": Kind("AWS::EKS::AccessEntry"),
    "aws:eks/addon:Addon": Kind(
        "AWS::EKS::Addon", {"resolveConflictsOnCreate": "ResolveConflicts", "resolveConflictsOnUpdate": None}
    ),
    "aws:eks/cluster:Cluster": Kind("AWS::EKS::Cluster", reshaped=_of_cluster),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Kind("AWS::IAM::OIDCProvider"),
    "aws:iam/role:Role": Kind("AWS::IAM::Role", {"namePrefix": "RoleName"}),
    "aws:iam/rolePolicy:RolePolicy": Kind(
        "AWS::IAM::RolePolicy",
        {"role": "RoleName", "policy": "PolicyDocument"},
        {"PolicyName": "made-by-the-provider"},
        tags="",
    ),
    "aws:kms/alias:Alias": Kind("AWS::KMS::Alias", {"name": "AliasName"}, tags=""),
    "aws:kms/key:Key": Kind("AWS::KMS::Key", {"deletionWindowInDays": "PendingWindowInDays", "policy": "KeyPolicy"}),
}
PARTS: Mapping[str, Part] = {
    "aws:efs/backupPolicy:BackupPolicy": Part(
        "fileSystemId", "BackupPolicy", lambda inputs: _capitals(inputs["backupPolicy"])
    ),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": Part(
        "fileSystemId", "FileSystemPolicy", lambda inputs: json.loads(inputs["policy"])
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Part(
        "principalArn",
        "AccessPolicies",
        lambda inputs: [{"PolicyArn": inputs["policyArn"], "AccessScope": _capitals(inputs["accessScope"])}],
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Part(
        "role", "ManagedPolicyArns", lambda inputs: [inputs["policyArn"]]
    ),
}
"""What is a resource to Pulumi and a property to CloudFormation."""
APART: Mapping[str, str] = {
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "CloudFormation can't take over the group of a network",
}
"""Whose schema there is not, and why."""


def template(made: Iterable[Registered]) -> dict[str, Any]:
    """The template of all that a program asks of AWS.

    Args:
        made: what the program registered.

    Raises:
        LookupError: there is a kind of resource that nobody has said the name of here.
    """
    registered = list(made)
    asked = [each for each in registered if each.type.startswith("aws:") and each.type not in APART]
    providers = [plain(each.inputs) for each in registered if each.type == "pulumi:providers:aws"]
    tags = {tag: value for each in providers for tag, value in json.loads(each["defaultTags"])["tags"].items()}
    found = {each.name: _resource(each, tags) for each in asked if each.type in KINDS}
    for each in asked:
        if each.type in PARTS:
            _add(found, each)
        elif each.type not in KINDS:
            raise LookupError(f"{each.type} has no name in CloudFormation here")
    return {"Resources": {_logical(name): _refer(found[name], found) for name in found}}


def faults(judged: Mapping[str, Any], region: str) -> list[str]:
    """What AWS' schemas and rules find wrong with a template.

    Args:
        judged: the template.
        region: where it is used: not every kind is everywhere.
    """
    config = ManualArgs(regions=[region], include_checks=["I3510"], ignore_checks=[*NOT_FOR_US])
    found = lint(json.dumps(judged), config=config)
    return sorted(f"{match.rule.id} {'/'.join(map(str, match.path or ()))}: {match.message}" for match in found)


def data() -> Traversable:
    """Where cfn-lint keeps what AWS publishes."""
    return files("cfnlint") / "data" / "schemas"


@cache
def schema(kind: str, region: str) -> Any:
    """AWS' schema of a kind of resource, as CloudFormation's registry publishes it.

    Args:
        kind: its type, such as `AWS::EC2::VPC`.
        region: where it is.
    """
    listed = json.loads((data() / "providers" / f"{region}.json").read_text(encoding="utf-8"))
    return json.loads((data() / "resources" / f"{listed[kind]}.json").read_text(encoding="utf-8"))


def _resource(asked: Registered, tags: Mapping[str, str]) -> dict[str, Any]:
    kind, inputs = KINDS[asked.type], plain(asked.inputs)
    named: dict[str, Any] = {}
    for key, value in inputs.items():
        name = kind.renamed.get(key, _spelt(key))
        if name is None or key == "tags":
            continue
        if key in ("policy", "assumeRolePolicy"):
            named[name] = json.loads(value)
        elif key == "namePrefix":
            named[name] = f"{value}{_SUFFIX}"
        else:
            named[name] = _capitals(value)
    if kind.tags:
        given = {**tags, **inputs.get("tags", {})}
        named[kind.tags] = [{"Key": tag, "Value": given[tag]} for tag in given]
    return {"Type": kind.name, "Properties": kind.reshaped({**named, **kind.also})}


def _add(found: Mapping[str, dict[str, Any]], asked: Registered) -> None:
    """Put what is a resource of its own to Pulumi below what it belongs to."""
    part, inputs = PARTS[asked.type], plain(asked.inputs)
    owner = inputs[part.owner]
    [properties] = [
        each["Properties"]
        for name, each in found.items()
        if name == owner.removesuffix("-id") or each["Properties"].get("PrincipalArn") == owner
    ]
    value = part.value(inputs)
    properties[part.name] = [*properties.get(part.name, []), *value] if isinstance(value, list) else value


def _spelt(key: str) -> str:
    return _SPELT.get(key, key[:1].upper() + key[1:])


def _capitals(value: Any) -> Any:
    if isinstance(value, list):
        return [_capitals(each) for each in value]
    return {_spelt(key): _capitals(value[key]) for key in value} if isinstance(value, dict) else value


def _logical(name: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", name.title())


def _refer(value: Any, known: Mapping[str, Any]) -> Any:
    """What the program was told of a resource when it was made, as a reference to it."""
    if isinstance(value, list):
        return [_refer(each, known) for each in value]
    if isinstance(value, dict):
        return {key: _refer(value[key], known) for key in value}
    if not isinstance(value, str):
        return value
    if value.endswith("-id") and (name := value.removesuffix("-id")) in known:
        which = _PHYSICAL.get(known[name]["Type"])
        return {"Fn::GetAtt": [_logical(name), which]} if which else {"Ref": _logical(name)}
    if value.startswith("arn:aws:made-up:") and (name := value.rpartition(":")[2]) in known:
        return {"Fn::GetAtt": [_logical(name), "Arn"]}
    return {"Ref": _logical(value)} if value in known else value


_PHYSICAL = {"AWS::EC2::EIP": "AllocationId", "AWS::EC2::SecurityGroup": "GroupId"}
"""By which of its attributes others know a resource, where that is not what a reference says."""
