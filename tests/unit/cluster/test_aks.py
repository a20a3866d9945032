"""A cluster on AKS that the stack makes: who reaches it, what it is encrypted with, and what protects it."""

from __future__ import annotations

import ipaddress
import json
import math
import re
from datetime import date
from typing import Any

import pytest

from components.cluster.aks.nodes import pool_name
from components.cluster.aks.roles import Role
from components.settings.clouds.aks import AksNodes
from manifests.fingerprints import Fingerprints
from policy import check
from policy.rules import POLICIES
from policy.rules.azure import BROAD_ROLES
from snapshot.requested import objects
from tests.support.aks import ADMINS, CREATED, CUSTOM, DEV, Made, made
from tests.support.stacks import ROOT, good_config, refusals
from units import Size

CLUSTERS = [
    pytest.param(CREATED, True, id="production"),
    pytest.param(DEV, False, id="dev"),
    pytest.param(CUSTOM, True, id="custom"),
]
TODAY = date(2026, 11, 25)


def control_plane(settings: dict[str, Any] = CREATED, *, protect: bool = True) -> dict[str, Any]:
    return made(settings, protect=protect).inputs("cluster-control-plane")


def pools(settings: dict[str, Any] = CREATED, *, protect: bool = True) -> list[dict[str, Any]]:
    own = made(settings, protect=protect)
    return [*own.inputs("cluster-control-plane")["agentPoolProfiles"], own.inputs("cluster-nodes")]


@pytest.mark.parametrize(("settings", "protect"), CLUSTERS)
def test_it_breaks_no_policy(settings: dict[str, Any], protect: bool) -> None:
    stack = "production" if protect else "dev"
    found = objects(made(settings, protect=protect).program.resources, stack, Fingerprints(b"k" * 32), stack)
    kinds = {one.type for one in found}
    assert len(kinds & {kind for policy in POLICIES.values() for kind in policy.kinds}) >= 4
    assert check(found, exemptions=(), today=TODAY) == []


def test_nobody_reaches_the_control_plane_from_outside_by_default() -> None:
    access = control_plane()["apiServerAccessProfile"]
    assert access["enablePrivateCluster"] is True
    assert access["enablePrivateClusterPublicFQDN"] is False
    assert access["disableRunCommand"] is True
    assert access["subnetId"].endswith("/subnets/control-plane")
    assert access["privateDNSZone"] == "cluster-api-zone-id"
    # With `privatelink.`, where a control plane behind a private endpoint has its name, nobody would find this one.
    assert made().inputs("cluster-api-zone")["privateZoneName"] == "private.francecentral.azmk8s.io"
    assert access["enableVnetIntegration"] is True
    assert made().inputs("cluster-api-zone-link")["virtualNetwork"] == {"id": "cluster-network-id"}
    assert "authorizedIPRanges" not in access


def test_only_who_is_named_reaches_the_control_plane_from_outside() -> None:
    access = control_plane(CUSTOM)["apiServerAccessProfile"]
    assert access["enablePrivateCluster"] is False
    assert access["authorizedIPRanges"] == ["203.0.113.0/24"]
    assert access["enableVnetIntegration"] is True
    assert "privateDNSZone" not in access
    assert "cluster-api-zone" not in made(CUSTOM).names()


@pytest.mark.parametrize(("settings", "protect"), CLUSTERS)
def test_no_node_has_a_public_address_or_lets_anybody_log_in(settings: dict[str, Any], protect: bool) -> None:
    for pool in pools(settings, protect=protect):
        assert pool["enableNodePublicIP"] is False
        assert pool["securityProfile"] == {"enableSecureBoot": True, "enableVTPM": True}
    # No key of ours: AKS makes one then, and throws it away.
    assert "linuxProfile" not in control_plane(settings, protect=protect)
    assert made(settings, protect=protect).names(":PublicIPAddress") == {"cluster-nat-address"}


@pytest.mark.parametrize(("settings", "protect"), CLUSTERS)
def test_the_internet_gets_in_to_the_ports_of_the_web_only(settings: dict[str, Any], protect: bool) -> None:
    (rule,) = made(settings, protect=protect).inputs("cluster-firewall")["securityRules"]
    assert (rule["direction"], rule["sourceAddressPrefix"]) == ("Inbound", "Internet")
    assert rule["destinationPortRanges"] == ["80", "443"]
    assert "destinationPortRange" not in rule


