"""`python -m review preview` on what the engine prints; no engine and no cluster runs.

Previews are recorded from the real engine, and trimmed. What a refresh finds, and operations that no recording has, are
made up after the engine's source; tests/integration/direct/test_live_preview.py has the real ones.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from errors import UserError
from manifests.differences import Field
from manifests.fingerprints import HIDDEN
from manifests.stack import ALL_KEYS
from review import __main__ as command
from review import live
from review.model import Action, Change, Level, Report
from snapshot.engine_events import DONE, PLANNED, at, steps
from snapshot.in_process import SECRET, SIGNATURE
from snapshot.model import Owner
from tests.support.recorded import RECORDINGS, Engine

REFUSED = (
    "smarthr360:namespace: is no name\nsmarthr360:cluster.kind: is missing\n",
    "an unhandled error occurred: program exited with non-zero exit code: 1\n",
)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine that reports nothing."""
    engine = Engine(tmp_path / "bin", monkeypatch)
    engine.says("preview")
    engine.says("refresh")
    return engine


def preview(root: Path) -> Report:
    return live.preview(root, "staging", lambda _: None)


def diagnostic(message: str, severity: str = "error") -> str:
    event = {"prefix": f"{severity}: ", "message": message, "color": "never", "severity": severity}
    return json.dumps({"sequence": 1, "timestamp": 1, "diagnosticEvent": event}) + "\n"


@pytest.mark.parametrize(
    ("complaint", "sentence"),
    [
        (
            "error: no stack named 'staging' found",
            "pulumi knows no stack staging; `pulumi stack ls --all` lists the existing ones, and `pulumi stack init "
            "staging` creates it",
        ),
        (
            "error: no Pulumi.yaml project file found (searching upwards from /home/me). If you have not created a "
            "project yet, use `pulumi new` to do so: no project file found",
            "{root} has no Pulumi.yaml; type this in the project's folder",
        ),
        (
            "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete "
            "the lock file with `pulumi cancel`.\n  file:///state/.pulumi/locks/1.json: created by me@here (pid 7)",
            "stack staging is locked: another pulumi is working on it, or was killed; wait for it, or, if none is "
            "running, type `pulumi cancel --stack staging`",
        ),
        (
            "error: getting stack configuration: get stack secrets manager: incorrect passphrase",
            "the secrets of stack staging can't be decrypted; set PULUMI_CONFIG_PASSPHRASE or "
            "PULUMI_CONFIG_PASSPHRASE_FILE to the stack's passphrase or its file",
        ),
        (
            "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
            "pulumi is not logged in to the backend that has the stack; type `pulumi login`",
        ),
        ("error: something new", "`pulumi preview --stack staging` failed: something new"),
        ("", "`pulumi preview --stack staging` failed: it ended with exit code 255"),
    ],
)
def test_what_keeps_pulumi_from_working_is_one_sentence_and_what_to_type(
    complaint: str, sentence: str, engine: Engine, tmp_path: Path
) -> None:
    engine.says("preview", complaint=complaint, code=255)

    with pytest.raises(UserError) as raised:
        preview(tmp_path)
    assert str(raised.value) == sentence.format(root=tmp_path)


def test_a_cluster_that_can_t_be_reached_is_reported_once(engine: Engine, tmp_path: Path) -> None:
    refused = 'unable to load schema information from the API server: Get "https://127.0.0.1:1/openapi/v2": '
    refused += "dial tcp 127.0.0.1:1: connect: connection refused\n"
    engine.says("preview", printed=diagnostic(refused) * 40, code=255)

    with pytest.raises(UserError, match=r"^the cluster of stack staging can't be reached; start it"):
        preview(tmp_path)


def test_without_pulumi_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["ops", "preview", "--stack", "staging"])

    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 2
    complaint = capsys.readouterr().err.splitlines()[-1]
    assert complaint.startswith("error: pulumi is not installed, or not on PATH; install it, or type `make preview")


