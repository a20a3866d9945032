"""Policies for Amazon Web Services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from manifests.objects import items, part
from policy import iam
from policy.ranges import ALL, beyond_the_web, for_everybody
from policy.rule import Topic
from snapshot.model import Object

topic = Topic("Amazon Web Services", "What the cluster and its surroundings have to be like on AWS.")

CLUSTER = ("aws:eks/cluster:Cluster",)
BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"


@topic.rule(
    "eks-api-is-not-for-everybody",
    kinds=CLUSTER,
    refuses="An EKS cluster whose API server everybody can reach.",
    why="A stolen token or a flaw in the API server is then enough to get in. It is EKS' default.",
    mend="set vpcConfig.endpointPublicAccess to false, or publicAccessCidrs to your own networks",
)
def _public_api(item: Object) -> Iterator[str]:
    network = part(item.manifest, "vpcConfig")
    if network.get("endpointPublicAccess") is not False:
        ranges = items(network, "publicAccessCidrs")
        if not ranges or for_everybody(ranges):
            yield "its API server can be reached from the whole internet"


@topic.rule(
    "eks-encrypts-secrets",
    kinds=CLUSTER,
    refuses="An EKS cluster that does not encrypt Secrets with a key of yours.",
    why="Whoever gets hold of a copy of etcd has every Secret.",
    mend='set encryptionConfig with a KMS key and resources ["secrets"]',
)
def _plain_secrets(item: Object) -> Iterator[str]:
    if "secrets" not in items(part(item.manifest, "encryptionConfig"), "resources"):
        yield "it does not encrypt Secrets"


@topic.rule(
    "eks-keeps-an-audit-log",
    kinds=CLUSTER,
    mandatory=False,
    refuses="An EKS cluster that does not log the requests to its API server.",
    why="Nobody could find out afterwards what happened.",
    mend="add audit and authenticator to enabledClusterLogTypes",
)
def _no_audit(item: Object) -> Iterator[str]:
    missing = {"audit", "authenticator"} - {*items(item.manifest, "enabledClusterLogTypes")}
    if missing:
        yield f"it keeps no {' and no '.join(sorted(missing))} log"


@topic.rule(
    "aws-opens-web-ports-only",
    kinds=(
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    ),
    refuses="A security group that lets the whole internet in to ports other than 80 and 443.",
    why="Every open port is probed within minutes.",
    mend="name your own networks, or another security group",
)
def _open_ports(item: Object) -> Iterator[str]:
    given = item.manifest
    if given.get("type") == "egress":
        return
    for rule in items(given, "ingress") if "ingress" in given else [given]:
        ranges = [*items(rule, "cidrBlocks"), *items(rule, "ipv6CidrBlocks")]
        if for_everybody([*ranges, rule.get("cidrIpv4"), rule.get("cidrIpv6")]):
            everything = "-1" in (rule.get("protocol"), rule.get("ipProtocol"))
            first, last = ALL if everything else (rule.get("fromPort", 0), rule.get("toPort", ALL[1]))
            if opened := beyond_the_web(first, last):
                yield f"it opens {opened} to the whole internet"


@topic.stack_rule(
    "s3-encrypts-with-a-key-of-yours",
    kinds=BUCKETS,
    refuses="An S3 bucket without encryption by a key of yours.",
    why="With a key of yours, the right to read the bucket is not enough to read its contents, and the key's use is "
    "logged.",
    mend="create a BucketServerSideEncryptionConfiguration for this bucket, with aws:kms",
)
def _plain_bucket(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    encrypted = {item.manifest["bucket"] for item in objects if item.type == ENCRYPTION and _by_key(item.manifest)}
    for item in objects:
        named = {item.name, item.manifest.get("bucket")} & encrypted
        if item.type in BUCKETS and not named and not _by_key(part(item.manifest, "serverSideEncryptionConfiguration")):
            yield item, "nothing sets its encryption with a KMS key"


def _by_key(configuration: Mapping[str, Any]) -> bool:
    rules = [*items(configuration, "rules"), part(configuration, "rule")]
    algorithms = [part(rule, "applyServerSideEncryptionByDefault").get("sseAlgorithm") or "" for rule in rules]
    return any(algorithm.startswith("aws:kms") for algorithm in algorithms)


@topic.rule(
    "s3-stays-private",
    kinds=(*BUCKETS, PUBLIC_ACCESS, "aws:s3/bucketAcl:BucketAcl"),
    refuses="An S3 bucket that everybody can read or write, or a block of public access with a gap.",
    why="Anyone who guesses the name could get backups and uploaded files.",
    mend="leave out public acls, and set all four settings of BucketPublicAccessBlock to true",
)
def _public_bucket(item: Object) -> Iterator[str]:
    acl = item.manifest.get("acl") or ""
    if acl.startswith("public") or acl == "authenticated-read":
        yield f"its acl is {acl}"
    if item.type == PUBLIC_ACCESS:
        for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
            if item.manifest.get(key) is not True:
                yield f"{key} is not true"


@topic.rule(
    "aws-encrypts-disks",
    kinds=("aws:efs/fileSystem:FileSystem", "aws:rds/instance:Instance", "aws:ebs/volume:Volume"),
    refuses="A file system, a disk or a database that is not encrypted.",
    why="A copy of the disk is a copy of the data.",
    mend="set encrypted (storageEncrypted for a database) to true: it can't be changed later",
)
def _plain_disk(item: Object) -> Iterator[str]:
    key = "storageEncrypted" if item.type.startswith("aws:rds/") else "encrypted"
    if item.manifest.get(key) is not True:
        yield f"{key} is not true"


@topic.rule(
    "aws-nodes-guard-their-credentials",
    kinds=("aws:ec2/launchTemplate:LaunchTemplate",),
    refuses="Nodes that give their credentials to any request (version 1 of the metadata service).",
    why="Any flaw that makes an application fetch an attacker's address also gives away the node's rights.",
    mend="set metadataOptions.httpTokens to required",
)
def _metadata_service(item: Object) -> Iterator[str]:
    if part(item.manifest, "metadataOptions").get("httpTokens") != "required":
        yield "its metadata service requires no token"


DOCUMENTS = (
    *("aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy"),
    *("aws:iam/groupPolicy:GroupPolicy", "aws:iam/role:Role"),
)
OF_RESOURCES = (
    *("aws:iam/role:Role", "aws:s3/bucketPolicy:BucketPolicy", "aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy"),
    *("aws:secretsmanager/secretPolicy:SecretPolicy", "aws:secretsmanager/secret:Secret"),
    *("aws:ecr/repositoryPolicy:RepositoryPolicy", "aws:sqs/queuePolicy:QueuePolicy"),
    *("aws:sns/topicPolicy:TopicPolicy", "aws:efs/fileSystemPolicy:FileSystemPolicy"),
    *("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"),
)
ATTACHMENTS = (
    *("aws:iam/role:Role", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"),
    *("aws:iam/userPolicyAttachment:UserPolicyAttachment", "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"),
    *(
        "aws:iam/policyAttachment:PolicyAttachment",
        "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
    ),
)
_OVER_CLUSTERS = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy")
ADMINISTRATORS = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "AWSOrganizationsFullAccess")


def _documents(item: Object) -> Iterator[Any]:
    """The policy documents of a resource."""
    if item.manifest.get("policy"):
        yield item.manifest["policy"]
    for own in items(item.manifest, "inlinePolicies"):
        if own.get("policy"):
            yield own["policy"]


@topic.rule(
    "aws-policies-name-what-they-allow",
    kinds=DOCUMENTS,
    refuses="An IAM policy that allows everything, everything but a list, or a pattern of actions that widen rights.",
    why="It amounts to the account's root user.",
    mend="list the actions that are needed, and the resources for those that give rights or secrets",
)
def _allows_everything(item: Object) -> Iterator[str]:
    for document in _documents(item):
        try:
            for statement in iam.statements(document):
                yield from (f"one of its statements allows {what}" for what in iam.too_much(statement))
        except ValueError:
            yield "its policy is not JSON"


@topic.rule(
    "aws-resources-are-not-for-everybody",
    kinds=OF_RESOURCES,
    refuses="A role that anybody can assume, or a bucket, key, secret, queue or repository that anybody can use.",
    why="`*` means everybody with any AWS account, not everybody in yours.",
    mend="name the accounts, roles or services in Principal, or add a Condition on the caller",
)
def _for_everybody(item: Object) -> Iterator[str]:
    for key in ("assumeRolePolicy", "policy"):
        try:
            if any(iam.for_everybody(statement) for statement in iam.statements(item.manifest.get(key))):
                yield f"{key} has a statement for everybody"
        except ValueError:
            yield f"{key} is not JSON"


@topic.rule(
    "aws-roles-are-no-administrators",
    kinds=ATTACHMENTS,
    refuses="A role, user or group with one of AWS's own administrator policies.",
    why="Whoever compromises a pod or a pipeline then owns the account.",
    mend="attach a policy that lists what is needed",
)
def _administrator(item: Object) -> Iterator[str]:
    given = item.manifest
    for arn in (given.get("policyArn") or "", *items(given, "managedPolicyArns"), *items(given, "policyArns")):
        name = arn.rpartition("/")[2]
        if name in ADMINISTRATORS:
            yield f"it has the policy {name}"


@topic.stack_rule(
    "eks-administrators-are-named",
    kinds=("aws:eks/accessEntry:AccessEntry", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"),
    refuses="An access entry for root or for the cluster's own groups, or a role of the stack's that administers the "
    "cluster.",
    why="A pod's or a node's role then has rights over the whole cluster, and so does whoever takes it over.",
    mend="list people's roles in the stack file's admins, and bind what programs need in Kubernetes",
)
def _unnamed_administrator(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    roles = {item.name for item in objects if item.type == "aws:iam/role:Role"}
    for item in objects:
        principal = str(item.manifest.get("principalArn") or "")
        if item.type == "aws:eks/accessEntry:AccessEntry":
            if principal.endswith(":root") or "*" in principal:
                yield item, f"it is for {principal}"
            yield from (
                (item, f"it is in the group {group}")
                for group in items(item.manifest, "kubernetesGroups")
                if group.startswith("system:")
            )
        elif item.type == "aws:eks/accessPolicyAssociation:AccessPolicyAssociation":
            name = str(item.manifest.get("policyArn") or "").rpartition("/")[2]
            if name in _OVER_CLUSTERS and principal.rpartition("/")[2] in roles:
                yield item, f"it gives {name} to a role that the stack creates"
