"""The embedded default's own pieces, without an engine."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from tools.local.launcher import named_stack
from tools.local.stack import Stack, StackError
from tools.local.workspace import Workspace
from tools.stack_values import StackFileError


@pytest.mark.parametrize(
    ("arguments", "stack"),
    [
        (["up", "--stack", "staging"], "staging"),
        (["up", "--stack=staging"], "staging"),
        (["-s", "dev", "preview"], "dev"),
        (["up", "-sdev"], "dev"),
        (["up", "--yes"], None),
        (["up", "--skip-preview"], None),
        (["up", "--stack"], None),
    ],
)
def test_the_launcher_sees_the_stack_that_is_named(arguments: list[str], stack: str | None) -> None:
    assert named_stack(arguments) == stack


def test_a_persons_own_pulumi_settings_do_not_leak_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "theirs")
    monkeypatch.setenv("PULUMI_STACK", "production")
    monkeypatch.setenv("KUBECONFIG", "/home/somebody/.kube/config")
    environment = Workspace(tmp_path).environment()

    assert "PULUMI_CONFIG_PASSPHRASE" not in environment
    assert "PULUMI_STACK" not in environment
    assert environment["KUBECONFIG"] == str(tmp_path / ".local" / "kubeconfig")
    assert environment["PATH"].split(os.pathsep)[0] == str(tmp_path / ".local" / "bin")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("config: [", "Pulumi.dev.yaml, line 1 is not YAML: "),
        ("- a\n", "Pulumi.dev.yaml has no `config:` with keys under it"),
        ("config: text\n", "Pulumi.dev.yaml has no `config:` with keys under it"),
    ],
)
def test_a_broken_stack_file_is_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(content)

    with pytest.raises(StackFileError) as refused:
        Stack(Workspace(tmp_path), "dev").prepare()

    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_a_missing_stack_file_names_those_that_there_are(tmp_path: Path) -> None:
    for name in ("dev", "staging"):
        (tmp_path / f"Pulumi.{name}.yaml").touch()

    with pytest.raises(StackFileError, match=r'^"prod" is no stack, the nearest is dev; STACK is one of dev, staging$'):
        Stack(Workspace(tmp_path), "prod").prepare()


def a_lock(workspace: Workspace, **owner: object) -> Path:
    path = workspace.backend / ".pulumi" / "locks" / "organization" / "smarthr360" / "dev" / "lock.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(owner))
    return path


def test_the_lock_of_a_dead_pulumi_is_taken_away(tmp_path: Path) -> None:
    process = os.fork()
    if process == 0:
        os._exit(0)
    os.waitpid(process, 0)
    lock = a_lock(Workspace(tmp_path), pid=process, hostname=socket.gethostname())

    Stack(Workspace(tmp_path), "dev").unlock()

    assert not lock.exists()


def test_the_lock_of_a_living_pulumi_stays(tmp_path: Path) -> None:
    lock = a_lock(Workspace(tmp_path), pid=os.getpid(), hostname=socket.gethostname())

    with pytest.raises(StackError, match=f"is being worked on by process {os.getpid()}"):
        Stack(Workspace(tmp_path), "dev").unlock()
    assert lock.exists()


def test_a_lock_of_another_machine_is_left_to_a_person(tmp_path: Path) -> None:
    lock = a_lock(Workspace(tmp_path), pid=1, hostname="elsewhere")

    with pytest.raises(StackError, match="locked by process 1 on elsewhere; if that is over, type `pulumi cancel"):
        Stack(Workspace(tmp_path), "dev").unlock()
    assert lock.exists()
