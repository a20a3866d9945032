"""The main job on the real engine and a real API server: `make up`, and what people type after it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.integration.checkout import NAMESPACES, Checkout
from tests.support.program import run_program
from tests.support.stacks import ROOT, good_config

STACKS = sorted(NAMESPACES)


@pytest.mark.parametrize("stack", STACKS)
def test_every_deployment_and_statefulset_becomes_available(running: Checkout, stack: str) -> None:
    running.assert_everything_runs(stack)


@pytest.mark.parametrize("stack", STACKS)
def test_a_second_up_changes_nothing(running: Checkout, stack: str) -> None:
    output = running.run("make", "up", f"STACK={stack}")

    assert " unchanged" in output
    for change in ("created", "updated", "replaced", "deleted"):
        assert f" {change}" not in output.split("Diagnostics:")[0]


def test_up_says_what_runs_how_to_look_at_it_and_that_pods_are_simulated(running: Checkout) -> None:
    output = running.run("make", "up")

    assert "deployment/smarthr360-api" in output
    assert "kubectl get all -n smarthr360-dev" in output
    assert "pods are simulated" in output
    assert "\x1b[" not in output, "colour is for terminals"


@pytest.mark.parametrize("stack", STACKS)
def test_refresh_finds_no_drift(running: Checkout, stack: str) -> None:
    output = running.shell(f"pulumi refresh --yes --stack {stack} --expect-no-changes")

    assert " unchanged" in output


def test_plain_pulumi_and_kubectl_work_after_make_env(running: Checkout) -> None:
    assert " unchanged" in running.shell("pulumi up --yes --stack staging")
    assert "unchanged" in running.shell("pulumi preview --diff --stack staging")
    assert "service/smarthr360-api" in running.shell("kubectl get all -n smarthr360-staging")


def test_an_edit_of_a_committed_stack_file_shows_in_the_next_plain_preview(running: Checkout) -> None:
    with running.edited("Pulumi.staging.yaml", lambda text: text.replace("max: 5", "max: 4")):
        changed = running.shell("pulumi preview --diff --stack staging")
        for other in ("dev", "production"):
            running.shell(f"pulumi preview --expect-no-changes --stack {other}")

    assert "maxReplicas: 5 => 4" in changed
    assert "smarthr360-api" in changed
    assert "maxReplicas" not in running.shell("pulumi preview --diff --stack staging")


def test_plain_pulumi_says_that_it_does_not_use_the_cluster_of_a_stack_file(running: Checkout) -> None:
    cluster = "  smarthr360:cluster: { eks: { name: staging, region: eu-west-3 } }\n"
    told = "Pulumi.staging.yaml: its smarthr360:cluster is not used; this shell has the embedded cluster"
    preview = "pulumi preview --expect-no-changes --stack staging"
    assert told not in running.shell(preview)
    with running.edited("Pulumi.staging.yaml", lambda text: text + cluster):
        assert told in running.shell(preview)


def test_a_changed_config_value_updates_the_config_map_in_place(running: Checkout) -> None:
    with running.edited("Pulumi.production.yaml", lambda text: text.replace("logLevel: WARNING", "logLevel: ERROR")):
        changed = running.shell("pulumi preview --stack production")

    assert "~  kubernetes:core/v1:ConfigMap smarthr360-config-map update" in changed
    assert "replace" not in changed
    assert "4 to update" in changed


def test_an_unknown_stack_is_one_sentence_that_names_the_known_ones(running: Checkout) -> None:
    output = running.run("make", "up", "STACK=prod", code=None)

    assert 'error: "prod" is not a stack' in output
    assert "STACK is one of dev, staging, production" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        ("max: 3", "max: 0", ["smarthr360:api.autoscaling.max: 0 is too small"]),
        ("debug: true", 'debug: "yes"', ["smarthr360:app.debug: "]),
        ("config:", "confg:", ["Pulumi.dev.yaml has no `config:` with keys under it"]),
        ("  smarthr360:app:", "  smarthr360:app: {}\n  smarthr360:app:", ["sets smarthr360:app a second time"]),
        ("config:", "config: \xff", ["Pulumi.dev.yaml"]),
    ],
)
def test_a_bad_stack_file_is_refused_before_anything_is_started(
    running: Checkout, before: str, after: str, sentences: list[str]
) -> None:
    committed = running.root / "Pulumi.dev.yaml"
    good = committed.read_text()
    assert before in good
    committed.write_bytes(good.replace(before, after, 1).encode("latin-1"))
    try:
        output = running.run("make", "up", code=None)
    finally:
        committed.write_text(good)

    for sentence in sentences:
        assert f"error: {sentence}" in output or sentence in output.partition("error: ")[2]
    assert "Updating" not in output
    assert "Traceback" not in output


def test_up_brings_back_what_somebody_has_deleted(running: Checkout) -> None:
    running.shell("kubectl delete deployment smarthr360-api -n smarthr360-dev")

    output = running.run("make", "up")

    assert "deployment/smarthr360-api" in output
    running.assert_everything_runs("dev")


def test_plain_pulumi_works_from_a_subfolder_and_leaves_the_committed_files_alone(running: Checkout) -> None:
    committed = running.root / "Pulumi.staging.yaml"
    before = committed.read_text()

    assert "unchanged" in running.shell("cd components && pulumi preview --stack staging")
    assert committed.read_text() == before


def test_removing_a_stack_keeps_its_committed_file(running: Checkout) -> None:
    running.run("make", "destroy", "STACK=staging")
    running.shell("pulumi stack rm staging --yes")
    assert (running.root / "Pulumi.staging.yaml").exists()

    running.run("make", "up", "STACK=staging")
    running.assert_everything_runs("staging")


def test_nothing_is_written_into_the_home_folder(running: Checkout) -> None:
    assert list(running.home.iterdir()) == []


def test_committed_stack_files_stay_as_they_are(running: Checkout) -> None:
    for stack in STACKS:
        content = (running.root / f"Pulumi.{stack}.yaml").read_text()
        assert "encryptionsalt" not in content
        assert "secure:" not in content


@pytest.mark.parametrize(
    ("stack", "edge", "routes"), [*((stack, "gateway", "HTTPRoute") for stack in STACKS), ("dev", "ingress", "Ingress")]
)
def test_every_object_passes_the_api_servers_strict_validation(
    running: Checkout, stack: str, edge: str, routes: str, tmp_path: Path
) -> None:
    config = good_config(stack)
    config["edge"] = {**config["edge"], "kind": edge}  # type: ignore[dict-item]
    program = run_program(config, tmp_path, stack)
    objects = program.manifests()
    assert len(objects) >= 10
    assert routes in {entry["kind"] for entry in objects}
    listed = tmp_path / "objects.json"
    listed.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    running.shell(f"kubectl apply --server-side --force-conflicts --dry-run=server --validate=strict -f {listed}")

    objects[-1]["spec"]["misspelt"] = 1
    listed.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    refused = running.shell(
        f"kubectl apply --server-side --force-conflicts --dry-run=server --validate=strict -f {listed}", code=None
    )
    assert "misspelt" in refused


def test_a_pod_below_the_restricted_level_is_refused(running: Checkout) -> None:
    refused = running.shell("kubectl run bad --image=docker.io/library/redis:7 -n smarthr360-dev", code=None)

    assert 'violates PodSecurity "restricted' in refused


def test_destroy_leaves_no_object_and_no_namespace(running: Checkout) -> None:
    running.run("make", "destroy", "STACK=staging")

    names = {item["metadata"]["name"] for item in running.get("namespaces")}
    assert "smarthr360-staging" not in names
    assert {"smarthr360-dev", "smarthr360"} <= names
    claimed = {item["spec"]["claimRef"]["namespace"] for item in running.get("persistentvolumes")}
    assert claimed == {"smarthr360-dev", "smarthr360"}
    assert "resources" not in running.state("staging")["checkpoint"]["latest"]

    running.run("make", "up", "STACK=staging")
    running.assert_everything_runs("staging")


def test_clean_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    checkout = Checkout.copy_to(tmp_path)
    (checkout.root / ".venv").unlink()
    before = _files(checkout.root)
    (checkout.root / ".venv").symlink_to(ROOT / ".venv")
    checkout.run("make", "cluster-up")
    assert checkout.processes()

    checkout.run("make", "clean")

    assert checkout.processes() == {}
    assert _files(checkout.root) == before
    assert list(checkout.home.iterdir()) == []
    checkout.run("make", "clean")


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_help_lists_every_command() -> None:
    root = ROOT
    said = subprocess.run(["make", "help"], cwd=root, capture_output=True, text=True, check=True).stdout

    for command in ("up", "preview", "destroy", "down", "clean", "env", "test", "cluster-status"):
        assert f"make {command} " in said
