"""What runs, with which arguments, and that the manifests beside it agree with the code."""

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.embedded.cluster import certificates, components, credentials
from tools.embedded.cluster.components import Binaries, Component
from tools.embedded.cluster.state import Layout

PORTS = {"etcd": 20001, "etcd_peer": 20002, "apiserver": 20003, "controller_manager": 20004, "scheduler": 20005}
TOOLS = {
    name: Path("/opt/tools") / name
    for name in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "kubectl")
}
BINARIES = Binaries.of(TOOLS)
MANIFESTS = Path(components.__file__).with_name("manifests")


def the_components(root: Path) -> list[Component]:
    return components.components(Layout(root), PORTS)


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((MANIFESTS / name).read_text()))


def test_etcd_starts_first_and_the_api_server_next() -> None:
    assert [component.name for component in the_components(Path("/a"))] == [
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kwok",
        "provisioner",
    ]


@pytest.mark.parametrize("name", [name for name in TOOLS if name != "kubectl"])
def test_a_component_is_run_by_its_own_program(name: str) -> None:
    component = next(component for component in the_components(Path("/a")) if component.name == name)
    assert component.command(BINARIES)[0] == str(TOOLS[name])


def test_the_provisioner_is_run_by_this_python() -> None:
    provisioner = the_components(Path("/a"))[-1]
    assert provisioner.command(BINARIES)[:-1] == [sys.executable, "-m", "tools.embedded.cluster.provisioner", "/a"]


def test_a_change_of_our_code_changes_the_provisioners_command_so_that_up_restarts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command() -> list[str]:
        return the_components(Path("/a"))[-1].command(BINARIES)

    monkeypatch.setattr(components, "__file__", str(tmp_path / "components.py"))
    (tmp_path / "usage.py").write_text("SHARE = 1")
    before = command()
    assert command() == before
    (tmp_path / "usage.py").write_text("SHARE = 2")
    assert command() != before


