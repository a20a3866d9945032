"""What keeps and what breaks the policies for the clouds' resources, named as their providers name them."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.support.policy_examples import Example, edited, edits, of_cloud

EKS = of_cloud(
    "aws:eks/cluster:Cluster",
    vpcConfig={"endpointPublicAccess": True, "publicAccessCidrs": ["192.0.2.0/24"]},
    encryptionConfig={
        "provider": {"keyArn": "arn:aws:kms:eu-west-3:000000000000:key/example"},
        "resources": ["secrets"],
    },
    enabledClusterLogTypes=["api", "audit", "authenticator"],
)
GROUP = of_cloud(
    "aws:ec2/securityGroup:SecurityGroup",
    ingress=[
        {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]},
        {"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "cidrBlocks": ["10.0.0.0/16"]},
    ],
)
GROUP_RULE = of_cloud(
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    type="ingress",
    protocol="tcp",
    fromPort=22,
    toPort=22,
    cidrBlocks=["0.0.0.0/0"],
)
INGRESS_RULE = of_cloud(
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", ipProtocol="-1", cidrIpv6="::/0", securityGroupId="sg"
)
BUCKET = of_cloud("aws:s3/bucket:Bucket", bucket="smarthr360-backups")
_KMS = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}
ENCRYPTION = of_cloud(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    bucket="smarthr360-backups",
    rules=[_KMS],
)
NO_ACCESS = of_cloud(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    bucket="smarthr360-backups",
    blockPublicAcls=True,
    blockPublicPolicy=True,
    ignorePublicAcls=True,
    restrictPublicBuckets=True,
)
FILES = of_cloud("aws:efs/fileSystem:FileSystem", encrypted=True)
DATABASE = of_cloud("aws:rds/instance:Instance", storageEncrypted=True)
NODES = of_cloud("aws:ec2/launchTemplate:LaunchTemplate", metadataOptions={"httpTokens": "required"})


def _allows(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **statement}]})


IAM = of_cloud("aws:iam/policy:Policy", policy=_allows(Action=["s3:GetObject"]))
ROLE = of_cloud("aws:iam/role:Role", managedPolicyArns=["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"])
ATTACHED = of_cloud(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment", policyArn="arn:aws:iam::aws:policy/AdministratorAccess"
)

TRUSTED = of_cloud(
    "aws:iam/role:Role",
    assumeRolePolicy=_allows(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"}),
)
ADMINISTRATOR = of_cloud(
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
    clusterName="example",
    principalArn="arn:aws:iam::000000000000:role/platform-engineers",
    policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
)
ENTRY = of_cloud("aws:eks/accessEntry:AccessEntry", clusterName="example", principalArn="arn:aws:iam::0:role/people")

AWS = [
    Example(
        "eks-api-is-not-for-everybody",
        EKS,
        edits(
            EKS,
            by_default=("vpcConfig", {"subnetIds": ["subnet"]}),
            all_addresses=("vpcConfig.publicAccessCidrs", ["192.0.2.0/24", "0.0.0.0/0"]),
        ),
    ),
    Example("eks-encrypts-secrets", EKS, edits(EKS, nothing_said=("encryptionConfig", None))),
    Example(
        "eks-keeps-an-audit-log",
        EKS,
        edits(
            EKS, nothing_said=("enabledClusterLogTypes", None), no_audit=("enabledClusterLogTypes", ["authenticator"])
        ),
    ),
    Example(
        "aws-opens-web-ports-only",
        GROUP,
        edits(
            GROUP,
            another_port=("ingress.0.toPort", 8443),
            database=("ingress.1.cidrBlocks", ["0.0.0.0/0"]),
            every_port=("ingress.0.protocol", "-1"),
        )
        | {"rule": GROUP_RULE, "new_rule": INGRESS_RULE},
    ),
    Example(
        "s3-encrypts-with-a-key-of-yours",
        BUCKET,
        {
            "another_bucket": edited(BUCKET, "bucket", "smarthr360-files"),
            "without_a_key": edited(
                edited(BUCKET, "bucket", "smarthr360-files"),
                "serverSideEncryptionConfiguration",
                {"rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}},
            ),
        },
        beside=(ENCRYPTION,),
    ),
    Example(
        "s3-stays-private",
        NO_ACCESS,
        edits(NO_ACCESS, gap=("blockPublicPolicy", False), nothing_said=("restrictPublicBuckets", None))
        | {"acl": of_cloud("aws:s3/bucketAcl:BucketAcl", bucket="smarthr360-backups", acl="public-read")},
    ),
    Example(
        "aws-encrypts-disks",
        FILES,
        edits(FILES, nothing_said=("encrypted", None))
        | {"database": edited(DATABASE, "storageEncrypted", False), "disk": of_cloud("aws:ebs/volume:Volume", size=10)},
    ),
    Example(
        "aws-nodes-guard-their-credentials",
        NODES,
        edits(NODES, nothing_said=("metadataOptions", None), optional=("metadataOptions.httpTokens", "optional")),
    ),
    Example(
        "aws-policies-name-what-they-allow",
        IAM,
        edits(
            IAM,
            everything=("policy", _allows(Action="*")),
            everything_of_everything=("policy", _allows(Action=["s3:GetObject", "*:*"])),
            everything_but=("policy", _allows(NotAction=["iam:*"])),
            as_an_object=("policy", json.loads(_allows(Action="iam:*"))),
            no_json=("policy", "{"),
        ),
    ),
    Example(
        "aws-roles-are-no-administrators",
        ROLE,
        edits(ROLE, of_its_own=("managedPolicyArns", ["arn:aws:iam::aws:policy/PowerUserAccess"]))
        | {"attached": ATTACHED},
    ),
    Example(
        "aws-resources-are-not-for-everybody",
        TRUSTED,
        edits(
            TRUSTED,
            anybody=("assumeRolePolicy", _allows(Action="sts:AssumeRole", Principal="*")),
            any_account=("assumeRolePolicy", _allows(Action="sts:AssumeRole", Principal={"AWS": ["*"]})),
            all_but=("assumeRolePolicy", _allows(Action="sts:AssumeRole", NotPrincipal={"AWS": "0"})),
            no_json=("assumeRolePolicy", "{"),
        )
        | {
            "bucket": of_cloud(
                "aws:s3/bucketPolicy:BucketPolicy", bucket="b", policy=_allows(Action="s3:GetObject", Principal="*")
            )
        },
    ),
    Example(
        "eks-administrators-are-named",
        ADMINISTRATOR,
        {
            "role_of_the_stack": edited(ADMINISTRATOR, "principalArn", "arn:aws:iam::000000000000:role/example"),
            "root": edited(ENTRY, "principalArn", "arn:aws:iam::000000000000:root"),
            "masters": edited(ENTRY, "kubernetesGroups", ["system:masters"]),
        },
        beside=(replace(TRUSTED, kind="Role", urn="urn:role"),),
    ),
]

GKE = of_cloud(
    "gcp:container/cluster:Cluster",
    privateClusterConfig={"enablePrivateNodes": True},
    masterAuthorizedNetworksConfig={"cidrBlocks": [{"cidrBlock": "192.0.2.0/24"}]},
    databaseEncryption={"state": "ENCRYPTED", "keyName": "projects/example/key"},
    workloadIdentityConfig={"workloadPool": "example.svc.id.goog"},
)
FIREWALL = of_cloud(
    "gcp:compute/firewall:Firewall",
    network="default",
    sourceRanges=["0.0.0.0/0"],
    allows=[{"protocol": "tcp", "ports": ["80", "443"]}],
)
GCS = of_cloud("gcp:storage/bucket:Bucket", uniformBucketLevelAccess=True, publicAccessPrevention="enforced")
MEMBER = of_cloud(
    "gcp:projects/iAMMember:IAMMember", role="roles/logging.logWriter", member="serviceAccount:api@example"
)

GCP = [
    Example("gke-nodes-are-private", GKE, edits(GKE, public=("privateClusterConfig.enablePrivateNodes", False))),
    Example(
        "gke-api-is-not-for-everybody",
        GKE,
        edits(
            GKE,
            by_default=("masterAuthorizedNetworksConfig", None),
            all_addresses=("masterAuthorizedNetworksConfig.cidrBlocks.0.cidrBlock", "0.0.0.0/0"),
        ),
    ),
    Example(
        "gke-encrypts-secrets",
        GKE,
        edits(GKE, nothing_said=("databaseEncryption", None), off=("databaseEncryption.state", "DECRYPTED")),
    ),
    Example("gke-pods-have-an-identity-of-their-own", GKE, edits(GKE, nothing_said=("workloadIdentityConfig", None))),
    Example(
        "gcp-opens-web-ports-only",
        FIREWALL,
        edits(
            FIREWALL,
            a_range=("allows.0.ports", ["8000-9000"]),
            every_port=("allows.0.ports", None),
            ssh_too=("allows.0.ports", ["443", "22"]),
        )
        | {"from_everywhere_by_default": edited(edited(FIREWALL, "sourceRanges"), "allows.0.ports", ["22"])},
    ),
    Example(
        "gcp-buckets-stay-private",
        GCS,
        edits(GCS, by_object=("uniformBucketLevelAccess", False), inherited=("publicAccessPrevention", "inherited")),
    ),
    Example(
        "gcp-roles-name-what-they-allow",
        MEMBER,
        edits(MEMBER, owner=("role", "roles/owner"), everybody=("member", "allUsers"))
        | {"binding": of_cloud("gcp:projects/iAMBinding:IAMBinding", role="roles/editor", members=["user:a@example"])}
        | {
            "of_your_own": of_cloud(
                "gcp:projects/iAMCustomRole:IAMCustomRole",
                roleId="own",
                title="own",
                permissions=["resourcemanager.projects.setIamPolicy"],
            )
        },
    ),
    Example(
        "gcp-rights-are-added-one-by-one",
        MEMBER,
        {"all": of_cloud("gcp:projects/iAMPolicy:IAMPolicy", project="example", policyData="{}")},
    ),
]

AKS = of_cloud(
    "azure-native:containerservice:ManagedCluster",
    apiServerAccessProfile={"authorizedIPRanges": ["192.0.2.0/24"]},
    agentPoolProfiles=[{"name": "system", "enableEncryptionAtHost": True}],
    disableLocalAccounts=True,
)
SECURITY_RULE = of_cloud(
    "azure-native:network:SecurityRule",
    access="Allow",
    direction="Inbound",
    protocol="Tcp",
    sourceAddressPrefix="*",
    destinationPortRange="443",
)
SECURITY_GROUP = of_cloud("azure-native:network:NetworkSecurityGroup", securityRules=[SECURITY_RULE.manifest])
STORAGE = of_cloud("azure-native:storage:StorageAccount", allowBlobPublicAccess=False, kind="StorageV2")
_ROLES = "/subscriptions/example/providers/Microsoft.Authorization/roleDefinitions"
ASSIGNMENT = of_cloud(
    "azure-native:authorization:RoleAssignment", roleDefinitionId=f"{_ROLES}/7f951dda-4ed3-4680-a7ca-43fe172d538d"
)

AZURE = [
    Example(
        "aks-api-is-not-for-everybody",
        AKS,
        edits(
            AKS,
            by_default=("apiServerAccessProfile", None),
            all_addresses=("apiServerAccessProfile.authorizedIPRanges", ["0.0.0.0/0"]),
        ),
    ),
    Example(
        "aks-encrypts-disks",
        AKS,
        edits(
            AKS, nothing_said=("agentPoolProfiles.0.enableEncryptionAtHost", None), no_pools=("agentPoolProfiles", [])
        ),
    ),
    Example("aks-has-no-local-accounts", AKS, edits(AKS, by_default=("disableLocalAccounts", None))),
    Example(
        "azure-opens-web-ports-only",
        SECURITY_RULE,
        edits(
            SECURITY_RULE,
            ssh=("destinationPortRange", "22"),
            every_port=("destinationPortRange", "*"),
            one_of_several=("destinationPortRanges", ["80", "8000-9000"]),
        )
        | {"in_a_group": edited(SECURITY_GROUP, "securityRules.0.destinationPortRange", "3389")},
    ),
    Example(
        "azure-storage-stays-private",
        STORAGE,
        edits(STORAGE, by_default=("allowBlobPublicAccess", None), plain=("enableHttpsTrafficOnly", False)),
    ),
    Example(
        "azure-roles-name-what-they-allow",
        ASSIGNMENT,
        edits(
            ASSIGNMENT,
            owner=("roleDefinitionId", f"{_ROLES}/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
            in_capitals=("roleDefinitionId", f"{_ROLES}/8E3AF657-A8FF-443C-A75C-2FE8C4BCB635"),
            who_gives_roles=("roleDefinitionId", f"{_ROLES}/f58310d9-a9f6-439a-9e8d-f62e7b41a168"),
        )
        | {"of_your_own": of_cloud("azure-native:authorization:RoleDefinition", permissions=[{"actions": ["*"]}])},
    ),
]
