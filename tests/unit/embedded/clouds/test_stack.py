"""A stack whose cluster is in a cloud that does not exist."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.settings.cluster import Cluster
from tools import command_line
from tools.embedded.clouds.__main__ import app
from tools.embedded.clouds.stack import KINDS, CloudWorkspace, made_up
from tools.local.workspace import Workspace


@pytest.mark.parametrize("kind", KINDS)
def test_a_stack_file_without_a_cluster_gets_one_of_the_kind_that_is_asked_for(kind: str) -> None:
    made = made_up(kind, "production")
    settings = Cluster.model_validate_json(json.dumps({kind: made}))

    cluster = getattr(settings, kind)
    assert (cluster.name, cluster.create.version) == ("smarthr360-production", type(cluster.create.version).example)
    assert "staging" not in json.dumps(made)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stack", ["qa", "production-eu", "a-stack-with-a-name-as-long-as-they-may-be-for-argo-cd"])
def test_a_stack_of_any_name_gets_a_cluster_whose_names_its_cloud_takes(kind: str, stack: str) -> None:
    made = getattr(Cluster.model_validate_json(json.dumps({kind: made_up(kind, stack)})), kind)

    assert f"smarthr360-{stack}".startswith(made.name)


def test_a_cloud_has_a_folder_a_state_and_an_environment_of_its_own(tmp_path: Path) -> None:
    ours, plain = CloudWorkspace(tmp_path, "gke"), Workspace(tmp_path)

    assert ours.local == plain.local / "clouds" / "gke"
    assert ours.variables()["PULUMI_BACKEND_URL"] != plain.variables()["PULUMI_BACKEND_URL"]
    assert ours.environment()["PATH"].split(":")[:2] == [str(ours.clouds.bin), str(ours.bin)]
    assert "SMARTHR360_CLOUDS" not in plain.environment()


def test_an_unknown_kind_of_cluster_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["tools.embedded.clouds", "preview", "--cloud", "ovh"])

    assert command_line.run(app) == 1
    sentence = 'error: "ovh" is not a kind of cluster that a stack makes; CLOUD is one of eks, gke, aks\n'
    assert capsys.readouterr().err == sentence