def test_nodes_get_out_by_one_nat_gateway_and_no_other_subnet_does() -> None:
    nodes, *others = made().inputs("cluster-network")["subnets"]
    assert (nodes["name"], nodes["natGateway"]) == ("nodes", {"id": "cluster-nat-id"})
    assert nodes["networkSecurityGroup"] == {"id": "cluster-firewall-id"}
    assert [subnet["name"] for subnet in others] == ["control-plane", "endpoints"]
    assert not any("natGateway" in subnet for subnet in others)
    assert {subnet["defaultOutboundAccess"] for subnet in (nodes, *others)} == {False}
    assert control_plane()["networkProfile"]["outboundType"] == "userAssignedNATGateway"


def test_all_subnets_are_inside_of_the_network_that_is_asked_for() -> None:
    network = made(CUSTOM).inputs("cluster-network")
    assert network["addressSpace"]["addressPrefixes"] == ["172.20.0.0/16"]
    ranges = [subnet["addressPrefix"] for subnet in network["subnets"]]
    assert ranges == ["172.20.0.0/20", "172.20.16.0/26", "172.20.17.0/24"]


def test_the_control_plane_can_grow_in_its_subnet_which_never_does() -> None:
    (subnet,) = (part for part in made().inputs("cluster-network")["subnets"] if part["name"] == "control-plane")
    azures, first = 5, 9  # of each subnet, and of AKS before it scales
    assert ipaddress.IPv4Network(subnet["addressPrefix"]).num_addresses - azures - first >= 2 * first


def test_the_most_nodes_that_are_allowed_have_addresses_for_themselves_and_their_pods() -> None:
    most = {**CREATED["create"], "nodes": {"max": 150}, "systemNodes": {"max": 30}}
    own = made({**CREATED, "create": most})
    nodes = sum(math.ceil(pool["maxCount"] * 1.33) for pool in pools({**CREATED, "create": most}))
    pods = own.inputs("cluster-control-plane")["networkProfile"]["podCidr"]
    (subnet,) = (part for part in own.inputs("cluster-network")["subnets"] if part["name"] == "nodes")
    assert nodes <= ipaddress.IPv4Network(pods).num_addresses / 256
    assert nodes <= ipaddress.IPv4Network(subnet["addressPrefix"]).num_addresses - 5
    for key, beyond in (("nodes", 151), ("systemNodes", 31)):
        with pytest.raises(ValueError, match="less than or equal"):
            Made({**CREATED, "create": {**CREATED["create"], key: {"max": beyond}}}, True, {})


def test_network_policies_are_kept() -> None:
    network = control_plane()["networkProfile"]
    assert (network["networkDataplane"], network["networkPolicy"]) == ("cilium", "cilium")
    assert (network["networkPlugin"], network["networkPluginMode"]) == ("azure", "overlay")


@pytest.mark.parametrize(("settings", "protect"), CLUSTERS)
def test_disks_files_and_secrets_are_encrypted_with_keys_of_ours(settings: dict[str, Any], protect: bool) -> None:
    own = made(settings, protect=protect)
    plane = own.inputs("cluster-control-plane")
    assert plane["diskEncryptionSetID"] == "cluster-disks-id"
    assert plane["securityProfile"]["azureKeyVaultKms"]["enabled"] is True
    assert plane["securityProfile"]["azureKeyVaultKms"]["keyVaultNetworkAccess"] == "Private"
    assert {pool["enableEncryptionAtHost"] for pool in pools(settings, protect=protect)} == {True}
    assert {pool["osDiskType"] for pool in pools(settings, protect=protect)} == {"Managed"}
    assert own.inputs("cluster-files")["encryption"]["keySource"] == "Microsoft.Keyvault"
    disks, uses = own.inputs("cluster-disks"), own.inputs("cluster-disks-uses-key")
    assert disks["rotationToLatestKeyVersionEnabled"] is True
    # The kind of identity that Azure documents for it, which may use this one key.
    assert disks["identity"] == {"type": "SystemAssigned"}
    assert (uses["principalId"], uses["scope"]) == ("cluster-disks-principal", "cluster-volumes-key-id")
    assert own.inputs("cluster-read-write-once")["parameters"]["diskEncryptionSetID"] == "cluster-disks-id"


