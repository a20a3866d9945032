"""Policies for Google Cloud."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.objects import items, part
from policy.ranges import ALL, beyond_the_web, for_everybody, ports
from policy.rule import Topic
from snapshot.model import Object

topic = Topic("Google Cloud", "What the cluster and its surroundings have to be like on Google Cloud.")

CLUSTER = ("gcp:container/cluster:Cluster",)
EVERYBODY = ("allUsers", "allAuthenticatedUsers")


@topic.rule(
    "gke-nodes-are-private",
    kinds=CLUSTER,
    refuses="A GKE cluster whose nodes have public addresses.",
    why="Every node could be probed from anywhere, with only a firewall rule in between.",
    mend="set privateClusterConfig.enablePrivateNodes to true",
)
def _public_nodes(item: Object) -> Iterator[str]:
    if part(item.manifest, "privateClusterConfig").get("enablePrivateNodes") is not True:
        yield "its nodes have public addresses"


@topic.rule(
    "gke-api-is-not-for-everybody",
    kinds=CLUSTER,
    refuses="A GKE cluster whose API server everybody can reach.",
    why="A stolen token or a flaw in the API server is then enough to get in.",
    mend="list your own networks in masterAuthorizedNetworksConfig, or set privateClusterConfig.enablePrivateEndpoint",
)
def _public_api(item: Object) -> Iterator[str]:
    given = item.manifest
    if part(given, "privateClusterConfig").get("enablePrivateEndpoint"):
        return
    if part(given, "controlPlaneEndpointsConfig", "ipEndpointsConfig").get("enabled") is False:
        return
    networks = items(part(given, "masterAuthorizedNetworksConfig"), "cidrBlocks")
    if "masterAuthorizedNetworksConfig" not in given or for_everybody(entry.get("cidrBlock") for entry in networks):
        yield "its API server can be reached from the whole internet"


@topic.rule(
    "gke-encrypts-secrets",
    kinds=CLUSTER,
    refuses="A GKE cluster that does not encrypt Secrets with a key of yours.",
    why="Whoever gets hold of a copy of etcd has every Secret.",
    mend="set databaseEncryption with state ENCRYPTED and a key",
)
def _plain_secrets(item: Object) -> Iterator[str]:
    if part(item.manifest, "databaseEncryption").get("state") != "ENCRYPTED":
        yield "it does not encrypt Secrets"


@topic.rule(
    "gke-pods-have-an-identity-of-their-own",
    kinds=CLUSTER,
    refuses="A GKE cluster without Workload Identity.",
    why="Every pod then has its node's rights on Google Cloud.",
    mend="set workloadIdentityConfig.workloadPool",
)
def _node_identity(item: Object) -> Iterator[str]:
    # Autopilot always has it, and refuses the setting.
    if not item.manifest.get("enableAutopilot") and "workloadIdentityConfig" not in item.manifest:
        yield "its pods have the rights of their nodes"


@topic.rule(
    "gcp-opens-web-ports-only",
    kinds=("gcp:compute/firewall:Firewall",),
    refuses="A firewall rule that lets the whole internet in to ports other than 80 and 443.",
    why="Every open port is probed within minutes.",
    mend="name your own networks in sourceRanges",
)
def _open_ports(item: Object) -> Iterator[str]:
    given = item.manifest
    if given.get("direction") == "EGRESS" or given.get("disabled"):
        return
    named = any(items(given, key) for key in ("sourceRanges", "sourceTags", "sourceServiceAccounts"))
    if named and not for_everybody(items(given, "sourceRanges")):
        return
    for allowed in items(given, "allows"):
        for first, last in ports(items(allowed, "ports")) if items(allowed, "ports") else [ALL]:
            if opened := beyond_the_web(first, last):
                yield f"it opens {opened} to the whole internet"


@topic.rule(
    "gcp-buckets-stay-private",
    kinds=("gcp:storage/bucket:Bucket",),
    refuses="A bucket that could be made public, object by object or as a whole.",
    why="Anyone who guesses the name could get backups and uploaded files.",
    mend="set uniformBucketLevelAccess to true and publicAccessPrevention to enforced",
)
def _public_bucket(item: Object) -> Iterator[str]:
    if item.manifest.get("uniformBucketLevelAccess") is not True:
        yield "uniformBucketLevelAccess is not true"
    if item.manifest.get("publicAccessPrevention") != "enforced":
        yield "publicAccessPrevention is not enforced"


IAM = (
    *("gcp:projects/iAMMember:IAMMember", "gcp:projects/iAMBinding:IAMBinding"),
    *("gcp:folder/iAMMember:IAMMember", "gcp:folder/iAMBinding:IAMBinding"),
    *("gcp:organizations/iAMMember:IAMMember", "gcp:organizations/iAMBinding:IAMBinding"),
    *("gcp:serviceaccount/iAMMember:IAMMember", "gcp:serviceaccount/iAMBinding:IAMBinding"),
    *("gcp:storage/bucketIAMMember:BucketIAMMember", "gcp:storage/bucketIAMBinding:BucketIAMBinding"),
    *("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding"),
    *("gcp:secretmanager/secretIamMember:SecretIamMember", "gcp:secretmanager/secretIamBinding:SecretIamBinding"),
)
CUSTOM = ("gcp:projects/iAMCustomRole:IAMCustomRole", "gcp:organizations/iAMCustomRole:IAMCustomRole")
_BROAD = (
    *("owner", "editor", "iam.securityAdmin", "iam.roleAdmin", "iam.organizationRoleAdmin", "iam.serviceAccountAdmin"),
    *("iam.serviceAccountKeyAdmin", "iam.serviceAccountTokenCreator", "iam.workloadIdentityPoolAdmin"),
    *("resourcemanager.projectIamAdmin", "resourcemanager.folderAdmin", "resourcemanager.organizationAdmin"),
    *("resourcemanager.folderIamAdmin", "container.admin", "container.clusterAdmin"),
)
"""Google's roles that give everything in a project, or let their holder take it."""


@topic.rule(
    "gcp-roles-name-what-they-allow",
    kinds=(*IAM, *CUSTOM),
    refuses="The basic roles owner and editor, roles that can give roles or tokens, and any role for everybody.",
    why="The basic roles allow nearly everything in the project, and holders of the others can give themselves those.",
    mend="give a narrow predefined role to named accounts",
)
def _basic_role(item: Object) -> Iterator[str]:
    role = item.manifest.get("role") or ""
    if role.removeprefix("roles/") in _BROAD:
        yield f"it gives {role}"
    for member in (item.manifest.get("member"), *items(item.manifest, "members")):
        if member in EVERYBODY:
            yield f"it is for {member}"
    for permission in items(item.manifest, "permissions"):
        if permission.endswith(
            (".setIamPolicy", ".getAccessToken", ".signJwt", ".signBlob", "serviceAccountKeys.create")
        ):
            yield f"it allows {permission}"


@topic.rule(
    "gcp-rights-are-added-one-by-one",
    kinds=(
        "gcp:projects/iAMPolicy:IAMPolicy",
        "gcp:folder/iAMPolicy:IAMPolicy",
        "gcp:organizations/iAMPolicy:IAMPolicy",
    ),
    refuses="A resource that sets the whole IAM policy of a project, folder or organization.",
    why="It removes all other members' roles, including those of Google's own accounts, and no policy here checks it.",
    mend="create an IAMMember for each role",
)
def _all_at_once(item: Object) -> Iterator[str]:
    yield f"an {item.kind} replaces all members' roles"
