"""A cluster on GKE: private, encrypted, labelled, with the least rights, and protected in production."""

from __future__ import annotations

import ipaddress
import itertools
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pulumi_gcp as gcp
import pytest

from components.cluster.gke.network import share_out
from components.settings.clouds.common import PrivateNetwork
from components.settings.clouds.gke import GkeVersion
from manifests.fingerprints import Fingerprints
from policy import check
from snapshot import requested
from snapshot.in_process import plain
from tests.support.gke import CHEAP, PROJECT, REGION, made_cluster
from tests.support.program import Program

# Google's SDK deprecates names of its own at its import.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

LABELS = {"part-of": "smarthr360", "managed-by": "pulumi"}


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return made_cluster(tmp_path_factory.mktemp("gke"))


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return made_cluster(tmp_path_factory.mktemp("gke"), "dev", **CHEAP, tags={"cost-center": "42"})


@pytest.fixture
def cluster(production: Program) -> Any:
    return production.inputs("cluster-control-plane")


@pytest.fixture
def nodes(production: Program) -> Any:
    return production.inputs("cluster-nodes")


def of_google(program: Program) -> Iterator[tuple[str, Any]]:
    for resource in program.resources:
        if resource.type.startswith("gcp:"):
            yield resource.type, plain(resource.inputs)


def test_it_breaks_no_policy(production: Program, dev: Program) -> None:
    for program, stack in ((production, "production"), (dev, "dev")):
        objects = requested.objects(program.resources, stack, Fingerprints(b"not-a-real-key"), stack)
        assert {"Cluster", "NodePool", "IAMMember"} <= {found.kind for found in objects}
        assert check(objects, exemptions=(), today=date(2026, 11, 25)) == []


def test_the_cluster_is_regional_and_the_settings_name_it(cluster: Any, nodes: Any) -> None:
    assert (cluster["name"], cluster["location"]) == ("smarthr360-production", REGION)
    assert cluster["minMasterVersion"] == "1.35"
    for found in (cluster, nodes, nodes["nodeConfig"]):
        assert not {"nodeLocations", "nodeVersion", "enableAutopilot"} & found.keys()


def test_nodes_follow_the_control_plane_to_another_minor_version(tmp_path: Path) -> None:
    newer = made_cluster(tmp_path, version="1.36")

    # What the control plane answers that it has come to: a wish such as 1.36 would differ from it at every run.
    assert newer.inputs("cluster-nodes")["version"] == "1.36.0-gke.0"
    assert newer.inputs("cluster-control-plane")["minMasterVersion"] == "1.36"


def test_minor_versions_come_from_the_stack_file_and_patches_by_themselves_at_the_weekend(cluster: Any) -> None:
    policy = cluster["maintenancePolicy"]

    assert cluster["releaseChannel"] == {"channel": "REGULAR"}
    [kept_back] = policy["maintenanceExclusions"]
    assert kept_back["exclusionOptions"] == {"scope": "NO_MINOR_UPGRADES", "endTimeBehavior": "UNTIL_END_OF_SUPPORT"}
    assert "endTime" not in kept_back  # Google takes one of the two
    window = policy["recurringWindow"]
    hours = int(window["endTime"][11:13]) - int(window["startTime"][11:13])
    assert window["recurrence"] == "FREQ=WEEKLY;BYDAY=SA,SU"
    assert date.fromisoformat(window["startTime"][:10]).strftime("%a") == "Sat"
    assert hours * 2 * (32 // 7) >= 48  # in any 32 days, says Google


def test_no_node_has_a_public_address(cluster: Any, nodes: Any, production: Program) -> None:
    subnet, nat = production.inputs("cluster-subnet"), production.inputs("cluster-nat")

    assert cluster["privateClusterConfig"]["enablePrivateNodes"] is True
    assert nodes["networkConfig"] == {"enablePrivateNodes": True}
    assert nat["subnetworks"] == [{"name": "cluster-subnet-id", "sourceIpRangesToNats": ["ALL_IP_RANGES"]}]
    assert nat["sourceSubnetworkIpRangesToNat"] == "LIST_OF_SUBNETWORKS"
    assert subnet["privateIpGoogleAccess"] is True
    assert subnet["logConfig"]["flowSampling"] == 0.5
    assert production.inputs("cluster-network")["autoCreateSubnetworks"] is False


def test_no_firewall_rule_is_made_and_nothing_is_open_to_everybody(production: Program, dev: Program) -> None:
    for program in (production, dev):
        kinds = {type_ for type_, _ in of_google(program)}
        assert not [kind for kind in kinds if re.search("firewall|address|instance|forwarding", kind, re.IGNORECASE)]
        assert "0.0.0.0/0" not in json.dumps([found for _, found in of_google(program)])


def test_the_ranges_are_parts_of_the_one_network_and_do_not_overlap() -> None:
    whole = ipaddress.IPv4Network("10.64.0.0/16")
    ranges = share_out(PrivateNetwork("10.64.0.0/16"))
    parts = [ipaddress.IPv4Network(part) for part in vars(ranges).values()]

    assert all(part.subnet_of(whole) for part in parts)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(parts, 2))
    # A node takes 256 addresses for its pods, and an upgrade one node more than there may be.
    assert ipaddress.IPv4Network(ranges.pods).num_addresses // 256 > 100


