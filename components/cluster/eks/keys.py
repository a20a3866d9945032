"""The keys that a cluster on EKS and what belongs to it are encrypted with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cluster.eks.iam import Statement, arn, document


@dataclass(frozen=True)
class KeysArgs:
    """What the keys are made for.

    Args:
        cluster: the cluster's name.
        region: where it is.
        account: the account that it is in.
        log_groups: names of the log groups that the logs' key is for.
        protect: whether Pulumi refuses to delete them: what they encrypted is lost with them.
    """

    cluster: str
    region: str
    account: pulumi.Input[str]
    log_groups: Sequence[str]
    protect: bool


class Keys(pulumi.ComponentResource):
    """Makes a key of one's own for each kind of data, so that each has its own users, and its use its own log lines.

    Each is replaced within KMS once a year. A key that is deleted can be had back for 30 days. Type token
    `smarthr360:cluster:EksKeys`; children `<name>-secrets` (Kubernetes Secrets in etcd), `<name>-volumes` (nodes'
    disks, EBS and EFS), `<name>-logs`, each with an alias `alias/<cluster>/<kind>`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `KeysArgs`.
        opts: the usual resource options, with a provider of AWS.
    """

    secrets: aws.kms.Key
    volumes: aws.kms.Key
    logs: aws.kms.Key

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:cluster:EksKeys", name, {}, opts)
        # Without this statement, only who is named here could ever use the key; with it, IAM's policies count.
        account = Statement(
            Sid="TheAccountsOwnPolicies",
            Effect="Allow",
            Principal={"AWS": arn("iam", "", args.account, "root")},
            Action=["kms:*"],
            Resource=["*"],
        )
        logs = Statement(
            Sid="CloudWatchForTheseLogGroups",
            Effect="Allow",
            Principal={"Service": f"logs.{args.region}.amazonaws.com"},
            # CloudWatch's guide lists kms:Describe*, too, which carries no such context: it would never be given.
            Action=["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
            Resource=["*"],
            Condition={
                "ArnEquals": {
                    "kms:EncryptionContext:aws:logs:arn": [
                        arn("logs", args.region, args.account, f"log-group:{group}") for group in args.log_groups
                    ]
                }
            },
        )

        def key(kind: str, what: str, *statements: Statement) -> aws.kms.Key:
            made = aws.kms.Key(
                f"{name}-{kind}",
                description=f"{what} of the cluster {args.cluster}",
                policy=document(*statements),
                enable_key_rotation=True,
                deletion_window_in_days=30,
                tags={"Name": f"{args.cluster}-{kind}"},
                opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
            )
            aws.kms.Alias(
                f"{name}-{kind}-alias",
                name=f"alias/{args.cluster}/{kind}",
                target_key_id=made.key_id,
                opts=pulumi.ResourceOptions(parent=self),
            )
            return made

        self.secrets = key("secrets", "Secrets", account)
        self.volumes = key("volumes", "Volumes", account)
        self.logs = key("logs", "Logs", account, logs)
        self.register_outputs(
            {
                "secretsArn": self.secrets.arn,
                "volumesArn": self.volumes.arn,
                "logsArn": self.logs.arn,
            }
        )
