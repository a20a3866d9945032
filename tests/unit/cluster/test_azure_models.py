"""Everything that a stack on AKS makes, held against what Azure publishes: models, addresses, versions, roles."""

from __future__ import annotations

import copy
import importlib
import json
import re
import typing
from typing import Any

import pytest
from pulumi_azure_native import containerservice

from components.cluster.aks.roles import Role
from snapshot.in_process import Registered, plain
from tests.support.aks import CREATED, CUSTOM, DEV, made
from tests.support.azure_models import KINDS, Kind, faults
from tests.support.azure_roles import BUILT_IN
from tests.support.stacks import ROOT
from tools.embedded.clouds import schema

PAGE = (ROOT / "docs" / "aks.md").read_text(encoding="utf-8")
ONLY_A_PREVIEW = {"azure-native:monitor:DiagnosticSetting"}
"""Azure has had nothing but previews of its API since 2017, and serves the oldest one still."""


def everything() -> list[Registered]:
    """All of Azure's that any of our clusters has."""
    programs = (made(CREATED), made(CUSTOM), made(DEV, protect=False))
    return [one for each in programs for one in each.program.of("") if one.type.startswith("azure-native:")]


def test_azure_takes_every_property_and_value_of_everything() -> None:
    found = everything()
    assert {one.type for one in found} == KINDS.keys()  # neither one that nobody checks, nor one that is gone
    assert [(one.name, fault) for one in found for fault in faults(plain(one.inputs), KINDS[one.type])] == []


def api_version(token: str) -> str:
    """The version of Azure's API that the provider speaks for a kind of resource."""
    module = importlib.import_module(f"pulumi_azure_native.{token.split(':')[1]}")
    first, *_ = typing.get_overloads(getattr(module, token.split(":")[2]).__init__)
    said = re.search(r"Uses Azure REST API version ([\w-]+)", first.__doc__ or "")
    assert said, token
    return said[1]


@pytest.mark.parametrize("token", sorted(KINDS))
def test_nothing_is_asked_for_in_the_preview_of_an_api(token: str) -> None:
    found = api_version(token)
    assert found.endswith("-preview") == (token in ONLY_A_PREVIEW)
    assert found <= KINDS[token].api_version()  # else the models know less than the provider


@pytest.mark.parametrize(
    ("token", "where", "planted", "said"),
    [
        ("containerservice:ManagedCluster", ("networkProfile", "outboundType"), "userNATGateway", "does not know"),
        ("containerservice:ManagedCluster", ("agentPoolProfiles", 0, "osSKU"), "azurelinux", "does not know"),
        ("containerservice:ManagedCluster", ("securityProfile", "workloadIdentity", "on"), True, "not a property"),
        ("containerservice:ManagedCluster", ("oidcIssuerProfile", "issuerURL"), "https://a.invalid", "Azure's to say"),
        ("containerservice:ManagedCluster", ("disableLocalAccounts",), "true", "is a str"),
        ("containerservice:ManagedCluster", ("identity", "type"), "userAssigned", "does not know"),
        ("containerservice:AgentPool", ("maxCount",), 1.5, "is a float"),
        ("keyvault:Vault", ("properties", "sku", "name"), "Standard", "does not know"),
        ("storage:StorageAccount", ("minimumTlsVersion",), "TLS1.2", "does not know"),
        ("network:NetworkSecurityGroup", ("securityRules", 0, "direction"), "In", "does not know"),
        ("authorization:RoleAssignment", ("principalType",), "Principal", "does not know"),
        ("privatedns:VirtualNetworkLink", ("virtualNetwork",), "id", "is a str"),
    ],
)
def test_a_slip_would_be_found(token: str, where: tuple[Any, ...], planted: object, said: str) -> None:
    inputs = copy.deepcopy(_first(token))
    inner: Any = inputs
    for part in where[:-1]:
        inner = inner[part]
    inner[where[-1]] = planted
    [fault] = faults(inputs, KINDS[f"azure-native:{token}"])
    assert said in fault.reason
    assert str(where[-1]) in fault.path


