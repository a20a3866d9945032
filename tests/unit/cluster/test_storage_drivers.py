"""The parameters of storage classes on AKS and GKE, against what the clouds' drivers read.

A driver refuses a parameter that it does not know only when the first volume is made. Names are those that the drivers'
sources of August 2026 compare with, in lower case as they do it: kubernetes-sigs/azuredisk-csi-driver,
.../azurefile-csi-driver, .../gcp-compute-persistent-disk-csi-driver and .../gcp-filestore-csi-driver. Values are those
of Azure's own enumerations where there is one.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.aks import CREATED, CUSTOM, DEV
from tests.support.aks import made as on_aks
from tests.support.azure_models import KINDS
from tests.support.gke import CHEAP, made_cluster

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

_DISK, _FILE = "disk.csi.azure.com", "file.csi.azure.com"
_PD, _FILESTORE = "pd.csi.storage.gke.io", "filestore.csi.storage.gke.io"

NAMES: Mapping[str, frozenset[str]] = {
    _DISK: frozenset(
        {
            *("cachingmode", "diskaccessid", "diskencryptionsetid", "diskencryptiontype", "diskiopsreadwrite"),
            *("diskmbpsreadwrite", "diskname", "enablebursting", "enableperformanceplus", "fstype", "kind", "location"),
            *("logicalsectorsize", "maxshares", "networkaccesspolicy", "perfprofile", "publicnetworkaccess"),
            *("resourcegroup", "skuname", "storageaccounttype", "subscriptionid", "tags", "tagvaluedelimiter", "zoned"),
        }
    ),
    _FILE: frozenset(
        {
            *("allowblobpublicaccess", "allowsharedkeyaccess", "createaccount", "encryptintransit", "foldername"),
            *("fsgroupchangepolicy", "fstype", "location", "matchtags", "mountpermissions", "networkendpointtype"),
            *("protocol", "publicnetworkaccess", "resourcegroup", "rootsquashtype", "server", "shareaccesstier"),
            *("sharename", "sharenameprefix", "skuname", "storageaccount", "storageaccounttype", "subnetname"),
            *("subscriptionid", "tags", "vnetname", "vnetresourcegroup", "vnetlinkname"),
        }
    ),
    _PD: frozenset(
        {
            *("disk-encryption-kms-key", "enable-confidential-storage", "labels", "provisioned-iops-on-create"),
            *("provisioned-throughput-on-create", "replication-type", "resource-tags", "storage-pools", "type"),
        }
    ),
    _FILESTORE: frozenset(
        {
            *("connect-mode", "instance-encryption-kms-key", "instance-storageclass-label", "labels"),
            *("max-volume-size", "multishare", "network", "nfs-export-options-on-create", "protocol"),
            *("reserved-ip-range", "reserved-ipv4-cidr", "resource-tags", "tier"),
        }
    ),
}


def _azure(package: str, name: str) -> set[str]:
    """The values of an enumeration of Azure's."""
    next(kind for kind in KINDS.values() if kind.package == package).fields()  # so that its models are there
    return {each.value for each in getattr(importlib.import_module(f"azure.mgmt.{package}.models"), name)}


def values(driver: str) -> Mapping[str, set[str]]:
    """What a parameter may be, where it is one of a few."""
    if driver == _DISK:
        return {
            "skuname": _azure("compute", "DiskStorageAccountTypes"),
            "networkaccesspolicy": _azure("compute", "NetworkAccessPolicy"),
        }
    if driver == _FILE:
        return {
            "skuname": _azure("storage", "SkuName"),
            "protocol": {"smb", "nfs"},
            "networkendpointtype": {"privateEndpoint", "serviceEndpoint"},
            "encryptintransit": {"true", "false"},
        }
    if driver == _PD:
        return {"type": {"pd-standard", "pd-balanced", "pd-ssd", "pd-extreme", "hyperdisk-balanced"}}
    return {
        "tier": {"standard", "premium", "enterprise", "zonal", "regional", "basic_hdd", "basic_ssd"},
        "multishare": {"true", "false"},
        "max-volume-size": {"128Gi", "256Gi", "512Gi", "1024Gi"},
    }


def faults(storage_class: Mapping[str, Any]) -> Iterator[str]:
    """Find what a driver would not read, or not as it is meant."""
    driver = storage_class["provisioner"]
    allowed = values(driver)
    said = {name.lower(): value for name, value in storage_class["parameters"].items()}
    for name, value in said.items():
        if name not in NAMES[driver]:
            yield f"{name} is no parameter of {driver}"
        elif name in allowed and value not in allowed[name]:
            yield f"{name} is {value}"
        elif name in ("tags", "labels") and any(pair.count("=") != 1 for pair in value.split(",")):
            yield f"{name} are no pairs: {value}"
    if said.get("encryptintransit") == "true" and said.get("protocol") != "nfs":
        yield "encryptintransit is for NFS"
    if said.get("protocol") == "nfs" and not said["skuname"].startswith("Premium"):
        yield f"NFS is not on {said['skuname']}"
    if said.get("multishare") == "true" and said.get("tier") != "enterprise":
        yield f"there are no shares of the tier {said.get('tier')}"


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> list[Mapping[str, Any]]:
    """Every storage class of any of our clusters."""
    programs = [on_aks(CREATED).program, on_aks(CUSTOM).program, on_aks(DEV, protect=False).program]
    folder: Path = tmp_path_factory.mktemp("gke")
    programs += [made_cluster(folder), made_cluster(folder, "dev", **CHEAP, tags={"cost-center": "42"})]
    return [found.inputs for program in programs for found in program.of(":StorageClass")]


def test_drivers_read_every_parameter_as_it_is_meant(classes: list[Mapping[str, Any]]) -> None:
    assert {found["provisioner"] for found in classes} == NAMES.keys()
    assert [fault for found in classes for fault in faults(found)] == []


@pytest.mark.parametrize(
    ("driver", "planted", "said"),
    [
        (_DISK, {"skuName": "PremiumZRS"}, "skuname is PremiumZRS"),
        (_DISK, {"diskEncryptionSet": "id"}, "no parameter"),
        (_DISK, {"networkAccessPolicy": "Deny"}, "networkaccesspolicy is Deny"),
        (_DISK, {"tags": "team=a,b"}, "no pairs"),
        (_FILE, {"protocol": "smb"}, "is for NFS"),
        (_FILE, {"skuName": "Standard_LRS"}, "NFS is not on"),
        (_FILE, {"networkEndpoint": "privateEndpoint"}, "no parameter"),
        (_PD, {"type": "balanced"}, "type is balanced"),
        (_FILESTORE, {"max-volume-size": "500Gi"}, "max-volume-size is 500Gi"),
        (_FILESTORE, {"kms-key": "id"}, "no parameter"),
    ],
)
def test_a_slip_would_be_found(
    classes: list[Mapping[str, Any]], driver: str, planted: dict[str, str], said: str
) -> None:
    good = next(found for found in classes if found["provisioner"] == driver)
    found = list(faults({**good, "parameters": {**good["parameters"], **planted}}))
    assert len(found) == 1
    assert said in found[0]
