"""Add-ons by the real engine: what their charts make, before our policies and on a real API server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from policy.checking import check
from policy.rule import CHART
from policy.rules import POLICIES
from snapshot.model import Object, Owner
from tests.integration.embedded import Cluster
from tests.support.stacks import ROOT
from tools.engine import ensure
from tools.install_manifests import provide_charts
from tools.local.workspace import Workspace
from tools.render import CODE

BROUGHT = ("external-secrets.io", "gateway.networking.k8s.io")
"""Whose definitions the embedded cluster has, and the add-ons that are installed there bring."""

ADDONS = ("externalSecrets", "certManager", "envoyGateway", "metricsServer", "monitoring")

PROGRAM = """\
import json
import pulumi
import pulumi_kubernetes as k8s
from components.platform.platform import Platform, PlatformArgs
from components.settings import Addons, Edge, Monitoring

addons = Addons.model_validate(dict.fromkeys({addons!r}, True))
edge = Edge.model_validate({{"tls": {{"issuer": "prod"}}}})
provider = k8s.Provider("provider", **{provider!r})
args = PlatformArgs(addons, edge, Monitoring(), "rwo", {{}}, {production!r})
Platform("platform", args, pulumi.ResourceOptions(provider=provider))
"""


@dataclass
class Project:
    """A project that installs add-ons, and nothing else."""

    workspace: Workspace

    @classmethod
    def at(cls, root: Path, addons: tuple[str, ...], production: bool, **provider: object) -> Project:
        provide_charts()
        root.mkdir()
        for name in (".venv", *CODE[1:]):
            (root / name).symlink_to(ROOT / name)
        (root / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text().partition("# The engine refuses")[0])
        (root / "__main__.py").write_text(PROGRAM.format(addons=addons, production=production, provider=provider))
        made = cls(Workspace(root))
        made.workspace.prepare(ensure("pulumi"))
        made.pulumi("stack", "init", "addons", "--no-select")
        return made

    def pulumi(self, *arguments: str) -> str:
        named = () if arguments[:2] == ("stack", "init") else ("--stack", "addons")
        # The state is written at the end only: on a disk that many tests share, each of its writes takes long.
        more = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
        done = subprocess.run(
            [self.workspace.engine, *arguments, *named, "--non-interactive"],
            cwd=self.workspace.root,
            env=self.workspace.environment() | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-60:])
        return done.stdout

    def entries(self) -> list[dict[str, Any]]:
        """What the state says of its Kubernetes objects."""
        state = json.loads(self.pulumi("stack", "export"))["deployment"]["resources"]
        return [entry for entry in state if "kind" in entry.get("inputs", {})]


def _object(entry: dict[str, Any]) -> Object:
    inputs = entry["inputs"]
    metadata = inputs["metadata"]
    return Object(
        *("production", entry["type"], inputs["kind"], metadata.get("namespace"), metadata["name"], entry["urn"]),
        component="platform:Platform",
        owner=Owner.PULUMI,
        protected=entry.get("protect", False),
        manifest=inputs,
    )


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """All add-ons as in production, made as files: the provider runs Helm all the same."""
    root = tmp_path_factory.mktemp("rendered") / "project"
    project = Project.at(root, ADDONS, True, kubeconfig="", render_yaml_to_directory=str(root / "out"))
    project.pulumi("up", "--yes", "--skip-preview")
    return project.entries()


@pytest.fixture(scope="module")
def rendered(entries: list[dict[str, Any]]) -> list[Object]:
    """The same, as policies see it."""
    return [_object(entry) for entry in entries]


def test_every_add_on_keeps_the_policies_that_hold_for_it(rendered: list[Object]) -> None:
    found = check(rendered, exemptions=())

    assert [f"{broken.policy}: {broken.object}: {broken.message}" for broken in found if broken.mandatory] == []
    assert len(rendered) > 100


def test_no_policy_leaves_charts_out_without_need(rendered: list[Object]) -> None:
    own = [found for found in rendered if CHART in found.urn]
    unneeded = [policy.name for policy in POLICIES.values() if policy.charted and not any(policy.find(own))]
    assert unneeded == []


def test_production_has_more_than_one_of_each_part_and_a_budget(rendered: list[Object]) -> None:
    deployments = {found.name: found.manifest["spec"]["replicas"] for found in rendered if found.kind == "Deployment"}
    budgets = [found for found in rendered if found.kind == "PodDisruptionBudget"]

    assert len(deployments) == 9
    # An operator that is away for a moment is missed by nobody who only reads metrics; Prometheus itself is two.
    assert {name for name, replicas in deployments.items() if replicas < 2} == {"prometheus-operator"}
    assert len(budgets) == 8


def test_namespaces_are_restricted_and_protected_and_definitions_stay(rendered: list[Object]) -> None:
    namespaces = {found.name: found for found in rendered if found.kind == "Namespace"}
    assert set(namespaces) == {
        *("external-secrets", "cert-manager", "envoy-gateway-system", "metrics-server", "monitoring")
    }
    for found in namespaces.values():
        assert found.protected
        assert found.manifest["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    definitions = [found for found in rendered if found.kind == "CustomResourceDefinition"]
    assert len(definitions) == 23 + 6 + 12 + 8 + 10
    for found in definitions:
        assert found.manifest["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep", found.name


def test_every_program_of_an_add_on_starts_after_its_definitions(entries: list[dict[str, Any]]) -> None:
    chart = {entry["urn"]: entry["parent"] for entry in entries}
    definitions = [entry["urn"] for entry in entries if entry["inputs"]["kind"] == "CustomResourceDefinition"]
    waited_for = 0
    for entry in entries:
        own = {urn for urn in definitions if chart[urn] == entry["parent"]}
        if own and entry["inputs"]["kind"] in ("Deployment", "StatefulSet", "DaemonSet"):
            assert own <= {*entry["dependencies"]}, entry["urn"]
            waited_for += len(own)
    assert waited_for == 23 * 3 + 6 * 3 + (12 + 8) + 10


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster without the add-ons' definitions, as a new one is: the embedded one's are another owner's."""
    with Cluster.running(tmp_path_factory.mktemp("addons")) as made:
        names = made.kubectl("get", "crd", "--output=name").split()
        made.kubectl("delete", *(name for name in names if name.endswith(BROUGHT)))
        yield made


