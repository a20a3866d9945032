"""The embedded default's own pieces, without an engine."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from components.settings import NAMESPACE
from errors import UserError
from tools import stack_values
from tools.local import ownership
from tools.local.stack import Stack
from tools.local.workspace import Workspace


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

    with pytest.raises(UserError) as refused:
        Stack(Workspace(tmp_path), "dev").prepare()

    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_a_missing_stack_file_names_those_that_there_are(tmp_path: Path) -> None:
    for name in ("dev", "staging"):
        (tmp_path / f"Pulumi.{name}.yaml").touch()

    with pytest.raises(UserError, match=r'^"prod" is not a stack; STACK is one of dev, staging$'):
        Stack(Workspace(tmp_path), "prod").prepare()
    with pytest.raises(UserError, match=r'^"stage" is not a stack, the nearest is staging; STACK is one of dev, '):
        Stack(Workspace(tmp_path), "stage").prepare()


def _state(root: Path, stack: str, *types: str) -> None:
    """Write what a stack's last deployment has left."""
    path = root / ".local" / "cluster" / "state" / ".pulumi" / "stacks" / "smarthr360" / f"{stack}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    resources = [{"type": type_, "urn": f"urn:pulumi:{stack}::smarthr360::{type_}::any"} for type_ in types]
    path.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}))


DIRECT = ("pulumi:pulumi:Stack", "smarthr360:environment:Environment")
GITOPS = (*DIRECT, "smarthr360:delivery:Rendering")


@pytest.mark.parametrize(
    ("types", "delivered"), [((), None), (("pulumi:pulumi:Stack",), None), (DIRECT, "direct"), (GITOPS, "gitops")]
)
def test_how_an_environment_is_delivered_is_read_from_its_state(
    tmp_path: Path, types: tuple[str, ...], delivered: str | None
) -> None:
    assert Stack(Workspace(tmp_path), "dev").delivered is None
    _state(tmp_path, "dev", *types)

    assert Stack(Workspace(tmp_path), "dev").delivered == delivered


@pytest.mark.parametrize(
    ("types", "asked", "agreed"),
    [
        ((), None, "direct"),
        ((), "gitops", "gitops"),
        (DIRECT, None, "direct"),
        (GITOPS, None, "gitops"),
        (GITOPS, "gitops", "gitops"),
    ],
)
def test_an_environment_stays_delivered_as_it_is(
    tmp_path: Path, types: tuple[str, ...], asked: str | None, agreed: str
) -> None:
    _state(tmp_path, "dev", *types)

    assert Stack(Workspace(tmp_path), "dev").agreed(asked) == agreed


@pytest.mark.parametrize(("types", "asked"), [(DIRECT, "gitops"), (GITOPS, "direct")])
def test_another_delivery_is_refused_and_the_way_to_mean_it_is_said(
    tmp_path: Path, types: tuple[str, ...], asked: str
) -> None:
    _state(tmp_path, "dev", *types)

    with pytest.raises(UserError, match=f"{asked} would delete all of it, data too.* `make destroy STACK=dev` first"):
        Stack(Workspace(tmp_path), "dev").agreed(asked)


@pytest.mark.parametrize(("where", "moved"), [("", False), ("/old/", True)])
def test_only_a_moved_checkout_has_to_show_pulumi_where_its_cluster_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, *, moved: bool
) -> None:
    stack = Stack(Workspace(tmp_path), "dev")
    said: list[str] = []
    kubeconfigs = (f"{where}{stack.workspace.kubeconfig}", "", None)
    entries = [{"type": "any", "inputs": {"kubeconfig": kubeconfig}} for kubeconfig in kubeconfigs]
    entries.append({"type": "any", "inputs": {}})
    monkeypatch.setattr(Stack, "_deployment", lambda _: {"resources": entries})
    monkeypatch.setattr(Stack, "_pulumi", lambda _, *arguments, **__: said.append(arguments[0]))

    stack.repair()

    assert said == (["refresh"] if moved else [])


def test_only_the_first_stack_installs_argo_cd_until_it_is_gone(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.local.mkdir()
    dev, staging = Stack(workspace, "dev"), Stack(workspace, "staging")

    assert (dev.argocd_owner, staging.argocd_owner) == ("dev", "dev")
    staging.disown_argocd()
    assert staging.argocd_owner == "dev"
    dev.disown_argocd()
    assert (staging.argocd_owner, dev.argocd_owner) == ("staging", "staging")


def test_a_stack_whose_argo_cd_delivers_others_knows_them(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for stack, types in (("dev", GITOPS), ("staging", GITOPS), ("production", DIRECT)):
        _state(tmp_path, stack, *types)

    assert Stack(workspace, "dev").argocd_owner == "dev"
    assert Stack(workspace, "dev").needing_its_argocd() == ["staging"]
    assert Stack(workspace, "staging").needing_its_argocd() == []
    assert Stack(workspace, "production").needing_its_argocd() == []


@pytest.mark.parametrize(("token", "notified"), [({}, False), ({"slackToken": {"secure": "v1:any"}}, True)])
def test_slack_is_notified_from_this_machine_only_with_a_token_of_its_own(
    tmp_path: Path, token: dict[str, object], notified: bool
) -> None:
    stack = Stack(Workspace(tmp_path), "staging")
    stack.workspace.local.mkdir()

    made = stack.made_locally(stack_values.read("staging"), {"dbUser": {"secure": "v1:any"}, **token}, "gitops")

    gitops, argocd = made["gitops"], made["argocd"]
    assert isinstance(gitops, dict)
    assert isinstance(argocd, dict)
    assert ("slack" in gitops) == notified
    assert gitops["branch"] == "staging"
    assert gitops["repository"] == (tmp_path / ".local" / "gitops.git").as_uri()
    assert (argocd["install"], argocd["localAdmin"]) == (True, True)
    assert {"gitops", "argocd"}.isdisjoint(stack.made_locally(stack_values.read("staging"), {}, "direct"))


@pytest.mark.parametrize(
    ("code", "said", "refused"),
    [
        (0, '{"metadata": {"labels": {"smarthr360.com/stack": "staging"}}}', True),
        (0, '{"metadata": {"labels": {"smarthr360.com/stack": "qa"}}}', False),
        (0, '{"metadata": {"labels": {"app": "other"}}}', False),
        (0, '{"metadata": {}}', False),
        (0, "", False),
        (1, "", False),
    ],
)
def test_a_namespace_that_is_marked_as_another_stack_s_is_refused(
    code: int, said: str, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = Stack(Workspace(tmp_path), "qa")
    stack.config_file.parent.mkdir(parents=True)
    stack.config_file.write_text(f"config: {{ {NAMESPACE}namespace: somewhere }}\n")
    done = subprocess.CompletedProcess([], code, said, "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)

    if refused:
        with pytest.raises(UserError, match="namespace somewhere belongs to stack staging, and stack qa would take"):
            ownership.refuse_another_s(stack)
    else:
        ownership.refuse_another_s(stack)
