"""The whole program with a cluster in a cloud: what it asks for in a preview without one, exports and imports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]  # no types are published

import policy
from manifests.fingerprints import Fingerprints
from snapshot import in_process, requested
from snapshot.model import Object
from tests.support.clouds import CREATION, EXISTING
from tests.support.program import run_program
from tests.support.stacks import ROOT, good_config, texts
from tools.embedded.clouds import schema
from tools.embedded.clouds.input_check import faults

SDKS = {"eks": "pulumi_aws", "gke": "pulumi_gcp", "aks": "pulumi_azure_native"}
MANAGERS = {"eks": "aws", "gke": "gcpsm", "aks": "azurekv"}
GRANTS = {
    "eks": "aws:iam/rolePolicy:RolePolicy",
    "gke": "gcp:secretmanager/secretIamMember:SecretIamMember",
    "aks": "azure-native:managedidentity:FederatedIdentityCredential",
}
KINDS = [
    pytest.param(cloud, made, id=f"{cloud}-{'made' if made else 'existing'}")
    for cloud in EXISTING
    for made in (False, True)
]
LOGINS = {"eks": "aws", "gke": "gke-gcloud-auth-plugin", "aks": "kubelogin"}


def cluster(cloud: str, made: bool) -> dict[str, Any]:
    return {cloud: {**EXISTING[cloud], **({"create": CREATION[cloud]} if made else {})}}


def objects(cloud: str, made: bool, folder: Path, **more: Any) -> tuple[Object, ...]:
    config = good_config("production") | {"cluster": cluster(cloud, made)} | more
    config = {key: value for key, value in config.items() if value is not None}
    resources = run_program(config, folder, "production").resources
    return requested.objects(resources, "production", Fingerprints(b"k" * 32), "production")


def unanswered(item: Object) -> list[str]:
    """What a resource lacks because no cloud answered, or what its provider's SDK does not take."""
    wrong = [f"{fault.path} {fault.reason}" for fault in faults(item.manifest, schema.inputs(item.type))]
    return wrong + [text for text in texts(item.manifest) if not text or "None/" in text]


@pytest.mark.parametrize(("cloud", "made"), KINDS)
def test_a_preview_without_a_cloud_shows_all_of_a_production_stack_in_it(
    cloud: str, made: bool, tmp_path: Path
) -> None:
    found = objects(cloud, made, tmp_path)

    of_the_cloud = [item for item in found if not item.type.startswith("kubernetes:")]
    assert bool(of_the_cloud) == made
    assert all(
        item.type.startswith(f"{SDKS[cloud].removeprefix('pulumi_').replace('_', '-')}:") for item in of_the_cloud
    )
    classes = {item.name for item in found if item.kind == "StorageClass"}
    assert classes == ({"smarthr360-rwo", "smarthr360-rwx"} if made else set())
    assert "Deployment smarthr360-api" in {item.title for item in found}
    assert {item.title: wrong for item in of_the_cloud if (wrong := unanswered(item))} == {}
    assert not [broken for broken in policy.check(found) if broken.mandatory]


@pytest.mark.parametrize(("cloud", "made"), KINDS)
def test_secrets_come_from_the_clouds_own_secret_manager_by_an_identity_and_no_key(
    cloud: str, made: bool, tmp_path: Path
) -> None:
    found = objects(cloud, made, tmp_path, externalSecrets={"store": "cloud"}, secrets=None)

    [store] = [item for item in found if item.kind == "SecretStore"]
    [reader] = [item for item in found if item.title == "ServiceAccount smarthr360-secrets-reader"]
    assert store.manifest["spec"]["provider"].keys() == {MANAGERS[cloud]}
    assert reader.name in json.dumps(store.manifest)
    assert "secretRef" not in json.dumps(store.manifest).replace("secretStoreRef", "")
    wanted = {"smarthr360-secrets", "postgres-secrets", "redis-secrets", "ghcr-secret"}
    externals = {item.name: item.manifest["spec"] for item in found if item.kind == "ExternalSecret"}
    assert externals.keys() == wanted
    key = "smarthr360/production" if cloud == "eks" else "smarthr360-production"
    assert {spec["dataFrom"][0]["extract"]["key"] for spec in externals.values()} == {key}
    assert {spec["refreshInterval"] for spec in externals.values()} <= {"1h", "1h0m0s"}
    assert not [item.title for item in found if item.kind == "Secret"]
    assert GRANTS[cloud] in {item.type for item in found}
    assert not [broken for broken in policy.check(found) if broken.mandatory]


