"""AWS Secrets Manager, as what keeps the secrets of a cluster on EKS."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cluster.connection import SecretAccess
from components.cluster.eks.iam import Statement, arn, document, role
from components.cluster.options import extended


@dataclass(frozen=True)
class SecretsManager:
    """Lets ServiceAccounts of one cluster read secrets of its account and region.

    By the token of the ServiceAccount (IRSA), not by Pod Identity: External Secrets reads for the ServiceAccounts of
    many namespaces, and Pod Identity would give it the role of its own pods only. Then it could read every secret for
    every namespace. docs/decisions/0013-eks.md has the whole reason.

    Args:
        cluster: the cluster's name.
        region: where it and the secrets are.
        account: the account that it is in.
        issuer: the address that its ServiceAccounts' tokens are signed for.
        identity_arn: IAM's identity provider for that address.
        provider: the provider of AWS.
    """

    cluster: str
    region: str
    account: pulumi.Input[str]
    issuer: pulumi.Input[str]
    identity_arn: pulumi.Input[str]
    provider: aws.Provider

    def grant(
        self, name: str, namespace: str, service_account: str, key: str, opts: pulumi.ResourceOptions | None = None
    ) -> SecretAccess:
        """Let a ServiceAccount read one secret and nothing else; see `SecretManager`."""
        inside = extended(opts, provider=self.provider)
        trust = pulumi.Output.all(issuer=self.issuer, identity=self.identity_arn).apply(
            lambda known: _trust(known["issuer"], known["identity"], namespace, service_account)
        )
        reader = role(
            f"{name}-secrets-role", self.cluster, "secrets", f"{namespace}/{service_account} reads {key}", trust, inside
        )
        # Secrets Manager adds six characters of its own to the name.
        secret = arn("secretsmanager", self.region, self.account, f"secret:{key}-??????")
        granted = aws.iam.RolePolicy(
            f"{name}-secrets-policy",
            role=reader.name,
            policy=document(
                Statement(
                    Effect="Allow",
                    Action=["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                    Resource=[secret],
                ),
                # For a secret that has a key of its own: by Secrets Manager only, and for this secret only.
                Statement(
                    Effect="Allow",
                    Action=["kms:Decrypt"],
                    Resource=[arn("kms", self.region, self.account, "key/*")],
                    Condition={
                        "StringEquals": {"kms:ViaService": f"secretsmanager.{self.region}.amazonaws.com"},
                        "StringLike": {"kms:EncryptionContext:SecretARN": secret},
                    },
                ),
            ),
            opts=inside,
        )
        return SecretAccess(
            store={
                "aws": {
                    "service": "SecretsManager",
                    "region": self.region,
                    "auth": {"jwt": {"serviceAccountRef": {"name": service_account}}},
                }
            },
            key=key,
            annotations={"eks.amazonaws.com/role-arn": reader.arn},
            granted=(granted,),
        )


def _trust(issuer: str, identity_arn: str, namespace: str, service_account: str) -> str:
    """The policy by which one ServiceAccount of one cluster acts in a role, and nothing else does."""
    host = issuer.removeprefix("https://")
    wanted = {f"{host}:sub": f"system:serviceaccount:{namespace}:{service_account}", f"{host}:aud": "sts.amazonaws.com"}
    statement = Statement(
        Effect="Allow",
        Principal={"Federated": identity_arn},
        Action=["sts:AssumeRoleWithWebIdentity"],
        Condition={"StringEquals": wanted},
    )
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
