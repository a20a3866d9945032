"""Two stacks that would own one thing are refused, with both named; and what is not one thing is no clash."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.neighbours import clashes
from tests.support.stacks import NAMESPACE, ROOT, STACKS

EKS = {"eks": {"name": "one", "region": "eu-west-3"}}
GKE = {"gke": {"name": "one", "project": "p", "region": "europe-west9"}}
AKS = {"aks": {"name": "one", "subscription": "s", "resourceGroup": "g", "secretVault": {"name": "v"}}}
EXISTING = {"existing": {"kubeconfig": "~/.kube/config", "context": "one"}}
LATER = {"argocd": {"install": False}}

SHARED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a namespace of the embedded cluster": ({"namespace": "a"}, {"namespace": "a"}, "both have namespace a, and only"),
    "a namespace of a cluster that is there": (
        {"namespace": "a", "cluster": EXISTING, **LATER},
        {"namespace": "a", "cluster": EXISTING},
        "both have namespace a in the cluster one, and only",
    ),
    "a namespace of a cluster in AWS": (
        {"namespace": "a", "cluster": EKS, **LATER},
        {"namespace": "a", "cluster": EKS},
        "both have namespace a in the cluster one, and only",
    ),
    "a host name of the site": (
        {"hosts": {"site": ["b.example.com", "a.example.com"]}},
        {"hosts": {"site": ["a.example.com"]}, "cluster": GKE},
        "have the host name a.example.com, and only one stack can; give one of them others in smarthr360:hosts.",
    ),
    "a host name of site and API": (
        {"hosts": {"site": ["a.example.com"]}},
        {"hosts": {"api": ["a.example.com"]}},
        "both have the host name a.example.com",
    ),
    "a secret of a cloud": (
        {"cluster": GKE, "externalSecrets": {"store": "cloud", "key": "a"}, **LATER},
        {"cluster": GKE, "externalSecrets": {"store": "cloud", "key": "a"}},
        "both have the secret a of one secret manager",
    ),
    "another's secret by default": (
        {"cluster": AKS, "externalSecrets": {"store": "cloud"}, **LATER},
        {"cluster": AKS, "externalSecrets": {"store": "cloud", "key": "smarthr360/one"}},
        "both have the secret smarthr360/one of one secret manager",
    ),
    "a cluster that both make": (
        {"cluster": {"eks": EKS["eks"] | {"create": {"version": "1.34"}}}, **LATER},
        {"cluster": {"eks": EKS["eks"] | {"create": {"version": "1.34"}}}},
        "both make the cluster one, and only",
    ),
    "a cluster whose file has two names": (
        {"namespace": "a", "cluster": EXISTING, **LATER},
        {
            "namespace": "a",
            "cluster": {"existing": {"kubeconfig": str(Path.home() / "x/../.kube/config"), "context": "one"}},
        },
        "both have namespace a in the cluster one, and only",
    ),
    "a cluster in a resource group that is written in two ways": (
        {"namespace": "a", "cluster": AKS, **LATER},
        {"namespace": "a", "cluster": {"aks": AKS["aks"] | {"resourceGroup": "G"}}},
        "both have namespace a in the cluster one, and only",
    ),
    "a resource group that both make": (
        {"cluster": {"aks": AKS["aks"] | {"create": {"version": "1.36"}}}},
        {"cluster": {"aks": AKS["aks"] | {"name": "two", "resourceGroup": "G", "create": {"version": "1.36"}}}},
        "both make the resource group g, and only one stack can; give one of them another smarthr360:cluster.",
    ),
    "an account of nodes that both make": (
        {"cluster": {"gke": GKE["gke"] | {"create": {"version": "1.36"}}}},
        {"cluster": {"gke": GKE["gke"] | {"region": "europe-west1", "create": {"version": "1.36"}}}},
        "both make the service account one-nodes of one project, and only",
    ),
    "Argo CD": ({"cluster": EKS}, {"cluster": EKS}, "both install Argo CD in the cluster one"),
    "an add-on": (
        {"cluster": EKS, "addons": {"certManager": True}, **LATER},
        {"cluster": EKS, "addons": {"certManager": True}},
        "both install certManager in the cluster one",
    ),
}

APART: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a namespace of two clusters": ({"namespace": "a", "cluster": EKS}, {"namespace": "a", "cluster": GKE}),
    "one name of two contexts": (
        {"namespace": "a", "cluster": EXISTING},
        {"namespace": "a", "cluster": {"existing": {"kubeconfig": "~/.kube/config", "context": "two"}}},
    ),
    "a secret of two managers": (
        {"cluster": EKS, "externalSecrets": {"store": "cloud", "key": "a"}},
        {"cluster": GKE, "externalSecrets": {"store": "cloud", "key": "a"}},
    ),
    "Argo CD that one installs": ({"cluster": EKS}, {"cluster": EKS, **LATER}),
    "Argo CD of the embedded cluster, which `make up` decides": ({}, {}),
    "an add-on that one installs": (
        {"cluster": EKS, "addons": {"certManager": True}},
        {"cluster": EKS, "addons": {"certManager": False}, **LATER},
    ),
    "nothing that can be read": (
        {"namespace": ["a"], "hosts": "a"},
        {"namespace": ["a"], "hosts": {"site": [3, None]}},
    ),
}


def write(folder: Path, stack: str, config: dict[str, Any]) -> None:
    content = {"config": {f"{NAMESPACE}{key}": value for key, value in config.items()}}
    (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(content))


@pytest.mark.parametrize("name", SHARED)
def test_two_stacks_that_would_own_one_thing_are_refused_with_both_named(name: str, tmp_path: Path) -> None:
    first, second, words = SHARED[name]
    write(tmp_path, "one", first)
    write(tmp_path, "two", second)

    [found] = clashes(tmp_path, "two")
    assert found.startswith("Pulumi.one.yaml and Pulumi.two.yaml both ")
    assert words in found
    assert "; give one of them " in found
    assert [sentence.partition(";")[0] for sentence in clashes(tmp_path, "one")] == [found.partition(";")[0]]


@pytest.mark.parametrize("name", APART)
def test_what_is_not_one_thing_is_no_clash(name: str, tmp_path: Path) -> None:
    first, second = APART[name]
    write(tmp_path, "one", first)
    write(tmp_path, "two", second)

    assert clashes(tmp_path, "one") == clashes(tmp_path, "two") == []


def test_a_stack_s_own_clashes_only_are_reported_and_none_that_is_mended(tmp_path: Path) -> None:
    for stack in ("one", "two", "three"):
        write(tmp_path, stack, {"namespace": "a" if stack != "three" else "b"})

    assert clashes(tmp_path, "three") == []
    assert len(clashes(tmp_path, "one")) == len(clashes(tmp_path, "two")) == 1
    assert clashes(tmp_path, "somewhere-else") == []
    write(tmp_path, "two", {"namespace": "another"})
    assert clashes(tmp_path, "one") == []


def test_our_own_stacks_share_nothing() -> None:
    assert [clash for stack in STACKS for clash in clashes(ROOT, stack)] == []


def test_files_that_can_t_be_read_stop_nobody_else(tmp_path: Path) -> None:
    write(tmp_path, "one", {"namespace": "a"})
    (tmp_path / "Pulumi.cut.yaml").write_text("config: [")
    (tmp_path / "Pulumi.list.yaml").write_text("- config\n")
    (tmp_path / "Pulumi.itself.yaml").write_text(f"config:\n  {NAMESPACE}hosts: &a {{ site: [*a] }}\n")
    (tmp_path / "Pulumi.nowhere.yaml").symlink_to("nothing")
    (tmp_path / "Pulumi.circle.yaml").symlink_to("Pulumi.circle.yaml")
    (tmp_path / "Pulumi.folder.yaml").mkdir()
    os.mkfifo(tmp_path / "Pulumi.pipe.yaml")

    assert clashes(tmp_path, "one") == []
