"""The volumes of a cluster on EKS: disks for one pod, and a file system for many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components.cluster.eks.iam import Statement, document
from components.environment.metadata import metadata
from components.settings import StorageClasses


@dataclass(frozen=True)
class StorageArgs:
    """What the volumes are made of.

    Args:
        cluster: the cluster's name.
        vpc_id: its network.
        zones: the letters of its zones.
        subnets: where the nodes are, one in each zone.
        nodes_group: the nodes' security group.
        key_arn: what is encrypted with.
        classes: the names of the storage classes.
        tags: what disks are tagged with.
        protect: whether Pulumi refuses to delete it; then a volume outlives its claim, too, and is backed up daily.
    """

    cluster: str
    vpc_id: pulumi.Input[str]
    zones: Sequence[str]
    subnets: Sequence[aws.ec2.Subnet]
    nodes_group: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    classes: StorageClasses
    tags: Mapping[str, str]
    protect: bool


class Storage(pulumi.ComponentResource):
    """Makes an EFS file system that nodes alone can reach, and a storage class for it and for EBS.

    Each claim on the file system gets an access point: a folder of its own, in which everything belongs to one user,
    whoever writes. Type token `smarthr360:cluster:EksStorage`; children `<name>-files`, `<name>-files-policy`,
    `<name>-files-backup`, `<name>-files-group`, `<name>-files-<zone>`, `<name>-read-write-once`,
    `<name>-read-write-many`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `StorageArgs`.
        opts: the usual resource options, with a provider of AWS and one of Kubernetes.
    """

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:cluster:EksStorage", name, {}, opts)
        self._name, self._args = name, args
        files = self._file_system()
        self._storage_class(
            "read-write-once",
            args.classes.read_write_once,
            "ebs.csi.eks.amazonaws.com",
            {"type": "gp3", "encrypted": "true", "kmsKeyId": args.key_arn, **_tag_parameters(args.tags)},
        )
        self._storage_class(
            "read-write-many",
            args.classes.read_write_many,
            "efs.csi.aws.com",
            {
                "provisioningMode": "efs-ap",
                "fileSystemId": files.id,
                # Below it, a folder has its volume's name, which is always short. EFS takes 100 characters in all;
                # with the namespace's and the claim's names (up to 63 and 253), a claim might never be bound.
                "basePath": "/volumes",
                "directoryPerms": "700",
            },
            binding="Immediate",  # it is in every zone
        )
        self.register_outputs({})

    def _file_system(self) -> aws.efs.FileSystem:
        name, args, inside = f"{self._name}-files", self._args, pulumi.ResourceOptions(parent=self)
        files = aws.efs.FileSystem(
            name,
            encrypted=True,
            kms_key_id=args.key_arn,
            throughput_mode="elastic",
            # What nobody reads for a month costs a twelfth; the first read brings it back.
            lifecycle_policies=[
                aws.efs.FileSystemLifecyclePolicyArgs(transition_to_ia="AFTER_30_DAYS"),
                aws.efs.FileSystemLifecyclePolicyArgs(transition_to_primary_storage_class="AFTER_1_ACCESS"),
            ],
            tags={"Name": args.cluster},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.efs.FileSystemPolicy(
            f"{name}-policy",
            file_system_id=files.id,
            policy=document(
                Statement(
                    Sid="WhoReachesAMountTarget",
                    Effect="Allow",
                    Principal={"AWS": "*"},
                    Action=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                    Resource=[files.arn],
                    Condition={"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
                ),
                Statement(
                    Sid="NothingInPlainText",
                    Effect="Deny",
                    Principal={"AWS": "*"},
                    Action=["elasticfilesystem:Client*"],
                    Resource=[files.arn],
                    Condition={"Bool": {"aws:SecureTransport": "false"}},
                ),
            ),
            opts=inside,
        )
        aws.efs.BackupPolicy(
            f"{name}-backup",
            file_system_id=files.id,
            backup_policy=aws.efs.BackupPolicyBackupPolicyArgs(status="ENABLED" if args.protect else "DISABLED"),
            opts=inside,
        )
        group = aws.ec2.SecurityGroup(
            f"{name}-group",
            description=f"The nodes of {args.cluster} reach its file system",
            vpc_id=args.vpc_id,
            ingress=[
                aws.ec2.SecurityGroupIngressArgs(
                    protocol="tcp", from_port=2049, to_port=2049, security_groups=[args.nodes_group], description="NFS"
                )
            ],
            egress=[],
            tags={"Name": f"{args.cluster}-files"},
            opts=inside,
        )
        for zone, subnet in zip(args.zones, args.subnets, strict=True):
            aws.efs.MountTarget(
                f"{name}-{zone}", file_system_id=files.id, subnet_id=subnet.id, security_groups=[group.id], opts=inside
            )
        return files

    def _storage_class(
        self,
        what: str,
        class_name: str,
        provisioner: str,
        parameters: Mapping[str, pulumi.Input[str]],
        binding: str = "WaitForFirstConsumer",
    ) -> None:
        k8s.storage.v1.StorageClass(
            f"{self._name}-{what}",
            metadata=metadata(class_name, None, None),
            provisioner=provisioner,
            parameters=parameters,
            volume_binding_mode=binding,
            allow_volume_expansion=True,  # a file system grows by itself, but the size in its claims can change, too
            reclaim_policy="Retain" if self._args.protect else "Delete",
            opts=pulumi.ResourceOptions(parent=self),
        )


def _tag_parameters(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags as the parameters of a storage class of EBS."""
    return {f"tagSpecification_{number}": f"{key}={tags[key]}" for number, key in enumerate(sorted(tags), 1)}