def test_everything_that_the_program_refuses_is_shown(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.says("preview", printed="".join(map(diagnostic, REFUSED)), code=255)
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(command.app, ["preview", "--stack", "staging", "--format", "json"])
    shown = json.loads(done.stdout)
    assert done.exit_code == 1
    assert shown["problems"] == [
        "staging can't be previewed: smarthr360:namespace: is no name",
        "staging can't be previewed: smarthr360:cluster.kind: is missing",
    ]
    assert shown["headline"] == "What changes is not known; staging can't be compared."
    assert shown["drift"] is None


def test_what_argo_cd_applies_is_reported_as_in_the_diff_and_is_not_looked_for_in_the_cluster(
    engine: Engine, tmp_path: Path
) -> None:
    engine.says("preview", printed=(RECORDINGS / "rendered.jsonl").read_text())

    report = preview(tmp_path)
    assert {change.object.owner for change in report.changes} == {Owner.ARGO_CD}
    assert {(change.action, change.object.title): paths(change) for change in report.changes} == {
        (Action.REPLACE, "StatefulSet redis"): ["spec.podManagementPolicy"],
        (Action.UPDATE, "Deployment smarthr360-worker"): ["spec.replicas"],
        (Action.DELETE, "PodDisruptionBudget smarthr360-worker"): [],
        (Action.UPDATE, "HorizontalPodAutoscaler smarthr360-api"): ["spec.maxReplicas"],
    }
    assert report.changes[0].object.kind == "StatefulSet"
    assert "Argo CD can't do that" in report.changes[0].risks[0].reason
    assert report.drift == ()
    commands = [line.split() for line in engine.asked()]
    assert [words[0] for words in commands] == ["preview", "refresh"]
    left_out = [word.rpartition("::")[2] for word in commands[1] if word.startswith("urn:")]
    assert "smarthr360-redis-statefulset" in left_out
    assert "smarthr360-worker-budget" in left_out


def test_providers_and_components_do_not_appear_and_each_object_does_once(engine: Engine, tmp_path: Path) -> None:
    engine.says("preview", printed=(RECORDINGS / "rendered.jsonl").read_text())

    (head,) = preview(tmp_path).heads
    kinds = [item.kind for item in head.objects]
    assert sorted(kinds) == ["Deployment", "HorizontalPodAutoscaler", "StatefulSet"]


@pytest.mark.parametrize("format_", ["terminal", "markdown", "json", "html"])
def test_a_secret_that_changes_is_reported_by_its_key_and_without_its_values(
    format_: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    printed = (RECORDINGS / "secrets.jsonl").read_text()
    engine.says("preview", printed=diagnostic("registering: props=planted-by-debug\n", "debug") + printed)
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)

    done = CliRunner().invoke(command.app, ["preview", "--stack", "staging", "--format", format_])
    everything = done.stdout + done.stderr + caplog.text
    for key in ("data.one", "data.plain", "data.url"):
        assert key in everything or key.replace(".", "&#46;") in everything
    assert "another secret" in everything or '"secret": true' in everything
    assert "data.two" not in everything
    assert "data.*" not in everything
    assert "plain-value-two" in everything  # of the ConfigMap's other key, which is not secret
    for planted in ("planted", "[secret]", "ciphertext", "4dabf18193072939515e22adb298388d"):
        assert planted not in everything


def test_what_is_different_in_the_cluster_is_drift_and_no_change(engine: Engine, tmp_path: Path) -> None:
    engine.says("refresh", printed=read("update", replicas=(2, 5)) + read("same", "other", cpu=("500m", "500m")))

    report = preview(tmp_path)
    assert report.changes == ()
    assert report.drift is not None
    (drifted,) = report.drift
    assert (drifted.object.title, drifted.fields) == ("Deployment api", (Field("spec.replicas", 2, 5),))
    assert drifted.before is not None


def test_drift_that_is_risky_says_so_and_stands_first(engine: Engine, tmp_path: Path) -> None:
    engine.says("refresh", printed=read("update", "fine", replicas=(2, 5)) + read("update", "api", replicas=(2, 1)))

    drift = preview(tmp_path).drift or ()
    assert [(change.object.name, change.level) for change in drift] == [("api", Level.MEDIUM), ("fine", Level.LOW)]
    assert drift[0].risks[0].rule == "drops-replica-floor"


@pytest.mark.parametrize(("environment", "touched"), [("production", True), ("qa", False)])
def test_production_is_reported_by_what_its_namespace_says_whatever_the_stack_is_called(
    environment: str, touched: bool, engine: Engine, tmp_path: Path
) -> None:
    urn = "urn:pulumi:staging::smarthr360::kubernetes:core/v1:Namespace::namespace"
    labels = {"smarthr360.com/environment": environment}
    inputs = {"kind": "Namespace", "metadata": {"name": "somewhere", "labels": labels}}
    side = {"urn": urn, "type": "kubernetes:core/v1:Namespace", "custom": True, "id": "n", "provider": ""}
    facts = {"op": "same", "urn": urn, "old": side | {"inputs": inputs}, "new": side | {"inputs": inputs}}
    namespace = json.dumps({DONE: {"metadata": {**facts, "detailedDiff": None}}}) + "\n"
    engine.says("preview", printed=(namespace + read("update", replicas=(2, 5))).replace(DONE, PLANNED))

    (change,) = preview(tmp_path).changes
    assert [risk.rule for risk in change.risks] == (["touches-production"] if touched else [])


def test_what_somebody_has_deleted_is_drift(engine: Engine, tmp_path: Path) -> None:
    engine.says("refresh", printed=read("delete", replicas=(2, None)))

    (drifted,) = preview(tmp_path).drift or ()
    assert (drifted.action, drifted.object.title, drifted.after) == (Action.DELETE, "Deployment api", None)


def test_what_the_api_server_only_writes_in_its_own_way_is_no_drift(engine: Engine, tmp_path: Path) -> None:
    engine.says("refresh", printed=read("update", cpu=("1000m", "1")))

    assert preview(tmp_path).drift == ()


def test_a_cluster_that_can_t_be_read_is_an_error_and_never_no_drift(engine: Engine, tmp_path: Path) -> None:
    engine.says("refresh", printed=diagnostic("forbidden: no\n") + diagnostic("preview failed\n"), code=255)

    with pytest.raises(UserError, match=r"^what is in the cluster can't be read: forbidden: no$"):
        preview(tmp_path)


def read(operation: str, name: str = "api", **fields: tuple[object, object]) -> str:
    """What the engine prints about a Deployment that it has read from the cluster."""
    urn = f"urn:pulumi:staging::smarthr360::kubernetes:apps/v1:Deployment::{name}"
    state = {"urn": urn, "type": "kubernetes:apps/v1:Deployment", "custom": True, "id": f"n/{name}", "provider": ""}
    metadata = {"kind": "Deployment", "metadata": {"name": name}}
    old, new = ({**state, "inputs": {**metadata, "spec": _spec(fields, side)}} for side in (0, 1))
    detailed = {f"spec.{field}": {"diffKind": "update", "inputDiff": True} for field in fields}
    facts = {"op": operation, "urn": urn, "old": old, "new": None if operation == "delete" else new}
    return json.dumps({DONE: {"metadata": {**facts, "detailedDiff": detailed or None}}}) + "\n"


def _spec(fields: dict[str, tuple[object, object]], side: int) -> dict[str, object]:
    spec: dict[str, object] = {field: values[side] for field, values in fields.items() if field != "cpu"}
    if "cpu" in fields:
        spec["resources"] = {"limits": {"cpu": fields["cpu"][side]}}
    return spec


def test_of_a_secret_nothing_is_shown_even_where_the_engine_does_not_know_that_it_is_one() -> None:
    plain = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "b2xkLXBsYW50ZWQ="}, "stringData": {"b": "planted"}}
    noted = {"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "planted"}}}
    facts = {"op": "update", "detailedDiff": {"data.a": {"diffKind": "update"}, "stringData.b": {"diffKind": "delete"}}}
    urn = "urn:pulumi:staging::smarthr360::kubernetes:core/v1:Secret::a"
    state = {"urn": urn, "type": "kubernetes:core/v1:Secret", "custom": True, "id": "n/a", "provider": ""}
    event = {
        DONE: {"metadata": {**facts, "old": {**state, "inputs": plain}, "new": {**state, "inputs": plain | noted}}}
    }

    (step,) = steps([event], DONE)
    assert "planted" not in str(step)
    assert "b2xkL" not in str(step)
    assert step.before
    assert step.after
    assert step.before.inputs["data"] != step.after.inputs["data"]


@pytest.mark.parametrize(
    ("operation", "action", "field", "reason"),
    [
        ("update", Action.UPDATE, Field("data.key", "a", "b"), ""),
        ("replace", Action.REPLACE, Field("data.key", "a", "b"), "because data.key can't be changed"),
        ("import", Action.UPDATE, Field("imported", None, "n/app"), ""),
        ("same", Action.UPDATE, Field("protected", True, False), "it is no longer protected against being deleted"),
        ("create-replacement", None, None, ""),
        ("delete-replaced", None, None, ""),
        ("read", None, None, ""),
    ],
)
def test_each_operation_of_the_engine_is_one_change_with_its_reason_or_none(
    operation: str, action: Action | None, field: Field | None, reason: str, engine: Engine, tmp_path: Path
) -> None:
    urn = "urn:pulumi:staging::smarthr360::kubernetes:core/v1:ConfigMap::app"
    state = {"urn": urn, "type": "kubernetes:core/v1:ConfigMap", "custom": True, "id": "n/app", "provider": ""}
    old, new = (
        {**state, "protect": side == 1, "inputs": {"kind": "ConfigMap", "metadata": {"name": "app"}, "data": data}}
        for side, data in ((1, {"key": "a"}), (2, {"key": "a" if operation == "same" else "b"}))
    )
    if operation != "same":
        old["protect"] = False
    kind = "update-replace" if operation == "replace" else "update"
    facts = {"op": operation, "old": old, "new": new, "detailedDiff": {"data.key": {"diffKind": kind}}}
    engine.says("preview", printed=json.dumps({PLANNED: {"metadata": facts}}) + "\n")

    report = preview(tmp_path)
    changes = report.changes
    assert [item.title for item in report.heads[0].objects] == (["ConfigMap app"] if action else [])
    assert [(change.action, change.fields) for change in changes] == ([(action, (field,))] if action else [])
    assert [reason in risk.reason for change in changes for risk in change.risks] == ([True] if reason else [])


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_a_map_that_is_secret_as_a_whole_stays_a_map(kind: str, engine: Engine, tmp_path: Path) -> None:
    hidden = {SIGNATURE: SECRET, "ciphertext": "[secret]"}
    inputs = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}, "data": hidden}
    type_ = f"kubernetes:core/v1:{kind}"
    urn = f"urn:pulumi:staging::smarthr360::{type_}::a"
    new = {"urn": urn, "type": type_, "custom": True, "id": "", "provider": "", "inputs": inputs}
    event = {PLANNED: {"metadata": {"op": "create", "old": None, "new": new, "detailedDiff": None}}}
    engine.says("preview", printed=json.dumps(event) + "\n")

    (change,) = preview(tmp_path).changes
    assert (change.action, change.object.manifest["data"]) == (Action.CREATE, {ALL_KEYS: HIDDEN})