def test_no_argument_is_a_secret(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    certificates.ensure(layout.certificates)
    credentials.ensure_tokens(layout.tokens)
    secrets = [line.split(",")[0] for line in layout.tokens.read_text().splitlines()]
    secrets += [line for path in layout.certificates.glob("*.key") for line in path.read_text().splitlines()[1:-1]]
    assert len(secrets) > 10
    arguments = " ".join(a for component in the_components(tmp_path) for a in component.command(BINARIES))
    assert [secret for secret in secrets if secret in arguments] == []


def test_a_marker_is_part_of_the_command_and_of_no_other(tmp_path: Path) -> None:
    here, there = the_components(tmp_path / "one"), the_components(tmp_path / "two")
    commands = [f" {' '.join(component.command(BINARIES))} " for component in here + there]
    for component in here + there:
        carriers = [command for command in commands if f" {' '.join(component.marker)} " in command]
        assert carriers == [f" {' '.join(component.command(BINARIES))} "]


def test_a_marker_does_not_depend_on_ports(tmp_path: Path) -> None:
    others = components.components(Layout(tmp_path))
    assert [c.marker for c in others] == [c.marker for c in the_components(tmp_path)]


def test_whoever_listens_does_so_on_loopback_on_its_own_port() -> None:
    by_name = {component.name: component for component in the_components(Path("/a"))}
    for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        flags = by_name[name].flags
        assert "--bind-address=127.0.0.1" in flags
        assert f"--secure-port={by_name[name].ports[0]}" in flags
    assert "--listen-client-urls=https://127.0.0.1:20001" in by_name["etcd"].flags
    assert "--listen-peer-urls=https://127.0.0.1:20002" in by_name["etcd"].flags
    assert not any(flag.startswith("--server-address") for flag in by_name["kwok"].flags)
    used = [port for component in by_name.values() for port in component.ports]
    assert sorted(used) == sorted(PORTS.values())


def test_nobody_skips_verification_and_nobody_comes_in_unnamed() -> None:
    flags = [flag for component in the_components(Path("/a")) for flag in component.flags]
    assert [flag for flag in flags if "insecure" in flag or "http://" in flag] == []
    assert "--anonymous-auth=false" in flags
    assert {"--client-cert-auth", "--peer-client-cert-auth"} <= set(flags)


def test_the_nodes_are_kwoks_and_lie_in_three_zones() -> None:
    nodes = documents("nodes.yaml")
    key, value = components.SIMULATED.split("=")
    assert all(node["metadata"]["annotations"] == {key: value} for node in nodes)
    zones = [node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes]
    assert zones == ["embedded-a", "embedded-b", "embedded-c"]
    assert len({node["spec"]["podCIDR"] for node in nodes}) == 3
    for node in nodes:
        assert set(node["status"]["allocatable"]) == {"cpu", "memory", "ephemeral-storage", "pods"}


def test_the_storage_classes_are_the_provisioners_and_no_default() -> None:
    classes = {item["metadata"]["name"]: item for item in documents("storage-classes.yaml")}
    assert set(classes) == {"smarthr360-rwo", "smarthr360-rwx"}
    assert classes["smarthr360-rwo"]["parameters"] == {"accessModes": "ReadWriteOnce"}
    assert classes["smarthr360-rwx"]["parameters"] == {"accessModes": "ReadWriteOnce,ReadWriteMany"}
    for item in classes.values():
        assert item["provisioner"] == components.PROVISIONER
        assert (item["reclaimPolicy"], item["volumeBindingMode"]) == ("Delete", "Immediate")
        assert "annotations" not in item["metadata"]


def test_kwok_reads_every_stage_and_has_the_rights_for_it() -> None:
    kwok = next(component for component in the_components(Path("/a")) if component.name == "kwok")
    stages = [stage for path in components.STAGES for stage in yaml.safe_load_all(path.read_text())]
    assert [flag for flag in kwok.flags if "config" in flag] == [f"--config={path}" for path in components.STAGES]
    role = next(item for item in documents("access.yaml") if item["metadata"]["name"] == "embedded:kwok")

    def verbs(group: str, resource: str) -> set[str]:
        rules = [rule for rule in role["rules"] if group in rule["apiGroups"] and resource in rule["resources"]]
        return {verb for rule in rules for verb in rule["verbs"]}

    for stage in stages:
        reference = stage["spec"]["resourceRef"]
        kind = reference["kind"].lower()
        group, plural = reference["apiGroup"].rpartition("/")[0], kind + ("es" if kind.endswith("s") else "s")
        assert {"list", "watch"} <= verbs(group, plural)
        assert "patch" in verbs(group, f"{plural}/status")
    assert len({stage["metadata"]["name"] for stage in stages}) == len(stages) >= 9


def test_whatever_is_said_of_the_edge_says_that_it_is_simulated() -> None:
    (path,) = (path for path in components.STAGES if path.name == "edge.yaml")
    for stage in yaml.safe_load_all(path.read_text()):
        said = stage["spec"]["next"]["statusTemplate"]
        assert "Simulated by the embedded cluster: " in said or "hostname: simulated.invalid" in said


def test_the_metrics_are_served_by_the_api_server_itself_and_say_that_they_are_simulated() -> None:
    items = documents("metrics.yaml")
    assert {item["kind"] for item in items} == {"CustomResourceDefinition"}
    assert {(item["metadata"]["name"], item["spec"]["names"]["kind"]) for item in items} == {
        ("pods.metrics.k8s.io", "PodMetrics"),
        ("nodes.metrics.k8s.io", "NodeMetrics"),
    }
    for item in items:
        (version,) = item["spec"]["versions"]
        assert version["name"] == "v1beta1"
        assert "Simulated by the embedded cluster" in version["schema"]["openAPIV3Schema"]["description"]


def test_every_user_without_a_built_in_role_has_one_of_ours() -> None:
    bindings = [item for item in documents("access.yaml") if item["kind"] == "ClusterRoleBinding"]
    ours = {user for user in credentials.USERS.values() if not user.startswith("system:")}
    assert {subject["name"] for binding in bindings for subject in binding["subjects"]} == ours
    roles = [item for item in documents("access.yaml") if item["kind"] == "ClusterRole"]
    assert not any("*" in rule["verbs"] + rule["resources"] for role in roles for rule in role["rules"])