@pytest.mark.parametrize(("settings", "protect"), CLUSTERS)
def test_the_vault_of_the_keys_is_private_and_forgets_nothing_at_once(settings: dict[str, Any], protect: bool) -> None:
    vault = made(settings, protect=protect).inputs("cluster-vault")["properties"]
    assert vault["publicNetworkAccess"] == "Disabled"
    assert vault["networkAcls"] == {"bypass": "AzureServices", "defaultAction": "Deny"}
    assert (vault["enableRbacAuthorization"], vault["enablePurgeProtection"]) == (True, True)
    assert vault["softDeleteRetentionInDays"] == (90 if protect else 7)
    assert "accessPolicies" not in vault


@pytest.mark.parametrize(("settings", "protect"), CLUSTERS)
def test_one_comes_in_by_entra_id_only(settings: dict[str, Any], protect: bool) -> None:
    plane = control_plane(settings, protect=protect)
    assert (plane["disableLocalAccounts"], plane["enableRBAC"]) == (True, True)
    assert plane["aadProfile"] == {"managed": True, "enableAzureRBAC": True, "adminGroupObjectIDs": [ADMINS]}
    assert plane["identity"]["type"] == "UserAssigned"
    assert plane["oidcIssuerProfile"] == {"enabled": True}
    assert plane["securityProfile"]["workloadIdentity"] == {"enabled": True}
    assert "servicePrincipalProfile" not in plane


@pytest.mark.parametrize(("settings", "protect"), CLUSTERS)
def test_nobody_gets_more_than_one_resource_nor_a_role_that_allows_all(settings: dict[str, Any], protect: bool) -> None:
    given = [found.inputs for found in made(settings, protect=protect).program.of(":RoleAssignment")]
    assert len(given) == (9 if settings == CUSTOM else 10)
    roles = {one["roleDefinitionId"].rpartition("/")[2] for one in given}
    assert roles <= {*Role}
    assert not roles & BROAD_ROLES.keys()
    for one in given:
        # A subscription's scope ends with its id, a resource group's with the group's name.
        assert not one["scope"].startswith("/subscriptions/") or "/providers/" in one["scope"]
        assert one["scope"] != "cluster-group-id"


def test_the_page_lets_who_deploys_give_exactly_these_roles() -> None:
    page = (ROOT / "docs" / "aks.md").read_text(encoding="utf-8")
    listed = re.findall(
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "".join(re.findall(r"^\$ roles=.*$", page, re.M))
    )
    assert sorted(listed) == sorted(Role)


def test_the_control_plane_writes_down_who_did_what_for_as_long_as_is_asked() -> None:
    own = made(CUSTOM)
    logs = {entry["category"]: entry["enabled"] for entry in own.inputs("cluster-control-plane-logs")["logs"]}
    assert {"kube-apiserver", "kube-audit-admin", "guard", "cluster-autoscaler"} <= logs.keys()
    assert set(logs.values()) == {True}
    assert "kube-audit" not in logs
    assert own.inputs("cluster-vault-logs")["logs"] == [{"category": "AuditEvent", "enabled": True}]
    assert own.inputs("cluster-logs")["retentionInDays"] == 365
    assert made().inputs("cluster-logs")["retentionInDays"] == 90


def test_nodes_are_in_three_zones_scale_and_stay_up_to_date() -> None:
    system, work = pools()
    for pool in (system, work):
        assert pool["availabilityZones"] == ["1", "2", "3"]
        assert pool["enableAutoScaling"] is True
        assert (pool["osSKU"], pool["orchestratorVersion"]) == ("AzureLinux", "1.36")
    assert (system["mode"], system["nodeTaints"]) == ("System", ["CriticalAddonsOnly=true:NoSchedule"])
    assert (work["mode"], work["minCount"], work["maxCount"], work["osDiskSizeGB"]) == ("User", 3, 9, 50)
    assert work["scaleSetPriority"] == "Regular"
    assert "nodeTaints" not in work
    plane = control_plane()
    assert plane["autoUpgradeProfile"] == {"upgradeChannel": "patch", "nodeOSUpgradeChannel": "NodeImage"}
    assert plane["kubernetesVersion"] == "1.36"
    windows = {found.inputs["configName"] for found in made().program.of(":MaintenanceConfiguration")}
    assert windows == {"aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"}