@pytest.mark.parametrize(("cloud", "spot"), [("aks", True), ("aks", False), ("eks", True), ("gke", True)])
def test_only_what_keeps_no_data_bears_spot_nodes_and_only_where_they_are_tainted(
    cloud: str, spot: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CREATION, cloud, {**CREATION[cloud], "nodes": {"spot": spot}})
    found = objects(cloud, made=True, folder=tmp_path)

    pods = {
        item.name: item.manifest["spec"]["template"]["spec"]
        for item in found
        if item.namespace == "smarthr360" and item.kind in ("Deployment", "StatefulSet")
    }
    assert {"postgres", "redis"} < pods.keys()
    tolerations = {name: pod["tolerations"] for name, pod in pods.items() if "tolerations" in pod}
    tainted = [item for item in found if "kubernetes.azure.com/scalesetpriority" in json.dumps(item.manifest)]
    if cloud == "aks" and spot:
        key, value = "kubernetes.azure.com/scalesetpriority", "spot"
        borne = [{"key": key, "operator": "Equal", "value": value, "effect": "NoSchedule"}]
        stateless = ("smarthr360-api", "smarthr360-worker", "smarthr360-beat", "smarthr360-nginx")
        assert tolerations == dict.fromkeys(stateless, borne)
        [pool] = [item for item in tainted if item.type == "azure-native:containerservice:AgentPool"]
        assert pool.manifest["nodeTaints"] == [f"{key}={value}:NoSchedule"]
    else:
        assert (tolerations, tainted) == ({}, [])


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What components and the stack register as outputs, by name."""
    registered: dict[str, dict[str, Any]] = {}

    def register(_: object, request: Any) -> None:
        registered[request.urn.rpartition("::")[2]] = MessageToDict(request.outputs)

    monkeypatch.setattr(in_process._Monitor, "RegisterResourceOutputs", register)
    return registered


@pytest.mark.parametrize(("cloud", "made"), KINDS)
def test_only_a_stack_that_makes_its_cluster_exports_a_kubeconfig_and_it_holds_no_credential(
    cloud: str, made: bool, tmp_path: Path, outputs: dict[str, dict[str, Any]]
) -> None:
    run_program(good_config("production") | {"cluster": cluster(cloud, made)}, tmp_path, "production")

    exported, own = outputs["smarthr360-production"], outputs["cluster"]["kubeconfig"]
    assert exported.get("kubeconfig") == (own if made else None)
    config = json.loads(own)
    [user], [server] = config["users"], config["clusters"]
    assert user["user"].keys() == {"exec"}
    assert user["user"]["exec"]["command"] == LOGINS[cloud]
    assert "env" not in user["user"]["exec"]
    assert server["cluster"].keys() <= {"server", "certificate-authority-data"}
    assert server["cluster"]["server"].startswith("https://")
    assert config["current-context"] == config["contexts"][0]["name"]


def test_the_parts_of_a_cluster_register_what_other_parts_use(
    tmp_path: Path, outputs: dict[str, dict[str, Any]]
) -> None:
    run_program(good_config("production") | {"cluster": cluster("eks", made=True)}, tmp_path, "production")

    assert {
        name.removeprefix("cluster-"): {*found} for name, found in outputs.items() if found and "cluster-" in name
    } == {
        "network": {"vpcId", "privateSubnetIds", "controlPlaneSubnetIds"},
        "keys": {"secretsArn", "volumesArn", "logsArn"},
        "logs": {"controlPlaneGroup"},
        "control-plane": {"endpoint", "issuer", "identityArn", "nodesGroup"},
    }


def test_an_existing_clusters_kubeconfig_is_nobodys_to_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported: list[str] = []
    monkeypatch.setattr(pulumi, "export", lambda name, _: exported.append(name))
    run_program(good_config("dev"), tmp_path)

    assert exported == ["namespace", "site", "api"]


@pytest.mark.parametrize("cloud", ["existing", *EXISTING])
def test_the_program_imports_the_sdk_of_the_cloud_that_is_selected_and_no_other(cloud: str, tmp_path: Path) -> None:
    config = json.dumps(None if cloud == "existing" else cluster(cloud, made=True))
    program = (
        "import json, pathlib, sys\n"
        "from tests.support.program import run_program\n"
        "from tests.support.stacks import good_config\n"
        f"cluster = json.loads({config!r})\n"
        "config = good_config('production') | ({'cluster': cluster} if cluster else {})\n"
        f"run_program(config, pathlib.Path({str(tmp_path)!r}), 'production')\n"
    )
    command = [sys.executable, "-X", "importtime", "-c", program]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr

    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.splitlines()}
    assert "pulumi_kubernetes" in imported
    assert imported & set(SDKS.values()) == ({SDKS[cloud]} if cloud in SDKS else set())
