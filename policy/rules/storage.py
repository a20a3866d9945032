"""Policies for volumes, and for whatever else could be lost for ever."""

from __future__ import annotations

from collections.abc import Iterator

from components.settings.storage import BLOCK_STORAGE
from manifests.objects import items, part
from policy.objects import pods, spec
from policy.rule import PRODUCTION, Topic
from snapshot.model import Object

topic = Topic("Data", "Volumes, and whatever else could be lost for ever.")

CLAIM = ("PersistentVolumeClaim",)
EBS = ("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs")
"""The add-on's driver, that of EKS Auto Mode, and the in-tree name, which Kubernetes maps to the first."""
ALWAYS_ENCRYPT = (
    *("pd.csi.storage.gke.io", "filestore.csi.storage.gke.io", "kubernetes.io/gce-pd"),
    *("disk.csi.azure.com", "file.csi.azure.com", "blob.csi.azure.com", "kubernetes.io/azure-disk"),
    *("kubernetes.io/azure-file", "efs.csi.aws.com"),
)
"""Drivers whose volumes are encrypted whatever the class sets; those of EFS are encrypted if their file system is."""
STATEFUL = (
    *("PersistentVolumeClaim", "StatefulSet", "Namespace", "CustomResourceDefinition"),
    *("aws:eks/cluster:Cluster", "gcp:container/cluster:Cluster", "azure-native:containerservice:ManagedCluster"),
    *("aws:s3/bucket:Bucket", "gcp:storage/bucket:Bucket", "azure-native:storage:StorageAccount"),
    *("aws:rds/instance:Instance", "gcp:sql/databaseInstance:DatabaseInstance", "aws:efs/fileSystem:FileSystem"),
    *("aws:kms/key:Key", "gcp:kms/cryptoKey:CryptoKey", "azure-native:keyvault:Vault"),
)
"""What holds data, what takes data along when it is deleted, and the keys without which it can't be read."""


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
        yield "it requests no size"


@topic.rule(
    "claims-fit-their-class",
    kinds=CLAIM,
    refuses=f"A claim with ReadWriteMany on block storage ({', '.join(BLOCK_STORAGE)}).",
    why="Only one node can mount such a volume: the claim and its pods stay Pending for ever.",
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
    refuses="An unprotected object that holds data, or whose deletion takes data along.",
    why="Renaming a resource deletes it, and the deletion of a volume can't be undone.",
    mend="set `protect` on it; what Argo CD applies then also gets the annotation Prune=confirm,Delete=confirm",
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
    refuses="A StorageClass of Amazon EBS without encryption, or of a driver that is not known to always encrypt.",
    why="A copy of the disk is a copy of the database. Disks and files of Google and Azure are always encrypted.",
    mend='set parameters.encrypted to "true"; add a driver that always encrypts to policy/rules/storage.py, with the '
    "reason",
)
def _plain_disks(item: Object) -> Iterator[str]:
    driver = item.manifest.get("provisioner")
    if driver in EBS:
        # The driver ignores the case of parameters' keys, and accepts no value but "true".
        values = [value for key, value in part(item.manifest, "parameters").items() if key.lower() == "encrypted"]
        if not values or any(value != "true" for value in values):
            yield "its volumes are not encrypted"
    elif driver not in ALWAYS_ENCRYPT:
        yield f"its driver {driver} is not known to encrypt its volumes"