def test_pods_and_services_have_addresses_of_the_vpc(cluster: Any, production: Program) -> None:
    secondary = production.inputs("cluster-subnet")["secondaryIpRanges"]
    assert {found["rangeName"] for found in secondary} == set(cluster["ipAllocationPolicy"].values())
    assert cluster["networkingMode"] == "VPC_NATIVE"


def test_everything_is_encrypted_with_keys_of_ours_that_rotate(cluster: Any, nodes: Any, production: Program) -> None:
    classes = {name: production.object("StorageClass", f"smarthr360-{name}")["parameters"] for name in ("rwo", "rwx")}

    assert cluster["databaseEncryption"] == {"state": "ENCRYPTED", "keyName": "cluster-key-secrets-id"}
    assert nodes["nodeConfig"]["bootDiskKmsKey"] == "cluster-key-volumes-id"
    assert cluster["nodeConfig"]["bootDiskKmsKey"] == "cluster-key-volumes-id"
    assert classes["rwo"]["disk-encryption-kms-key"] == "cluster-key-volumes-id"
    assert classes["rwx"]["instance-encryption-kms-key"] == "cluster-key-volumes-id"
    for key in ("secrets", "volumes"):
        found = production.inputs(f"cluster-key-{key}")
        assert (found["rotationPeriod"], found["purpose"]) == ("7776000s", "ENCRYPT_DECRYPT")
        assert "name" not in found  # Google keeps it for ever, and the next stack would find it taken