@pytest.mark.parametrize(
    ("token", "without"),
    [
        ("containerservice:ManagedCluster", ("location",)),
        ("containerservice:ManagedCluster", ("resourceName",)),
        ("containerservice:AgentPool", ("agentPoolName",)),
        ("keyvault:Vault", ("properties", "sku")),
        ("authorization:RoleAssignment", ("principalId",)),
        ("network:NetworkSecurityGroup", ("securityRules", 0, "access")),
    ],
)
def test_what_is_left_out_would_be_found(token: str, without: tuple[Any, ...]) -> None:
    inputs = copy.deepcopy(_first(token))
    inner: Any = inputs
    for part in without[:-1]:
        inner = inner[part]
    del inner[without[-1]]
    [fault] = faults(inputs, KINDS[f"azure-native:{token}"])
    assert "is missing" in fault.reason
    assert fault.path.lower().endswith(str(without[-1]).lower())


def test_a_kind_that_azure_does_not_have_would_be_found() -> None:
    [fault] = faults({}, Kind("keyvault", "Microsoft.KeyVault/vaults/locks", "Vault"))
    assert "not a resource of Azure's" in fault.reason


def _first(token: str) -> dict[str, Any]:
    found: dict[str, Any] = plain(next(one.inputs for one in everything() if one.type.endswith(f":{token}")))
    return found


def test_roles_have_the_ids_that_azure_gives_them() -> None:
    names = {
        Role.AKS_CLUSTER_USER: "Azure Kubernetes Service Cluster User Role",
        Role.KEY_VAULT_CONTRIBUTOR: "Key Vault Contributor",
        Role.KEY_VAULT_CRYPTO_USER: "Key Vault Crypto User",
        Role.KEY_VAULT_ENCRYPTION_USER: "Key Vault Crypto Service Encryption User",
        Role.KEY_VAULT_SECRETS_USER: "Key Vault Secrets User",
        Role.NETWORK_CONTRIBUTOR: "Network Contributor",
        Role.PRIVATE_DNS_ZONE_CONTRIBUTOR: "Private DNS Zone Contributor",
        Role.READER: "Reader",
        Role.STORAGE_ACCOUNT_CONTRIBUTOR: "Storage Account Contributor",
    }
    assert {role: BUILT_IN[name].id for role, name in names.items()} == {role: str(role) for role in Role}


_KEYS = "Microsoft.KeyVault/vaults/keys"


@pytest.mark.parametrize(
    ("right", "needed", "not_given"),
    [
        # What AKS and its drivers ask for: learn.microsoft.com/azure/aks/use-kms-etcd-encryption,
        # .../api-server-vnet-integration, .../azure-disk-customer-managed-keys, and "required permissions for CSI
        # driver controller" in the drivers' docs/driver-parameters.md.
        ("control-plane-uses-keys", [f"{_KEYS}/encrypt/action", f"{_KEYS}/decrypt/action"], [f"{_KEYS}/write"]),
        (
            "control-plane-joins-vault",
            ["Microsoft.KeyVault/vaults/privateEndpointConnectionsApproval/action"],
            [f"{_KEYS}/decrypt/action"],
        ),
        (
            "control-plane-uses-network",
            ["Microsoft.Network/virtualNetworks/subnets/join/action", "Microsoft.Network/virtualNetworks/subnets/read"],
            ["Microsoft.Compute/disks/read"],
        ),
        ("control-plane-reads-disks", ["Microsoft.Compute/diskEncryptionSets/read"], ["Microsoft.Compute/disks/write"]),
        (
            "control-plane-writes-zone",
            [
                "Microsoft.Network/privateDnsZones/A/write",
                "Microsoft.Network/privateDnsZones/virtualNetworkLinks/write",
                "Microsoft.Network/virtualNetworks/join/action",
            ],
            ["Microsoft.Network/virtualNetworks/write"],
        ),
        (
            "control-plane-makes-shares",
            [
                "Microsoft.Storage/storageAccounts/read",
                "Microsoft.Storage/storageAccounts/fileServices/shares/write",
                "Microsoft.Storage/storageAccounts/fileServices/shares/delete",
            ],
            ["Microsoft.Network/privateEndpoints/write"],
        ),
        (
            "volumes-uses-key",
            [f"{_KEYS}/{what}" for what in ("read", "wrap/action", "unwrap/action")],
            [f"{_KEYS}/write"],
        ),
        (
            "disks-uses-key",
            [f"{_KEYS}/{what}" for what in ("read", "wrap/action", "unwrap/action")],
            [f"{_KEYS}/write"],
        ),
        (
            "admins-0",
            ["Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"],
            ["Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action"],
        ),
    ],
)
def test_an_identity_may_do_what_it_has_to_and_no_more(right: str, needed: list[str], not_given: list[str]) -> None:
    role = made().inputs(f"cluster-{right}")["roleDefinitionId"].rpartition("/")[2]
    [built_in] = (each for each in BUILT_IN.values() if each.id == role)
    assert [action for action in needed if not built_in.allows(action)] == []
    assert [action for action in not_given if built_in.allows(action)] == []


