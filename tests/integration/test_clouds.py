"""A production stack on each cloud, by the real engine: made, hit by failures, refreshed and destroyed.

The clouds are stand-ins, and say so; the Kubernetes half is on an embedded API server, reached by the same login of a
cloud that the kubeconfig asks for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import yaml

from tests.integration.clouds import Simulated
from tools.embedded.clouds.stack import KINDS

FAILURES = {
    "eks": {
        "cluster-network-vpc": "before",
        "cluster-network-nat-b": "half",
        "cluster-keys-secrets": "half",
        "cluster-logs-control-plane": "before",
        "cluster-control-plane-role": "before",
        "cluster-control-plane-cluster": "half",
        "cluster-storage-files": "half",
        "storageclasses/smarthr360-rwo": "denied",
        "cluster-addons-metrics-server": "half",
        "namespaces/smarthr360": "denied",
    },
    "gke": {
        "cluster-service-container": "before",
        "cluster-network": "half",
        "cluster-subnet": "before",
        "cluster-nat": "half",
        "cluster-key-secrets": "half",
        "cluster-node-account": "before",
        "cluster-control-plane": "half",
        "cluster-nodes": "half",
        "storageclasses/smarthr360-rwx": "denied",
        "namespaces/smarthr360": "denied",
    },
    "aks": {
        "cluster-group": "before",
        "cluster-nat": "half",
        "cluster-network": "before",
        "cluster-vault": "half",
        "cluster-disks": "before",
        "cluster-control-plane": "half",
        "cluster-nodes": "before",
        "cluster-files": "half",
        "storageclasses/smarthr360-rwo": "denied",
        "namespaces/smarthr360": "denied",
    },
}
"""Ten resources of each cloud, from network to Kubernetes half, and how each one fails: see `Simulated.fail`."""


def _let_go_of_eks(made: Simulated) -> None:
    made.pulumi("state", "unprotect", "--all", "--yes")
    made.set_by_hand(deletionProtection=False, deletionProtectionEnabled=False)


def _let_go_of_gke(made: Simulated) -> None:
    cluster = made.stack.config["cluster"]
    cluster["gke"]["create"]["overrides"] = {
        "control-plane": {"deletionProtection": False},
        "key-secrets": {"deletionPolicy": "DELETE"},
        "key-volumes": {"deletionPolicy": "DELETE"},
    }
    made.configure({"cluster": cluster})
    made.up()
    made.pulumi("state", "unprotect", "--all", "--yes")


def _let_go_of_aks(made: Simulated) -> None:
    made.pulumi("state", "unprotect", "--all", "--yes")
    made.pulumi("destroy", "--yes", "--skip-preview", "--target", "**cluster-lock")


LETTING_GO = {"eks": _let_go_of_eks, "gke": _let_go_of_gke, "aks": _let_go_of_aks}
"""What each cloud's page says to do before production can be destroyed."""

STAYING: dict[str, set[str]] = {"eks": set(), "gke": {"cluster-audit-secretmanager"}, "aks": set()}
"""What the pages say stays all the same: in a project of Google's, the log of who reads secrets."""


MANAGERS = {"eks": "aws", "gke": "gcpsm", "aks": "azurekv"}
"""What External Secrets calls each cloud's secret manager."""

SECRETS = {"ghcr-secret", "postgres-secrets", "redis-secrets", "smarthr360-secrets"}


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    """A stack that has been made through ten failures, each of which the next `up` has got over."""
    simulated = Simulated.start(tmp_path_factory.mktemp(request.param), request.param)
    try:
        failing = set(FAILURES[request.param])
        simulated.fail(FAILURES[request.param])
        while failing:
            # So that those which do not depend on each other fail in one run. The engine also waits for five seconds
            # when it stops a program that is not at its end.
            output = simulated.up("--continue-on-error", code=1)
            failed = simulated.failed(output)
            assert failed, f"what failed was not to fail, and {failing} did not:\n{output}"
            simulated.lift(failed)
            failing -= set(failed)
        simulated.up()
        yield simulated
    finally:
        simulated.stop()


def test_after_ten_failures_the_engine_and_the_cloud_agree_on_what_there_is(made: Simulated) -> None:
    assert made.owned() == {(thing.type, thing.id) for thing in made.things()}
    assert len(made.owned()) > 20
    assert [entry["urn"] for entry in made.state() if entry.get("initErrors")] == []


def test_everybody_is_told_that_the_cloud_is_simulated(made: Simulated) -> None:
    ups = [output for output in made.printed if output.startswith("Updating")]

    assert len(ups) > 3
    assert all("SIMULATED: this is no" in output for output in ups)


def test_a_second_up_changes_nothing(made: Simulated) -> None:
    made.up("--expect-no-changes")