def test_pods_have_identities_and_never_see_their_nodes(cluster: Any, nodes: Any) -> None:
    node = nodes["nodeConfig"]
    assert cluster["workloadIdentityConfig"] == {"workloadPool": f"{PROJECT}.svc.id.goog"}
    assert node["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}
    assert node["metadata"] == {"disable-legacy-endpoints": "true"}
    assert node["kubeletConfig"] == {"insecureKubeletReadonlyPortEnabled": "FALSE"}


def test_nodes_are_shielded_run_googles_system_and_heal_and_upgrade_themselves(cluster: Any, nodes: Any) -> None:
    node = nodes["nodeConfig"]
    shield = {"enableSecureBoot": True, "enableIntegrityMonitoring": True}
    assert cluster["enableShieldedNodes"] is True
    assert node["shieldedInstanceConfig"] == cluster["nodeConfig"]["shieldedInstanceConfig"] == shield
    assert (node["imageType"], node["gvnic"]) == ("COS_CONTAINERD", {"enabled": True})
    assert nodes["management"] == {"autoRepair": True, "autoUpgrade": True}
    assert nodes["upgradeSettings"] == {"strategy": "SURGE", "maxSurge": 1, "maxUnavailable": 0}


def test_nothing_old_or_anonymous_opens_the_control_plane(cluster: Any) -> None:
    assert cluster["masterAuth"] == {"clientCertificateConfig": {"issueClientCertificate": False}}
    assert cluster["enableLegacyAbac"] is False
    assert cluster["anonymousAuthenticationConfig"] == {"mode": "LIMITED"}
    assert set(cluster["rbacBindingConfig"].values()) == {False}


def test_the_control_plane_is_logged_and_network_policies_are_enforced(cluster: Any) -> None:
    assert {"APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"} <= set(cluster["loggingConfig"]["enableComponents"])
    assert cluster["datapathProvider"] == "ADVANCED_DATAPATH"
    assert cluster["enableIntranodeVisibility"] is True
    assert "networkPolicy" not in cluster  # Dataplane V2 is the engine, and refuses another


def test_the_drivers_of_our_volumes_are_on_and_what_we_do_not_use_is_off(cluster: Any) -> None:
    addons = cluster["addonsConfig"]
    assert addons["gcePersistentDiskCsiDriverConfig"] == addons["gcpFilestoreCsiDriverConfig"] == {"enabled": True}
    assert addons["gcsFuseCsiDriverConfig"] == addons["dnsCacheConfig"] == {"enabled": False}
    assert cluster["gatewayApiConfig"] == {"channel": "CHANNEL_DISABLED"}
    assert cluster["monitoringConfig"]["managedPrometheus"] == {"enabled": False}


def test_production_is_protected_by_pulumi_and_by_its_provider(cluster: Any, production: Program) -> None:
    protected = {resource.name for resource in production.resources if resource.protected}
    kept = {"network", "subnet", "control-plane", "keys", "key-secrets", "key-volumes"}
    assert {f"cluster-{name}" for name in kept} <= protected
    assert cluster["deletionProtection"] is True
    assert production.inputs("cluster-key-volumes")["deletionPolicy"] == "PREVENT"
    for name in ("rwo", "rwx"):
        assert production.object("StorageClass", f"smarthr360-{name}")["reclaimPolicy"] == "Retain"


def test_dev_is_not_protected(dev: Program) -> None:
    assert not [found.name for found in dev.resources if found.protected]
    assert dev.inputs("cluster-control-plane")["deletionProtection"] is False
    assert dev.inputs("cluster-key-volumes")["deletionPolicy"] == "DELETE"
    for name in ("rwo", "rwx"):
        assert dev.object("StorageClass", f"smarthr360-{name}")["reclaimPolicy"] == "Delete"


def test_dev_is_cheap_where_the_stack_file_says_so(dev: Program, nodes: Any) -> None:
    cheap = dev.inputs("cluster-nodes")
    files = dev.object("StorageClass", "smarthr360-rwx")["parameters"]

    assert (cheap["nodeConfig"]["spot"], cheap["autoscaling"]["locationPolicy"]) == (True, "ANY")
    assert (cheap["autoscaling"]["totalMinNodeCount"], cheap["autoscaling"]["totalMaxNodeCount"]) == (1, 3)
    assert (files["tier"], "multishare" in files) == ("standard", False)
    assert (nodes["nodeConfig"]["spot"], nodes["autoscaling"]["locationPolicy"]) == (False, "BALANCED")
    assert (nodes["autoscaling"]["totalMinNodeCount"], nodes["autoscaling"]["totalMaxNodeCount"]) == (3, 9)


def test_shared_volumes_are_shares_of_one_instance_in_the_clusters_network(production: Program) -> None:
    files = production.object("StorageClass", "smarthr360-rwx")
    parameters = files["parameters"]
    assert files["provisioner"] == "filestore.csi.storage.gke.io"
    assert (parameters["tier"], parameters["multishare"]) == ("enterprise", "true")
    assert parameters["max-volume-size"] == "512Gi"
    assert parameters["network"] == production.inputs("cluster-network")["name"]
    assert parameters["reserved-ipv4-cidr"] == "10.20.32.0/20"


@pytest.mark.parametrize("name", ["rwo", "rwx"])
def test_volumes_grow_and_are_made_where_their_pod_runs(production: Program, name: str) -> None:
    found = production.object("StorageClass", f"smarthr360-{name}")
    assert (found["allowVolumeExpansion"], found["volumeBindingMode"]) == (True, "WaitForFirstConsumer")


def test_everything_is_labelled(production: Program, dev: Program) -> None:
    for program, labels in (
        (production, LABELS | {"environment": "production"}),
        (dev, LABELS | {"environment": "dev", "cost-center": "42"}),
    ):
        assert json.loads(program.inputs("cluster-google")["defaultLabels"]) == labels
        assert program.inputs("cluster-control-plane")["resourceLabels"] == labels
        assert program.inputs("cluster-nodes")["nodeConfig"]["resourceLabels"] == labels
        for name in ("rwo", "rwx"):
            found = program.object("StorageClass", f"smarthr360-{name}")["parameters"]["labels"]
            assert dict(pair.split("=") for pair in found.split(",")) == labels


def test_apis_stay_on_when_the_stack_goes(production: Program) -> None:
    services = [found for type_, found in of_google(production) if type_.endswith(":Service")]
    assert {"container.googleapis.com", "cloudkms.googleapis.com"} <= {found["service"] for found in services}
    assert {found["disableOnDestroy"] for found in services} == {False}


def test_who_reads_a_secret_is_logged(production: Program) -> None:
    assert production.inputs("cluster-audit-secretmanager") == {
        "project": PROJECT,
        "service": "secretmanager.googleapis.com",
        "auditLogConfigs": [{"logType": "DATA_READ"}],
    }


def test_names_are_not_longer_than_google_allows(production: Program) -> None:
    limits = {":Account": ("accountId", 30), ":Cluster": ("name", 40), "compute/": ("name", 63)}
    for type_, found in of_google(production):
        for part, (key, most) in limits.items():
            if part in type_:
                assert len(found[key]) <= most


def test_a_misspelt_property_is_refused() -> None:
    with pytest.raises(TypeError, match="enable_privat_nodes"):
        gcp.container.ClusterPrivateClusterConfigArgs(enable_privat_nodes=True)  # type: ignore[call-arg]


def test_the_end_of_a_versions_support_is_said_a_quarter_before() -> None:
    assert GkeVersion("1.35").notice(date(2027, 1, 10)) == ""
    assert "ends on 2027-04-11; upgrade to 1.36" in GkeVersion("1.35").notice(date(2027, 1, 11))
