"""What an Application says of itself, and how long it is waited for."""

import time
from pathlib import Path
from typing import Any

import pytest

from errors import UserError
from tools.embedded.argocd import application, sync
from tools.embedded.argocd.application import State, UnconfirmedError, wait_for
from tools.embedded.cluster.state import Layout

COMMIT = "a" * 40
OTHER = "b" * 40
EARLIER, NOW, LATER = "2026-11-23T09:59:59Z", "2026-11-23T10:00:00Z", "2026-11-23T10:00:01Z"


def an_application(
    sync_status: str = "Synced",
    health: str = "Healthy",
    revision: str = COMMIT,
    automated: dict[str, Any] | None = None,
    operation_state: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    status = {
        "sync": {"status": sync_status, "revision": revision},
        "health": {"status": health},
        "reconciledAt": more.pop("compared", LATER),
        "resources": more.pop("resources", []),
        "conditions": more.pop("conditions", []),
    }
    if operation_state:
        status["operationState"] = operation_state
    policy = {} if automated is None else {"automated": automated}
    spec = {"project": "production", "syncPolicy": policy}
    return {"metadata": {"name": "app"}, "spec": spec, "status": status, **more}


def an_operation(phase: str, revision: str = COMMIT, message: str = "", **more: Any) -> dict[str, Any]:
    finished = {} if phase == "Running" else {"finishedAt": NOW}
    resources = more.pop("resources", [])
    return {
        "phase": phase,
        "message": message,
        "operation": {"sync": {"revision": revision}},
        "syncResult": {"revision": revision, "resources": resources},
        **finished,
        **more,
    }


AUTOMATED: dict[str, Any] = {"prune": True}


@pytest.mark.parametrize(
    ("found", "done"),
    [
        (an_application(automated=AUTOMATED), True),
        (an_application(automated=AUTOMATED, revision=OTHER), False),
        (an_application(automated=AUTOMATED, health="Progressing"), False),
        (an_application(automated=AUTOMATED, sync_status="OutOfSync"), False),
        (an_application(automated={"enabled": False}, sync_status="OutOfSync", health="Missing"), True),
        (an_application(sync_status="OutOfSync", health="Missing"), True),
        (an_application(sync_status="OutOfSync", revision=OTHER), False),
        (an_application(sync_status="Unknown"), False),
        (an_application(health="Degraded"), False),
        ({}, False),
    ],
)
def test_it_is_done_once_it_is_synced_and_healthy_or_compared_without_automation(
    found: dict[str, Any], done: bool
) -> None:
    assert State(found, COMMIT).is_done() is done


@pytest.mark.parametrize("more", [{"operation": {"sync": {}}}, {"operation_state": an_operation("Running")}])
def test_it_is_not_done_during_a_sync(more: dict[str, Any]) -> None:
    assert not State(an_application(automated=AUTOMATED, **more), COMMIT).is_done()
    assert not State(an_application(sync_status="OutOfSync", **more), COMMIT).is_done()


@pytest.mark.parametrize(("compared", "done"), [(EARLIER, False), (NOW, False), (LATER, True)])
def test_a_difference_seen_before_the_sync_ended_does_not_count(compared: str, done: bool) -> None:
    found = an_application(sync_status="OutOfSync", compared=compared, operation_state=an_operation("Succeeded"))
    assert State(found, COMMIT).is_done() is done


def test_a_failed_sync_is_reported_with_the_objects_that_it_failed_at() -> None:
    resources = [
        {"kind": "Service", "name": "api", "status": "SyncFailed", "message": "not permitted in\nproject production"},
        {"kind": "Job", "name": "migrate", "status": "Synced", "hookPhase": "Failed", "message": "backoff limit"},
        {"kind": "ConfigMap", "name": "config", "status": "Synced", "message": "configured"},
    ]
    failed = an_operation("Failed", message="one or more tasks failed", resources=resources)
    assert State(an_application(operation_state=failed), COMMIT).failure() == (
        "one or more tasks failed; Service api: not permitted in project production; Job migrate: backoff limit"
    )


def test_an_objects_message_is_not_reported_twice() -> None:
    resources = [{"kind": "Service", "name": "api", "status": "SyncFailed", "message": "no port"}]
    failed = an_operation("Failed", message="failed to apply, reason: no port", resources=resources)
    assert State(an_application(operation_state=failed), COMMIT).failure() == "failed to apply, reason: no port"


@pytest.mark.parametrize(
    "found",
    [
        an_application(operation_state=an_operation("Failed", revision=OTHER)),
        an_application(operation_state=an_operation("Running", message="failed. Retrying attempt #1")),
        an_application(operation_state=an_operation("Failed"), operation={"sync": {}}),
        an_application(operation_state=an_operation("Succeeded")),
        an_application(),
    ],
)
def test_a_sync_to_another_commit_or_one_that_goes_on_has_not_failed(found: dict[str, Any]) -> None:
    assert State(found, COMMIT).failure() is None


def test_only_errors_among_the_conditions_are_complaints() -> None:
    conditions = [
        {"type": "OrphanedResourceWarning", "message": "orphans"},
        {"type": "ComparisonError", "message": "no such path"},
    ]
    assert State(an_application(conditions=conditions), COMMIT).complaint() == "no such path"
    assert State(an_application(), COMMIT).complaint() == ""


def test_progress_shows_wave_count_and_what_argo_cd_waits_for() -> None:
    resources = [
        {"kind": "ConfigMap", "name": "a", "syncWave": -1},
        {"kind": "StatefulSet", "name": "b", "syncWave": 2},
        {"kind": "Deployment", "name": "c", "syncWave": 3},
    ]
    results = [
        {"kind": "ConfigMap", "name": "a", "status": "Synced"},
        {"kind": "StatefulSet", "name": "b", "status": "Synced"},
        {"kind": "Deployment", "name": "c", "status": "SyncFailed"},
    ]
    running = an_operation("Running", message="waiting for healthy state of b", resources=results)
    progress = State(an_application(resources=resources, operation_state=running), COMMIT).progress()
    assert progress == "sync: wave 2, 2 of 3 objects applied, waiting for healthy state of b"


@pytest.mark.parametrize(
    ("found", "progress"),
    [
        (an_application(operation={"sync": {}}), "sync is about to begin"),
        (an_application(operation_state=an_operation("Running")), "sync, 0 of 0 objects applied"),
        (
            an_application(operation_state=an_operation("Running", revision=OTHER)),
            "sync to bbbbbbb first, 0 of 0 objects applied",
        ),
        (an_application(revision=OTHER), "waiting for Argo CD to see aaaaaaa"),
        (
            an_application(
                health="Progressing",
                resources=[
                    {"kind": "Deployment", "name": "api", "health": {"status": "Progressing"}},
                    {"kind": "Deployment", "name": "beat", "health": {"status": "Healthy"}},
                    {"kind": "ConfigMap", "name": "config"},
                ],
            ),
            "Synced, Progressing: 1 of 2 healthy, not Deployment api",
        ),
    ],
)
def test_progress_is_reported_at_every_stage(found: dict[str, Any], progress: str) -> None:
    assert State(found, COMMIT).progress() == progress


def waiting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *found: dict[str, Any] | None, timeout: float = 100
) -> tuple[str, list[str]]:
    """Wait for an Application that is found so, one after the other, then for ever as at last."""
    answers, clock, said = list(found), [0.0], list[str]()

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    def get(*_: object) -> dict[str, Any] | None:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(application, "get", get)
    return wait_for(Layout(tmp_path), "app", COMMIT, said.append, timeout), said


