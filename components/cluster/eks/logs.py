"""The logs of a cluster on EKS: of its control plane, and of its network."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cluster.eks.iam import Statement, arn, document, role, trusted


def control_plane_group(cluster: str) -> str:
    """Name of the log group of a control plane; EKS writes into the one of this name."""
    return f"/aws/eks/{cluster}/cluster"


def network_group(cluster: str) -> str:
    """Name of the log group of a network."""
    return f"/aws/vpc/{cluster}/flow-logs"


@dataclass(frozen=True)
class LogsArgs:
    """What the logs are made from.

    Args:
        cluster: the cluster's name.
        region: where it is.
        account: the account that it is in.
        vpc_id: its network.
        key_arn: what they are encrypted with.
        days: for how many days they are kept.
        protect: whether Pulumi and CloudWatch refuse to delete them.
    """

    cluster: str
    region: str
    account: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    days: int
    protect: bool


class Logs(pulumi.ComponentResource):
    """Makes the log groups, and has every connection in the network logged.

    The control plane's group has to be there before the control plane: EKS makes one itself otherwise, which keeps
    everything for ever and is not encrypted with a key of one's own. Type token `smarthr360:cluster:EksLogs`; children
    `<name>-control-plane`, `<name>-network`, `<name>-flow`, `<name>-flow-role`, `<name>-flow-policy`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `LogsArgs`.
        opts: the usual resource options, with a provider of AWS.
    """

    control_plane: aws.cloudwatch.LogGroup

    def __init__(self, name: str, args: LogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:cluster:EksLogs", name, {}, opts)
        inside = pulumi.ResourceOptions(parent=self)

        def group(what: str, group_name: str) -> aws.cloudwatch.LogGroup:
            return aws.cloudwatch.LogGroup(
                f"{name}-{what}",
                name=group_name,
                retention_in_days=args.days,
                kms_key_id=args.key_arn,
                deletion_protection_enabled=args.protect,
                opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
            )

        self.control_plane = group("control-plane", control_plane_group(args.cluster))
        network = group("network", network_group(args.cluster))
        trust = document(trusted("vpc-flow-logs.amazonaws.com", {"StringEquals": {"aws:SourceAccount": args.account}}))
        writer = role(f"{name}-flow-role", args.cluster, "flow-logs", "Writes the network's log", trust, inside)
        may_write = aws.iam.RolePolicy(
            f"{name}-flow-policy",
            role=writer.name,
            policy=document(
                Statement(
                    Effect="Allow",
                    Action=["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                    Resource=[arn("logs", args.region, args.account, f"log-group:{network_group(args.cluster)}:*")],
                ),
                # It looks for the group by a list of them all, which can't be limited to one.
                Statement(Effect="Allow", Action=["logs:DescribeLogGroups"], Resource=["*"]),
            ),
            opts=inside,
        )
        aws.ec2.FlowLog(
            f"{name}-flow",
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=network.arn,
            iam_role_arn=writer.arn,
            tags={"Name": args.cluster},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_write]),
        )
        self.register_outputs({"controlPlaneGroup": self.control_plane.name})
