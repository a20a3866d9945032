"""Policies for volumes and for what else would be lost for ever."""

from __future__ import annotations

from collections.abc import Iterator

from components.settings.storage import BLOCK_STORAGE
from manifests.objects import items, part
from policy.objects import pods, spec
from policy.rule import PRODUCTION, Topic
from snapshot.model import Object

topic = Topic("Data", "Volumes, and whatever else would be lost for ever.")

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
    why="It takes the cluster's default class, which is another one on each cloud and may be changed by anybody.",
    mend="set spec.storageClassName and spec.resources.requests.storage",
)
def _vague(found: Object) -> Iterator[str]:
    if not spec(found).get("storageClassName"):
        yield "it names no storage class"
    if not part(spec(found), "resources", "requests").get("storage"):
        yield "it asks for no size"


@topic.rule(
    "claims-fit-their-class",
    kinds=CLAIM,
    refuses=f"A claim with ReadWriteMany on block storage ({', '.join(BLOCK_STORAGE)}).",
    why="One node mounts such a volume: the claim stays Pending for ever, and the pods with it.",
    mend="set storage.classes.readWriteMany to a file storage class such as efs-sc, standard-rwx or azurefile-csi",
)
def _misfit(found: Object) -> Iterator[str]:
    storage_class = spec(found).get("storageClassName")
    if "ReadWriteMany" in items(spec(found), "accessModes") and storage_class in BLOCK_STORAGE:
        yield f"it is ReadWriteMany, and {storage_class} is block storage"


@topic.rule(
    "production-protects-its-data",
    kinds=STATEFUL,
    where=PRODUCTION,
    charted="its definitions stay when it goes; they have Helm's annotation for that.",
    refuses="What holds data, or would take it along, and can be deleted without an explicit step.",
    why="A renamed resource is a deletion, and of a volume there is no undo.",
    mend="set `protect` on it; what Argo CD applies gets the annotation Prune=confirm,Delete=confirm by that",
)
def _unprotected(found: Object) -> Iterator[str]:
    volumes = [volume for pod in pods(found) for volume in items(pod.spec, "volumes")]
    claims = [volume for volume in volumes if "persistentVolumeClaim" in volume]
    forgets = found.kind == "StatefulSet" and not claims and not items(spec(found), "volumeClaimTemplates")
    if not forgets and not found.protected:
        yield "it is not protected"


@topic.rule(
    "storage-classes-encrypt",
    kinds=("StorageClass",),
    refuses="A StorageClass of Amazon EBS whose volumes are not encrypted, or of a driver that is not known to always "
    "encrypt them.",
    why="A copy of the disk is a copy of the database. Google's and Azure's disks and files are always encrypted.",
    mend='set parameters.encrypted to "true"; another driver is added to policy/rules/storage.py with what '
    "encrypts its volumes",
)
def _plain_disks(found: Object) -> Iterator[str]:
    driver = found.manifest.get("provisioner")
    if driver in EBS:
        # Its driver reads the keys of parameters in any case, and of the values "true" alone.
        said = [value for key, value in part(found.manifest, "parameters").items() if key.lower() == "encrypted"]
        if not said or any(value != "true" for value in said):
            yield "its volumes are not encrypted"
    elif driver not in ALWAYS_ENCRYPT:
        yield f"nobody knows here whether {driver} encrypts its volumes"