def test_a_refresh_finds_nothing(made: Simulated) -> None:
    made.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")


def test_a_refresh_finds_what_somebody_has_changed(made: Simulated) -> None:
    thing = next(thing for thing in made.things() if "production" in json.dumps(thing.properties))
    path = next(path for path in made.stack.workspace.clouds.folder.glob("*.json") if thing.id in path.read_text())
    before = path.read_text()
    content = json.loads(before)
    changed = next(each for each in content["things"] if each["id"] == thing.id)
    changed["properties"] = json.loads(json.dumps(changed["properties"]).replace("production", "drifted"))
    path.write_text(json.dumps(content))
    try:
        output = made.pulumi("refresh", "--preview-only", "--diff")
    finally:
        path.write_text(before)

    assert "drifted" in output
    assert thing.urn in output


def test_the_cluster_is_reached_by_the_clouds_login_and_nothing_else(made: Simulated) -> None:
    providers = [entry for entry in made.state() if entry["type"] == "pulumi:providers:kubernetes"]
    (kubeconfig,) = [found for entry in providers if (found := entry["inputs"].get("kubeconfig"))]
    users = yaml.safe_load(kubeconfig)["users"]

    assert [user["user"].keys() for user in users] == [{"exec"}]
    assert "smarthr360" in made.run_kubectl("get", "namespaces", "-o", "name")


def test_no_credential_is_in_state_output_or_log(made: Simulated) -> None:
    workspace = made.stack.workspace
    secrets = [line.split(",")[0] for line in (workspace.local / "cluster" / "tokens.csv").read_text().splitlines()]
    own = made.pulumi("config", "--show-secrets", "--json")
    made.printed.remove(own)
    held = json.loads(own)["smarthr360:secrets"]["objectValue"]
    secrets += [value for value in held.values() if value]
    texts = [*made.printed, json.dumps(made.state())]
    texts += [path.read_text(errors="replace") for path in (workspace.local / "cluster" / "logs").glob("*.log")]
    texts += [path.read_text() for path in workspace.clouds.folder.glob("*.json")]
    whole = "\n".join(texts)

    assert len(secrets) > 8
    assert [secret for secret in secrets if secret in whole] == []
    assert re.findall(r"eyJhbGciOi[\w.-]+|PRIVATE KEY-----|client-key-data|\"token\": *\"[^\"]", whole) == []


def test_another_stack_finds_the_cluster_by_its_name_and_makes_nothing_in_the_cloud(made: Simulated) -> None:
    before, kind = made.things(), made.stack.workspace.kind
    output = made.beside("staging").pulumi("preview")

    assert f"smarthr360:cluster:Existing{kind.title()} cluster create" in output
    assert "kubernetes:core/v1:Namespace smarthr360-namespace-namespace create" in output
    assert re.findall(r" (?:aws|gcp|azure-native):\S+ \S+ create", output) == []
    assert made.things() == before


def test_its_secrets_come_from_the_clouds_own_manager_when_the_stack_says_so(made: Simulated) -> None:
    kind = made.stack.workspace.kind
    cluster = made.stack.config["cluster"]
    if kind == "aks":
        cluster["aks"]["secretVault"] = {"name": "smarthr360-secrets", "resourceGroup": "smarthr360-secrets"}
    made.configure({"cluster": cluster, "externalSecrets": {"store": "cloud"}}, without=["secrets"])
    made.up()

    own = ("get", "--namespace", "smarthr360", "-o", "json")
    (store,) = json.loads(made.run_kubectl(*own, "secretstores"))["items"]
    assert store["spec"]["provider"].keys() == {MANAGERS[kind]}
    external = json.loads(made.run_kubectl(*own, "externalsecrets"))["items"]
    assert {item["metadata"]["name"] for item in external} == SECRETS
    assert {item["spec"]["target"]["creationPolicy"] for item in external} == {"Owner"}
    assert json.loads(made.run_kubectl(*own, "secrets"))["items"] == [], "the operator makes them, which does not run"
    assert [entry["urn"] for entry in made.state() if entry["type"] == "kubernetes:core/v1:Secret"] == []
    made.up("--expect-no-changes")


def test_production_refuses_to_go_until_it_is_meant_and_then_leaves_nothing(made: Simulated) -> None:
    kind, before = made.stack.workspace.kind, made.things()
    refused = made.pulumi("destroy", "--yes", code=1)
    assert "cannot be deleted" in refused
    assert made.things() == before

    LETTING_GO[kind](made)
    made.pulumi("destroy", "--yes", "--skip-preview")

    assert {thing.urn.rpartition("::")[2] for thing in made.things()} == STAYING[kind]
    assert made.state() == []
    assert "namespace/smarthr360" not in made.run_kubectl("get", "namespaces", "-o", "name").splitlines()