def test_dev_may_have_spot_nodes_and_a_control_plane_that_is_free_of_charge() -> None:
    system, work = pools(DEV, protect=False)
    assert (work["scaleSetPriority"], work["scaleSetEvictionPolicy"], work["spotMaxPrice"]) == ("Spot", "Delete", -1)
    assert work["nodeTaints"] == ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]
    assert "upgradeSettings" not in work
    assert system["nodeTaints"] == []
    assert control_plane(DEV, protect=False)["sku"] == {"name": "Base", "tier": "Free"}
    assert control_plane()["sku"] == {"name": "Base", "tier": "Standard"}


def test_other_machines_come_as_another_pool_and_more_of_the_same_do_not() -> None:
    first = AksNodes()
    assert pool_name(first) == pool_name(AksNodes(max=20))
    others = [AksNodes(machine="Standard_E4s_v5"), AksNodes(disk=Size("100Gi")), AksNodes(spot=True)]
    assert len({pool_name(nodes) for nodes in (first, *others)}) == 4


@pytest.mark.parametrize(("settings", "protect"), CLUSTERS)
def test_everything_that_can_have_tags_has_them(settings: dict[str, Any], protect: bool) -> None:
    wanted = {
        "application": "smarthr360",
        "environment": "production" if protect else "dev",
        "cluster": "smarthr360-staging",
        "managed-by": "pulumi",
    }
    without = {"RoleAssignment", "DiagnosticSetting", "MaintenanceConfiguration", "FileServiceProperties"}
    without |= {"FederatedIdentityCredential", "PrivateDnsZoneGroup", "ManagementLockByScope"}
    tagged = 0
    for found in made(settings, protect=protect).program.of(""):
        if found.type.startswith("azure-native:") and found.type.rpartition(":")[2] not in without:
            assert wanted.items() <= found.inputs["tags"].items(), found.name
            tagged += 1
    assert tagged > 15
    assert wanted.items() <= pools(settings, protect=protect)[0]["tags"].items()


def test_more_tags_come_on_top() -> None:
    own = made(CUSTOM)
    assert own.inputs("cluster-network")["tags"]["cost-center"] == "hr"
    assert "cost-center" not in made().inputs("cluster-network")["tags"]
    assert "cost-center=hr" in own.inputs("cluster-read-write-once")["parameters"]["tags"]


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ({"cost/center": "hr"}, "tags.cost/center: is not a tag that disks on AKS can have; "),
        ({f"t{number}": "x" for number in range(41)}, "tags: has 41 tags; allowed are at most 40"),
    ],
)
def test_tags_that_azure_would_not_take_are_refused(tags: dict[str, str], sentence: str) -> None:
    cluster = {**CREATED, "create": {**CREATED["create"], "tags": tags}}
    (told,) = refusals(good_config("staging") | {"cluster": {"aks": cluster}})

    assert told.startswith(f"smarthr360:cluster.aks.create.{sentence}")


def test_production_is_locked_and_what_holds_data_is_protected() -> None:
    own = made()
    assert own.inputs("cluster-lock")["level"] == "CanNotDelete"
    assert own.inputs("cluster-lock")["scope"] == "cluster-group-id"
    protected = {found.name.removeprefix("cluster-") for found in own.program.resources if found.protected}
    keys = {"vault", "secrets-key", "volumes-key", "disks"}
    assert protected == {"group", "network", "files", "control-plane", "lock", *keys}


def test_outside_of_production_nothing_is_locked_or_protected() -> None:
    own = made(DEV, protect=False)
    assert own.names(":ManagementLockByScope") == set()
    assert not any(found.protected for found in own.program.resources)


@pytest.mark.parametrize(("settings", "protect"), CLUSTERS)
def test_azures_part_has_a_group_that_people_can_only_read(settings: dict[str, Any], protect: bool) -> None:
    plane = control_plane(settings, protect=protect)
    assert plane["nodeResourceGroup"] == "smarthr360-staging-nodes"
    assert plane["nodeResourceGroupProfile"] == {"restrictionLevel": "ReadOnly"}


def test_nothing_secret_is_in_what_is_asked_for() -> None:
    text = json.dumps([found.inputs for found in made().program.resources])
    for word in ("client-key", "client-certificate", "password", "clientSecret", "accountKey", 'token":'):
        assert word not in text, word
