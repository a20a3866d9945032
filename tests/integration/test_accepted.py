"""What the settings accept, the real API server accepts, and keeps as it is: a second run finds nothing to change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from components.platform.addons import envoy_gateway, monitoring
from components.platform.argocd import release
from tests.integration.embedded import Cluster
from tests.support.dry_run import DryRun
from tests.support.made_up_platform import Stack, stacks
from tests.support.program import run_program
from tools.install_manifests import provide, provide_charts

EXAMPLES = int(os.environ.get("EXAMPLES", "300"))

NAMESPACE = "made-up"


DEFINITIONS = (
    *("applications.argoproj.io", "appprojects.argoproj.io", "envoyproxies.gateway.envoyproxy.io"),
    *("prometheuses.monitoring.coreos.com", "prometheusrules.monitoring.coreos.com"),
    "servicemonitors.monitoring.coreos.com",
)
"""Those of the kinds that the program makes objects of, and that the embedded cluster does not have."""


def definitions() -> str:
    """Their manifests. As text, because YAML 1.1 makes something of its own of a bare `=` in them."""
    files = [release.SINGLE.read()]
    for chart in (envoy_gateway.CHART, monitoring.CHART):
        files += [path.read_bytes() for path in chart.folder().rglob("*.yaml")]
    documents = [document for content in files for document in content.decode().split("\n---\n")]
    names = {f"\n  name: {name}\n" for name in DEFINITIONS}
    found = [document for document in documents if any(name in document for name in names)]
    assert len(found) == len(names)
    return "\n---\n".join(found)


@pytest.fixture(scope="module")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DryRun]:
    """An API server that knows every kind; nothing runs on it."""
    provide()
    provide_charts()
    with Cluster.running(tmp_path_factory.mktemp("accepted")) as cluster:
        cluster.kubectl("create", "namespace", NAMESPACE)
        cluster.kubectl("apply", "--server-side", "--filename=-", body=definitions())
        cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
        yield DryRun(cluster.layout, cluster.ports, NAMESPACE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


@given(stacks())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="CI" in os.environ,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # an example says what is refused; to shrink it takes hours
    suppress_health_check=list(HealthCheck),
)
def test_what_the_settings_accept_the_api_server_accepts_and_keeps(
    api_server: DryRun, folder: Path, stack: Stack
) -> None:
    program = run_program(stack.config, folder, stack.name)
    manifests = [found for found in program.manifests() if found["kind"] != "CustomResourceDefinition"]

    assert api_server.faults(manifests) == []
