"""Policies for volumes and for what else would be lost for ever."""

from __future__ import annotations

from collections.abc import Iterator

from components.settings.storage import BLOCK_STORAGE
from manifests.objects import items, part
from policy.objects import pods, spec
from policy.rule import PRODUCTION, Topic
from snapshot.model import Object

topic = Topic("Data", "Volumes, and whatever else would be lost for good.")

CLAIM = ("PersistentVolumeClaim",)
EBS = ("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs")
"""The driver of an add-on, that of EKS Auto Mode, and the name that Kubernetes hands on to the first."""
ALWAYS_ENCRYPT = (
    *("pd.csi.storage.gke.io", "filestore.csi.storage.gke.io", "kubernetes.io/gce-pd"),
    *("disk.csi.azure.com", "file.csi.azure.com", "blob.csi.azure.com", "kubernetes.io/azure-disk"),
    *("kubernetes.io/azure-file", "efs.csi.aws.com"),
)
"""Drivers whose volumes are encrypted whatever a class says; those of EFS are as their file system is."""
STATEFUL = (
    *("PersistentVolumeClaim", "StatefulSet", "Namespace", "CustomResourceDefinition"),
    *("aws:eks/cluster:Cluster", "gcp:container/cluster:Cluster", "azure-native:containerservice:ManagedCluster"),
    *("aws:s3/bucket:Bucket", "gcp:storage/bucket:Bucket", "azure-native:storage:StorageAccount"),
    *("aws:rds/instance:Instance", "gcp:sql/databaseInstance:DatabaseInstance", "aws:efs/fileSystem:FileSystem"),
    *("aws:kms/key:Key", "gcp:kms/cryptoKey:CryptoKey", "azure-native:keyvault:Vault"),
)
"""What holds data, what would take it along, and the keys without which it can't be read."""


@topic.rule(
    "claims-say-class-and-size",
    kinds=CLAIM,
    refuses="A PersistentVolumeClaim without a storage class or a size.",
    why="It takes the cluster's default class, which differs between clouds and can be changed by anybody.",
    mend="set spec.storageClassName and spec.resources.requests.storage",
)
def _vague(item: Object) -> Iterator[str]:
    if not spec(item).get("storageClassName"):
        yield "it names no storage class"
    if not part(spec(item), "resources", "requests").get("storage"):
        yield "it asks for no size"


@topic.rule(
    "claims-fit-their-class",
    kinds=CLAIM,
    refuses=f"A claim with ReadWriteMany on block storage ({', '.join(BLOCK_STORAGE)}).",
    why="Only one node can mount such a volume: the claim stays Pending for good, and so do the pods.",
    mend="set storage.classes.readWriteMany to a file storage class such as efs-sc, standard-rwx or azurefile-csi",
)
def _misfit(item: Object) -> Iterator[str]:
    storage_class = spec(item).get("storageClassName")
    if "ReadWriteMany" in items(spec(item), "accessModes") and storage_class in BLOCK_STORAGE:
        yield f"it is ReadWriteMany, and {storage_class} is block storage"


@topic.rule(
    "production-protects-its-data",
    kinds=STATEFUL,
    where=PRODUCTION,
    charted="its definitions stay when it is removed, by Helm's annotation for that.",
    refuses="An object that holds data, or whose deletion takes data along, and that can be deleted without "
    "an explicit step.",
    why="Renaming a resource deletes it, and the deletion of a volume can't be undone.",
    mend="set `protect` on it, which also gives what Argo CD applies the annotation Prune=confirm,Delete=confirm",
)
def _unprotected(item: Object) -> Iterator[str]:
    volumes = [volume for pod in pods(item) for volume in items(pod.spec, "volumes")]
    claims = [volume for volume in volumes if "persistentVolumeClaim" in volume]
    forgets = item.kind == "StatefulSet" and not claims and not items(spec(item), "volumeClaimTemplates")
    if not forgets and not item.protected:
        yield "it is not protected"


@topic.rule(
    "storage-classes-encrypt",
    kinds=("StorageClass",),
    refuses="A StorageClass of Amazon EBS whose volumes are not encrypted, or of a driver that is not known to always "
    "encrypt them.",
    why="A copy of the disk is a copy of the database. Disks and files of Google and Azure are always encrypted.",
    mend='set parameters.encrypted to "true"; another driver is added to policy/rules/storage.py with what '
    "encrypts its volumes",
)
def _plain_disks(item: Object) -> Iterator[str]:
    driver = item.manifest.get("provisioner")
    if driver in EBS:
        # Its driver reads the keys of parameters in any case, and of the values "true" alone.
        said = [value for key, value in part(item.manifest, "parameters").items() if key.lower() == "encrypted"]
        if not said or any(value != "true" for value in said):
            yield "its volumes are not encrypted"
    elif driver not in ALWAYS_ENCRYPT:
        yield f"nobody knows here whether {driver} encrypts its volumes"
