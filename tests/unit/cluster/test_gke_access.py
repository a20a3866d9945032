"""How a cluster on GKE is reached, made or there already, how its pods read secrets, and what overrides change."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.cluster.connection import SecretAccess
from components.cluster.gke.kubeconfig import Endpoint, kubeconfig
from snapshot import in_process
from tests.support.gke import PROJECT, REGION, cluster_config, made_cluster, with_a_reader
from tests.support.program import Program, run, run_program

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

OFFICE = "203.0.113.0/24"
DNS_NAME = "gke-0123456789abcdef-123456789012.europe-west9.gke.goog"
# What Google answers of a cluster, as far as we look at it.
FOUND = {
    "endpoint": "10.20.0.2",
    "masterAuths": [{"clientCertificate": "", "clientKey": "", "clusterCaCertificate": "Q0E=", "x": []}],
    "controlPlaneEndpointsConfigs": [
        {"dnsEndpointConfigs": [{"allowExternalTraffic": True, "endpoint": DNS_NAME}], "ipEndpointsConfigs": []}
    ],
}
BY_ADDRESS: Any = copy.deepcopy(FOUND)
BY_ADDRESS["controlPlaneEndpointsConfigs"][0]["dnsEndpointConfigs"][0]["allowExternalTraffic"] = False


def written(endpoint: Endpoint) -> Any:
    """The kubeconfig for an endpoint."""
    found: list[str] = []
    run(lambda: kubeconfig("smarthr360-staging", pulumi.Output.from_input(endpoint)).apply(found.append))
    return json.loads(found[0])


def existing_cluster(
    monkeypatch: pytest.MonkeyPatch, folder: Path, answer: dict[str, Any]
) -> tuple[Program, list[pulumi.runtime.MockCallArgs]]:
    """Run the program with a cluster that is there already, of which Google answers this."""
    asked: list[pulumi.runtime.MockCallArgs] = []

    def call(_self: object, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        asked.append(args)
        return answer

    monkeypatch.setattr(in_process._Unanswered, "call", call)
    return run_program(cluster_config("staging", None), folder, "staging"), asked


def test_by_default_only_accounts_that_google_lets_in_reach_the_control_plane(tmp_path: Path) -> None:
    cluster = made_cluster(tmp_path).inputs("cluster-control-plane")

    assert cluster["controlPlaneEndpointsConfig"] == {
        "dnsEndpointConfig": {
            "allowExternalTraffic": True,
            "enableK8sTokensViaDns": False,
            "enableK8sCertsViaDns": False,
        },
        "ipEndpointsConfig": {"enabled": False},
    }
    assert "masterAuthorizedNetworksConfig" not in cluster


def test_without_the_name_only_its_own_network_reaches_it(tmp_path: Path) -> None:
    cluster = made_cluster(tmp_path, dnsEndpoint=False).inputs("cluster-control-plane")

    assert cluster["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["allowExternalTraffic"] is False
    assert cluster["controlPlaneEndpointsConfig"]["ipEndpointsConfig"] == {"enabled": True}
    assert cluster["privateClusterConfig"]["enablePrivateEndpoint"] is True
    assert cluster["masterAuthorizedNetworksConfig"] == {"cidrBlocks": [], "gcpPublicCidrsAccessEnabled": False}


def test_an_address_is_public_only_for_those_that_are_listed(tmp_path: Path) -> None:
    cluster = made_cluster(tmp_path, apiAccess=[OFFICE]).inputs("cluster-control-plane")

    assert cluster["controlPlaneEndpointsConfig"]["ipEndpointsConfig"] == {"enabled": True}
    assert cluster["privateClusterConfig"] == {"enablePrivateNodes": True, "enablePrivateEndpoint": False}
    assert cluster["masterAuthorizedNetworksConfig"] == {
        "cidrBlocks": [{"cidrBlock": OFFICE}],
        "gcpPublicCidrsAccessEnabled": False,
    }


def test_a_control_plane_is_known_by_googles_certificate_or_by_its_own() -> None:
    by_name, by_address = written(Endpoint(DNS_NAME)), written(Endpoint("10.20.0.2", "Q0E="))

    assert by_name["clusters"][0]["cluster"] == {"server": f"https://{DNS_NAME}"}
    assert by_address["clusters"][0]["cluster"] == {
        "server": "https://10.20.0.2",
        "certificate-authority-data": "Q0E=",
    }
    assert by_name["current-context"] == by_name["contexts"][0]["name"] == "smarthr360-staging"


def test_a_cluster_that_is_there_is_found_by_its_name_and_nothing_is_made_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program, [asked] = existing_cluster(monkeypatch, tmp_path, FOUND)

    assert asked.token == "gcp:container/getCluster:getCluster"
    assert asked.args == {"name": "smarthr360-staging", "project": PROJECT, "location": REGION}
    assert not [found for found in program.resources if found.type.startswith("gcp:")]
    assert [found.name for found in program.of(":ExistingGke")] == ["cluster"]
    assert not [found for found in program.manifests() if found["kind"] == "StorageClass"]


@pytest.mark.parametrize(
    ("answer", "server"), [(FOUND, f"https://{DNS_NAME}"), (BY_ADDRESS, "https://10.20.0.2")], ids=["name", "address"]
)
def test_it_is_reached_by_its_name_where_that_is_open_and_by_its_address_where_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: dict[str, Any], server: str
) -> None:
    program, _ = existing_cluster(monkeypatch, tmp_path, answer)
    config = json.loads(program.inputs("cluster-provider")["kubeconfig"])
    assert config["clusters"][0]["cluster"]["server"] == server


@pytest.fixture(scope="module")
def granted() -> tuple[Program, SecretAccess]:
    access: list[SecretAccess] = []
    program = run(lambda: access.append(with_a_reader()), stack="production")
    return program, access[0]


def test_a_grant_is_for_one_secret_and_one_service_account(granted: tuple[Program, SecretAccess]) -> None:
    program, access = granted
    rights = [found for found in program.resources if found.type.startswith("gcp:secretmanager/")]

    assert [right.name for right in rights] == ["secrets-access"]
    assert program.inputs("secrets-access") == {
        "project": PROJECT,
        "secretId": "smarthr360-production",
        "role": "roles/secretmanager.secretAccessor",
        "member": f"serviceAccount:{PROJECT}.svc.id.goog[smarthr360/secret-reader]",
    }
    assert len(access.granted) == 1
    assert not [found for found in program.of(":IAMMember") if "secret" in json.dumps(dict(found.inputs))]


def test_a_store_names_the_service_account_the_cluster_and_no_key(granted: tuple[Program, SecretAccess]) -> None:
    _, access = granted
    assert (access.key, access.annotations) == ("smarthr360-production", {})
    assert access.store == {
        "gcpsm": {
            "projectID": PROJECT,
            "auth": {
                "workloadIdentity": {
                    "clusterProjectID": PROJECT,
                    "clusterLocation": REGION,
                    "clusterName": "smarthr360-production",
                    "serviceAccountRef": {"name": "secret-reader"},
                }
            },
        }
    }


def test_an_override_changes_what_it_names(tmp_path: Path) -> None:
    wanted = {"control-plane": {"enableTpu": True}, "nodes": {"maxPodsPerNode": 64}}
    program = made_cluster(tmp_path, overrides=wanted)
    assert program.inputs("cluster-control-plane")["enableTpu"] is True
    assert program.inputs("cluster-nodes")["maxPodsPerNode"] == 64


def test_an_override_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        made_cluster(tmp_path, overrides={"node-pool": {"spot": True}})
    said = str(refused.value)
    assert said.startswith("smarthr360:cluster.gke.create.overrides.node-pool: is not a resource here; known here: ")
    assert "control-plane" in said
