"""What AWS maintains in a cluster on EKS beside what Auto Mode has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cluster.eks.iam import attach, document, role, trusted

METRICS_SERVER = "v0.8.1-eksbuild.10"
EFS_CSI_DRIVER = "v3.4.0-eksbuild.1"
"""Versions as `aws eks describe-addon-versions` lists them; docs/eks.md says where these two come from."""


@dataclass(frozen=True)
class AddonsArgs:
    """What the add-ons are made for.

    Args:
        cluster: the cluster.
        cluster_name: its name.
        nodes: the pools of nodes that they run on, which have to be there first.
    """

    cluster: aws.eks.Cluster
    cluster_name: str
    nodes: Sequence[pulumi.Resource]


class Addons(pulumi.ComponentResource):
    """Makes the add-ons that Auto Mode has not: the driver of EFS, and metrics for autoscaling pods.

    The network's plugin, its policies, kube-proxy, DNS, the driver of EBS, load balancers, Pod Identity and the
    watch over nodes' health are parts of Auto Mode. Type token `smarthr360:cluster:EksAddons`; children
    `<name>-metrics-server`, `<name>-aws-efs-csi-driver`, `<name>-files-role` with its policy.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `AddonsArgs`.
        opts: the usual resource options, with a provider of AWS.
    """

    def __init__(self, name: str, args: AddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:cluster:EksAddons", name, {}, opts)
        self._name = name
        inside = pulumi.ResourceOptions(parent=self)
        account = "efs-csi-controller-sa"
        # Pod Identity tags its sessions: any other pod of the account's clusters is kept out by them.
        only: dict[str, pulumi.Input[str]] = {
            "aws:RequestTag/eks-cluster-arn": args.cluster.arn,
            "aws:RequestTag/kubernetes-namespace": "kube-system",
            "aws:RequestTag/kubernetes-service-account": account,
        }
        trust = document(trusted("pods.eks.amazonaws.com", {"StringEquals": only}, tagged=True))
        driver = role(
            f"{name}-files-role", args.cluster_name, "efs-driver", "Makes access points of EFS", trust, inside
        )
        rights = attach(name, driver, ["service-role/AmazonEFSCSIDriverPolicy"], inside)

        self._addon(f"{name}-metrics-server", args, METRICS_SERVER, args.nodes)
        identity = aws.eks.AddonPodIdentityAssociationArgs(role_arn=driver.arn, service_account=account)
        self._addon(f"{name}-aws-efs-csi-driver", args, EFS_CSI_DRIVER, [*args.nodes, *rights], identity)
        self.register_outputs({})

    def _addon(
        self,
        name: str,
        args: AddonsArgs,
        version: str,
        needs: Sequence[pulumi.Resource],
        identity: aws.eks.AddonPodIdentityAssociationArgs | None = None,
    ) -> None:
        aws.eks.Addon(
            name,
            cluster_name=args.cluster.name,
            addon_name=name.removeprefix(f"{self._name}-"),
            addon_version=version,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            pod_identity_associations=[identity] if identity else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=needs),
        )
