"""How one reaches a cluster on AKS, made or found, what it stores on, and how its pods read secrets."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.cluster.aks.group import Group
from components.cluster.aks.storage import account_name
from components.settings.clouds.aks import Aks, AksName, AksVersion, AzureId, AzureRegion, ResourceGroupName, VaultName
from components.settings.clouds.common import PrivateNetwork
from tests.support.aks import CREATED, CUSTOM, DEV, FOUND, ISSUER, KUBECONFIG, Made, answers, made

BOTH = [pytest.param(CREATED, id="made"), pytest.param(FOUND, id="found")]


@pytest.mark.parametrize("settings", BOTH)
def test_the_kubeconfig_asks_for_a_login_each_time(settings: dict[str, Any]) -> None:
    written = json.loads(made(settings).kubeconfig)
    (user,) = written["users"]
    assert list(user["user"]) == ["exec"]
    assert user["user"]["exec"]["command"] == "kubelogin"
    assert user["user"]["exec"]["args"][1:3] == ["--login", "azurecli"]
    (cluster,) = written["clusters"]
    assert cluster["cluster"] == KUBECONFIG["clusters"][0]["cluster"]
    assert written["current-context"] == "smarthr360-staging"


def test_a_token_that_azure_might_send_goes_no_further() -> None:
    user = {"exec": {"command": "kubelogin"}, "token": "not-a-real-token", "client-key-data": "not-a-real-key"}
    sent = {**KUBECONFIG, "users": [{"name": "any", "user": user}]}
    own = Made(FOUND, True, answers(sent))
    everything = json.dumps([found.inputs for found in own.program.resources]) + own.kubeconfig
    assert "kubelogin" in everything
    assert "not-a-real" not in everything


def test_a_cluster_without_entra_id_is_refused_with_what_to_type() -> None:
    local = {**KUBECONFIG, "users": [{"name": "any", "user": {"token": "not-a-real-token"}}]}
    with pytest.raises(pulumi.RunError, match=r"--enable-aad") as error:
        Made(FOUND, True, answers(local))
    assert "not-a-real" not in str(error.value)


@pytest.mark.parametrize("settings", BOTH)
def test_pulumi_applies_with_its_own_provider(settings: dict[str, Any]) -> None:
    provider = made(settings).inputs("cluster-provider")
    assert json.loads(provider["kubeconfig"])["kind"] == "Config"
    assert provider["enableSecretMutable"] == "true"
    azure = made(settings).inputs("cluster-azure")
    assert azure["subscriptionId"] == FOUND["subscription"]
    assert not {"clientSecret", "clientCertificatePath", "oidcToken"} & azure.keys()


def test_a_cluster_that_is_found_is_not_changed() -> None:
    own = made(FOUND)
    assert own.names() == {
        *("cluster-azure", "cluster-provider"),
        *("app-secrets-identity", "app-secrets-federation", "app-secrets-reads"),
    }
    assert not any(found.protected for found in own.program.resources)
    assert sorted(own.asked) == ["getManagedCluster", "listManagedClusterUserCredentials"]


def test_without_a_vault_a_name_and_a_group_are_enough() -> None:
    own = made({key: value for key, value in FOUND.items() if key != "secretVault"})
    assert own.access is None
    assert own.asked == ["getManagedCluster", "listManagedClusterUserCredentials"]


def test_a_cluster_that_is_made_is_asked_for_its_certificate_only() -> None:
    assert made().asked == ["listManagedClusterUserCredentials"]


@pytest.mark.parametrize("settings", BOTH)
def test_one_serviceaccount_reads_one_secret_and_nothing_else(settings: dict[str, Any]) -> None:
    own = made(settings)
    access = own.access
    assert access
    assert access.key == "smarthr360-production"
    reads = own.inputs("app-secrets-reads")
    assert reads["scope"] == (
        f"/subscriptions/{FOUND['subscription']}/resourceGroups/secrets/providers/Microsoft.KeyVault"
        "/vaults/smarthr360-secrets/secrets/smarthr360-production"
    )
    assert reads["roleDefinitionId"].endswith("/4633458b-17de-408a-b874-0445c86b69e6")  # Key Vault Secrets User
    federation = own.inputs("app-secrets-federation")
    assert federation["subject"] == "system:serviceaccount:smarthr360:reader"
    assert federation["audiences"] == ["api://AzureADTokenExchange"]
    secret_roles = [found for found in own.program.of(":RoleAssignment") if "/secrets/" in found.inputs["scope"]]
    assert len(secret_roles) == 1
    assert {*access.annotations} == {"azure.workload.identity/client-id", "azure.workload.identity/tenant-id"}
    assert access.store == {
        "azurekv": {
            "authType": "WorkloadIdentity",
            "vaultUrl": "https://smarthr360-secrets.vault.azure.net",
            "serviceAccountRef": {"name": "reader"},
        }
    }
    assert len(access.granted) == 2


def test_a_found_clusters_tokens_are_trusted_by_its_own_issuer() -> None:
    assert made(FOUND).inputs("app-secrets-federation")["issuer"] == ISSUER


def test_a_found_cluster_without_an_issuer_is_refused_with_what_to_type() -> None:
    with pytest.raises(pulumi.RunError, match=r"az aks update --name smarthr360-staging .*--enable-oidc-issuer"):
        Made(FOUND, True, answers(issuer=None))


def test_production_keeps_volumes_in_three_zones_after_their_claims() -> None:
    once, many = made().inputs("cluster-read-write-once"), made().inputs("cluster-read-write-many")
    assert (once["metadata"]["name"], many["metadata"]["name"]) == ("smarthr360-rwo", "smarthr360-rwx")
    for found in (once, many):
        assert found["reclaimPolicy"] == "Retain"
        assert found["allowVolumeExpansion"] is True
        assert found["parameters"]["skuName"] == "Premium_ZRS"
    assert (once["provisioner"], once["volumeBindingMode"]) == ("disk.csi.azure.com", "WaitForFirstConsumer")
    assert once["parameters"]["networkAccessPolicy"] == "DenyAll"


def test_dev_does_not() -> None:
    for name in ("cluster-read-write-once", "cluster-read-write-many"):
        found = made(DEV, protect=False).inputs(name)
        assert (found["reclaimPolicy"], found["parameters"]["skuName"]) == ("Delete", "Premium_LRS")


def test_files_are_reached_inside_of_the_network_only_in_tls_and_without_a_key() -> None:
    account, many = made().inputs("cluster-files"), made().inputs("cluster-read-write-many")
    assert account["publicNetworkAccess"] == "Disabled"
    assert account["networkRuleSet"] == {"bypass": "None", "defaultAction": "Deny"}
    assert (account["allowSharedKeyAccess"], account["allowBlobPublicAccess"]) == (False, False)
    assert (account["enableHttpsTrafficOnly"], account["minimumTlsVersion"]) == (True, "TLS1_2")
    assert many["provisioner"] == "file.csi.azure.com"
    assert many["parameters"] == {
        "protocol": "nfs",
        "encryptInTransit": "true",
        "skuName": "Premium_ZRS",
        "storageAccount": account["accountName"],
        "resourceGroup": "smarthr360-staging",
        "networkEndpointType": "privateEndpoint",
    }
    endpoint = made().inputs("cluster-files-endpoint")
    assert endpoint["subnet"]["id"] == "cluster-network-id/subnets/endpoints"
    assert made().inputs("cluster-files-zone")["privateZoneName"] == "privatelink.file.core.windows.net"


def test_an_override_reaches_azure() -> None:
    own = made(CUSTOM)
    assert own.inputs("cluster-control-plane")["sku"]["tier"] == "Premium"
    assert own.inputs("cluster-control-plane")["disableLocalAccounts"] is True


def test_an_override_of_what_there_is_not_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"^smarthr360:cluster\.aks\.create\.overrides\.controlplane: is not a "):
        Made({**CREATED, "create": {**CREATED["create"], "overrides": {"controlplane": {}}}}, True, answers())


LONGEST = "a" * 54


def test_names_stay_within_azures_limits() -> None:
    own = made({**CREATED, "name": LONGEST, "resourceGroup": "g" * 74})
    limits = {
        "virtualNetworkName": 64,
        "natGatewayName": 80,
        "publicIpAddressName": 80,
        "networkSecurityGroupName": 80,
        "privateEndpointName": 64,
        "diskEncryptionSetName": 80,
        "workspaceName": 63,
        "accountName": 24,
        "agentPoolName": 12,
        "dnsPrefix": 54,
        "nodeResourceGroup": 80,
        "resourceGroupName": 90,
        "virtualNetworkLinkName": 80,
    }
    seen = {
        (key, value)
        for found in own.program.resources
        for key, value in found.inputs.items()
        if key in limits and isinstance(value, str)
    }
    assert {key for key, _ in seen} == limits.keys()
    assert [(key, value) for key, value in seen if len(value) > limits[key]] == []
    # The SDK adds eight characters to a name that is not given; a vault's name has 24 at most.
    assert "vaultName" not in own.inputs("cluster-vault")
    assert len("cluster-vault") + 8 <= 24


def test_each_subscription_and_cluster_has_a_name_of_its_own_for_its_files() -> None:
    names = {
        account_name(Group("", subscription, "", cluster, {}, protect=False))
        for cluster in ("smarthr360-staging", "smarthr360-stag-ing", "smarthr360-production")
        for subscription in ("one", "other")
    }
    assert len(names) == 6
    assert all(name.isalnum() and name.islower() and len(name) <= 24 for name in names)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (AksName, LONGEST, ["a" * 55, "-a", "a-", "A", "a_b", ""]),
        (ResourceGroupName, "g" * 74, ["g" * 75, "a.", "a b", ""]),
        (VaultName, "v" * 24, ["v" * 25, "1a2", "ab", "a--b", "abc-"]),
        (AzureRegion, "eastus2", ["France Central", "FranceCentral", ""]),
        (AzureId, "11111111-2222-3333-4444-55555555abcd", ["11111111", "11111111-2222-3333-4444-55555555ABCD"]),
        (AksVersion, "1.36", ["1.33", "1.38", "1.36.1"]),
        (PrivateNetwork, "10.0.0.0/16", ["100.64.0.0/16"]),  # pods' and services' addresses
    ],
)
def test_what_azure_would_refuse_is_refused_before(kind: type[str], good: str, bad: list[str]) -> None:
    assert kind(good) == good
    for text in bad:
        with pytest.raises(ValueError, match="allowed is"):
            kind(text)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({**CREATED, "secretVault": {"name": "vault", "resourceGroup": "smarthr360-staging"}}, "is the cluster's"),
        ({**FOUND, "create": {**CREATED["create"], "nodes": {"disk": "20Gi"}}}, "20Gi is below 30Gi"),
        ({**FOUND, "create": {**CREATED["create"], "systemNodes": {"min": 9}}}, "9 is above max 5"),
        ({**FOUND, "create": {"version": "1.36", "adminGroups": []}}, "at least 1"),
        ({**FOUND, "create": {**CREATED["create"], "logRetention": 7}}, "greater than or equal to 30"),
        # The driver for disks reads all tags from one text.
        ({**FOUND, "create": {**CREATED["create"], "tags": {"team": "a,b"}}}, "has a comma"),
        ({**FOUND, "create": {**CREATED["create"], "tags": {"team": "a=b"}}}, "not a tag that disks on AKS"),
        ({**FOUND, "create": {**CREATED["create"], "tags": {"the team": "a"}}}, "not a tag that disks on AKS"),
        ({**FOUND, "create": {**CREATED["create"], "tags": {"a/b": "a"}}}, "not a tag that disks on AKS"),
        (
            {**FOUND, "create": {**CREATED["create"], "tags": {f"t{n}": "a" for n in range(41)}}},
            "has 41 tags; allowed are at most 40",
        ),
    ],
)
def test_keys_that_do_not_go_together_are_refused(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Aks.model_validate_json(json.dumps(settings))


def test_a_found_cluster_may_share_its_group_with_the_vault() -> None:
    shared = {**FOUND, "secretVault": {"name": "vault", "resourceGroup": "smarthr360-staging"}}
    assert Aks.model_validate_json(json.dumps(shared)).secret_vault