def test_waiting_reports_each_step_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = an_application(automated=AUTOMATED, health="Progressing")
    status, said = waiting(monkeypatch, tmp_path, None, None, seen, seen, an_application(automated=AUTOMATED))
    assert status == "Synced"
    assert said == [
        "app: waiting for the Application to be made, 0 s",
        "app: Synced, Progressing: 0 of 0 healthy, 1 s",
    ]


def test_a_failed_sync_ends_the_wait(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    failed = an_application("OutOfSync", automated=AUTOMATED, operation_state=an_operation("Failed", message="no port"))
    with pytest.raises(UserError, match=r"^Argo CD could not sync app to aaaaaaa: no port$"):
        waiting(monkeypatch, tmp_path, failed)


def test_an_old_failure_is_nothing_to_who_waits_for_the_comparison_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    failed = an_application("OutOfSync", operation_state=an_operation("Failed"))
    assert waiting(monkeypatch, tmp_path, failed)[0] == "OutOfSync"


def test_a_question_ends_the_wait_and_says_what_it_is_about(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    question = "Waiting for pruning confirmation of v1/PersistentVolumeClaim/logs and 1 more resources"
    asking = an_application("OutOfSync", operation_state=an_operation("Running", message=question))
    with pytest.raises(UnconfirmedError, match=r"^Argo CD asks before it deletes v1/.* for app, and nobody") as caught:
        waiting(monkeypatch, tmp_path, asking)
    assert caught.value.what == "v1/PersistentVolumeClaim/logs and 1 more resources"


def test_there_is_no_question_once_the_sync_has_ended() -> None:
    ended = an_operation("Failed", message="Waiting for pruning confirmation of v1/PersistentVolumeClaim/logs")
    assert State(an_application(operation_state=ended), COMMIT).asks() == ""


def test_a_complaint_that_stays_ends_the_wait(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wrong = an_application("Unknown", conditions=[{"type": "ComparisonError", "message": "no such path"}])
    with pytest.raises(UserError, match=r"^Argo CD cannot work with Application app: no such path$"):
        waiting(monkeypatch, tmp_path, wrong)


def test_a_complaint_that_passes_does_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wrong = an_application("Unknown", conditions=[{"type": "ComparisonError", "message": "no repo-server"}])
    assert waiting(monkeypatch, tmp_path, wrong, wrong, an_application())[0] == "Synced"


def test_a_wait_that_is_too_long_ends_with_how_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"app is not at aaaaaaa after 100 s: .*see aaaaaaa; `kubectl get application"):
        waiting(monkeypatch, tmp_path, an_application(revision=OTHER))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            '{"level":"fatal","msg":"rpc error: code = PermissionDenied desc = cannot sync: blocked by sync window"}',
            "Argo CD refuses to sync app: cannot sync: blocked by sync window",
        ),
        (
            'a warning\n{"level":"fatal","msg":"rpc error: code = FailedPrecondition desc = application is deleting"}',
            "Argo CD refuses to sync app: application is deleting",
        ),
        ("no JSON", "Argo CD refuses to sync app: no JSON"),
    ],
)
def test_a_refused_sync_is_reported_in_a_sentence(said: str, sentence: str) -> None:
    refused = sync.refusal(an_application(), said)
    assert str(refused) == sentence
    assert isinstance(refused, sync.ClosedError) == ("sync window" in said)