def test_a_value_that_is_secret_on_one_side_is_hidden_on_the_other_also_where_a_list_moves() -> None:
    hidden = {SIGNATURE: SECRET, "ciphertext": "[secret]"}
    state = {"urn": "a::b::c:d:E::f", "type": "c:d:E", "custom": True, "id": "1", "provider": ""}
    old = {**state, "inputs": {"env": [{"name": "A", "value": hidden}, {"name": "B", "value": "seen"}], "other": 1}}
    new = {**state, "inputs": {"env": [{"name": "B", "value": "seen"}, {"name": "A", "value": "planted"}], "other": 2}}
    event = {
        DONE: {
            "metadata": {
                "op": "update",
                "old": old,
                "new": new,
                "detailedDiff": {"env[1].value": {"diffKind": "update"}},
            }
        }
    }

    (step,) = steps([event], DONE)
    assert "planted" not in str(step)
    assert "seen" not in str(step)
    assert step.after
    assert step.after.inputs["other"] == 2


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.containers[1].image", "b"),
        ('data["nginx.conf"]', "c"),
        ("spec.containers[7].image", None),
        ("spec.nothing.there", None),
    ],
)
def test_a_place_is_found_as_the_engine_writes_it(path: str, value: object) -> None:
    manifest = {"spec": {"containers": [{"image": "a"}, {"image": "b"}]}, "data": {"nginx.conf": "c"}}
    assert at(manifest, path) == value


def paths(change: Change) -> list[str]:
    return [field.path for field in change.fields]