def test_who_deploys_may_make_change_and_take_away_everything_by_the_roles_on_the_page() -> None:
    [table] = re.findall(r"\| role \| for \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE)
    asked = [name for name in BUILT_IN if re.search(rf"^\| {name}\b", table, re.MULTILINE)]
    assert asked == ["Contributor", "Role Based Access Control Administrator", "User Access Administrator"]
    by: dict[str, set[str]] = {name: set() for name in asked}
    for kind in KINDS.values():
        for verb in ("read", "write", "delete"):
            action = f"{kind.type}/{verb}"
            first = next((name for name in asked if BUILT_IN[name].allows(action)), None)
            assert first, f"nobody may {action}"
            by[first].add(action)
    # The second one is for roles, the third for the lock on production, as the page says, and for nothing else.
    assert by[asked[1]] == {f"Microsoft.Authorization/roleAssignments/{verb}" for verb in ("write", "delete")}
    assert by[asked[2]] == {f"Microsoft.Authorization/locks/{verb}" for verb in ("write", "delete")}
    # AKS looks whether who makes a cluster may give it its identity and its subnet; and we ask how it is reached.
    for action in (
        "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
    ):
        assert BUILT_IN["Contributor"].allows(action)


def test_every_provider_that_is_needed_is_registered() -> None:
    [registered] = re.findall(r"for provider in ([\w ]+); do\n>   az provider register", PAGE)
    always = {"Authorization", "Resources"}
    needed = {kind.type.partition("/")[0].removeprefix("Microsoft.") for kind in KINDS.values()}
    assert set(registered.split()) == needed - always


PREVIEWS = {
    '"sshAccess"': "DisableSSHPreview",
    '"kubernetesResourceObjectEncryptionProfile"': "KMSPMKPreview",
    '"kubeProxyConfig"': "KubeProxyConfigurationPreview",
    '"managedNATGatewayV2"': "ManagedNATGatewayV2Preview",
    '"nodeInitializationTaints"': "NodeInitializationTaintsPreview",
    '"podIdentityProfile"': "EnablePodIdentityPreview",
    '"AzureLinuxOSGuard"': "AzureLinuxOSGuardPreview",
    '"Flatcar"': "AKSFlatcarPreview",
    '"schedulerProfile"': "UserDefinedSchedulerConfigurationPreview",
    '"imageIntegrity"': "EnableImageIntegrityPreview",
}
"""What AKS takes only with a feature that is registered (learn.microsoft.com/azure/aks, August 2026), with which."""


def previews(asked: object) -> list[str]:
    """The features that would have to be registered for what is asked."""
    text = json.dumps(asked)
    return [feature for word, feature in PREVIEWS.items() if word in text]


def test_no_feature_has_to_be_registered_but_the_one_that_the_page_registers() -> None:
    inputs = [plain(one.inputs) for one in everything()]
    assert previews(inputs) == []
    assert previews({"securityProfile": {"sshAccess": "Disabled"}}) == ["DisableSSHPreview"]
    # That of Compute is generally available, and off in a new subscription.
    assert "enableEncryptionAtHost" in json.dumps(inputs)
    assert "--namespace Microsoft.Compute --name EncryptionAtHost" in PAGE


def test_the_newer_form_of_kms_is_not_yet_what_the_provider_knows() -> None:
    # Decision 12 keeps the legacy form for as long as this holds.
    known = schema.Properties.of(containerservice.ManagedClusterSecurityProfileArgs).types
    assert "azureKeyVaultKms" in known
    assert "kubernetesResourceObjectEncryptionProfile" not in known