def test_add_ons_are_installed_updated_and_taken_away(cluster: Cluster, tmp_path: Path) -> None:
    kubeconfig = str(cluster.layout.kubeconfig)
    project = Project.at(tmp_path / "project", ("externalSecrets", "envoyGateway"), False, kubeconfig=kubeconfig)
    project.pulumi("up", "--yes", "--skip-preview")
    for name in ("external-secrets", "external-secrets-webhook", "external-secrets-cert-controller"):
        found = cluster.get("deployment", name, "-n", "external-secrets")
        assert found["status"]["readyReplicas"] == found["spec"]["replicas"] == 1
    gateway = cluster.get("deployment", "envoy-gateway", "-n", "envoy-gateway-system")
    definition = cluster.get("crd", "gateways.gateway.networking.k8s.io")
    assert gateway["status"]["readyReplicas"] == 1
    # It looks for them once, at its start.
    established = (each for each in definition["status"]["conditions"] if each["type"] == "Established")
    assert next(established)["lastTransitionTime"] <= gateway["metadata"]["creationTimestamp"]
    assert cluster.get("envoyproxy", "eg", "-n", "envoy-gateway-system")["spec"]["provider"]["type"] == "Kubernetes"
    again = project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert "unchanged" in again

    project.pulumi("destroy", "--yes", "--skip-preview")
    for name in ("external-secrets", "envoy-gateway-system"):
        cluster.kubectl("get", "namespace", name, code=1)
    for name in ("externalsecrets.external-secrets.io", "gateways.gateway.networking.k8s.io"):
        cluster.kubectl("get", "crd", name)


def test_the_api_server_takes_envoy_s_class_and_settings(cluster: Cluster, rendered: list[Object]) -> None:
    cluster.kubectl("create", "namespace", "envoy-gateway-system")
    found = [made for made in rendered if made.kind in ("EnvoyProxy", "GatewayClass")]
    assert len(found) == 2
    for made in found:
        body = json.dumps(made.manifest)
        cluster.kubectl("apply", "--server-side", "--validate=strict", "--filename=-", body=body)
