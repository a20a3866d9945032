"""A changed secret rolls the pods that read it: by `make up`, and by the job on a real API server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.environment import roll
from tests.integration.checkout import Checkout
from tests.integration.embedded import Cluster
from tests.support.program import run_program
from tests.support.stacks import good_config, with_gitops

NAMESPACE = "smarthr360-staging"
LINE = "deployments/reader smarthr360-secrets"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with the job's own rights, a Secret and a Deployment that it may roll."""
    folder = tmp_path_factory.mktemp("rotation")
    program = run_program(with_gitops(good_config("staging")), folder, "staging")
    kinds = ("Namespace", "ServiceAccount", "Role", "RoleBinding", "CronJob")
    own = [item for item in program.applied() if item["kind"] in kinds]
    assert {item["kind"] for item in own} == set(kinds)
    with Cluster.running(folder) as made:
        for item in sorted(own, key=lambda item: item["kind"] != "Namespace"):
            apply(made, item)
        yield made


def apply(cluster: Cluster, item: dict[str, Any], manager: str = "test") -> None:
    arguments = ("apply", "--server-side", "--validate=strict", f"--field-manager={manager}", "--filename=-")
    cluster.kubectl(*arguments, body=yaml.safe_dump(item))


def look(cluster: Cluster, folder: Path, workloads: str = LINE) -> str:
    """Run the job's program as its ServiceAccount."""
    config = yaml.safe_load(cluster.layout.kubeconfig.read_text())["clusters"][0]["cluster"]
    (folder / "ca.crt").write_bytes(cluster.layout.certificates.joinpath("ca.crt").read_bytes())
    token = cluster.kubectl("create", "token", "smarthr360-rotation", "-n", NAMESPACE).strip()
    (folder / "token").write_text(token)
    (folder / "namespace").write_text(NAMESPACE)
    host, _, port = config["server"].removeprefix("https://").partition(":")
    done = subprocess.run(
        [sys.executable, "-c", Path(roll.__file__).read_text()],
        env={
            **os.environ,
            "WORKLOADS": workloads,
            "ACCOUNT": str(folder),
            "KUBERNETES_SERVICE_HOST": host,
            "KUBERNETES_SERVICE_PORT": port,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert "hunter" not in done.stdout
    return done.stdout


def secret(value: str, key: str = "stringData") -> dict[str, Any]:
    metadata = {"name": "smarthr360-secrets", "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, key: {"DB_PASSWORD": value}}


def deployment(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "a", "image": "example.com/a:1"}]},
            },
        },
    }


def template(cluster: Cluster, name: str) -> dict[str, str]:
    found = cluster.get("deployment", name, "-n", NAMESPACE)
    return dict(found["spec"]["template"]["metadata"].get("annotations", {}))


def test_a_secret_that_changes_later_rolls_its_reader_once_whoever_changes_it(cluster: Cluster, tmp_path: Path) -> None:
    name = "smarthr360-api"
    line = f"deployments/{name} smarthr360-secrets"
    apply(cluster, secret("hunter-1"))
    time.sleep(1.1)  # the API server's times have no parts of a second
    apply(cluster, deployment(name))
    assert "nothing to do" in look(cluster, tmp_path, line)
    assert template(cluster, name) == {}

    encoded = json.dumps({"data": {"DB_PASSWORD": "aHVudGVyLTM="}})
    changes: dict[str, Callable[[], object]] = {
        "server-side apply, as Pulumi does": lambda: apply(cluster, secret("hunter-2")),
        "update, as the operator does": lambda: cluster.kubectl(
            *("patch", "secret", "smarthr360-secrets", "-n", NAMESPACE, "--type=merge", "-p", encoded)
        ),
        "update again by the same": lambda: cluster.kubectl(
            *("patch", "secret", "smarthr360-secrets", "-n", NAMESPACE, "--type=merge"),
            *("-p", encoded.replace("LTM=", "LTQ=")),
        ),
    }
    seen = [template(cluster, name)]
    for how, change in changes.items():
        time.sleep(1.1)
        change()
        assert f"{name}: rolled" in look(cluster, tmp_path, line), how
        assert f"{name}: nothing to do" in look(cluster, tmp_path, line), how
        seen.append(template(cluster, name))
    assert len({json.dumps(found) for found in seen}) == 1 + len(changes)
    revision = cluster.get("deployment", name, "-n", NAMESPACE)["metadata"]["annotations"]
    assert revision["deployment.kubernetes.io/revision"] == str(1 + len(changes))

    cluster.kubectl("label", "secret", "smarthr360-secrets", "-n", NAMESPACE, "somebody=else")
    assert "nothing to do" in look(cluster, tmp_path, line)


def test_argo_cd_s_and_pulumi_s_next_apply_leaves_the_mark_alone(cluster: Cluster, tmp_path: Path) -> None:
    name = "smarthr360-worker"
    apply(cluster, deployment(name), "argocd-controller")
    time.sleep(1.1)
    apply(cluster, secret("hunter-5"))
    assert "rolled" in look(cluster, tmp_path, f"deployments/{name} smarthr360-secrets")
    marked = template(cluster, name)
    apply(cluster, deployment(name), "argocd-controller")

    assert marked
    assert template(cluster, name) == marked


def test_the_job_may_touch_nothing_else(cluster: Cluster, tmp_path: Path) -> None:
    apply(cluster, deployment("other"))
    assert "403" in look(cluster, tmp_path, "deployments/other smarthr360-secrets")
    assert "403" in look(cluster, tmp_path, "deployments/smarthr360-api postgres-secrets")


def test_a_secret_that_pulumi_changes_rolls_what_reads_it_in_the_same_up(running: Checkout) -> None:
    def revisions() -> dict[str, str]:
        found = running.get("deployments", "-n", "smarthr360-dev")
        return {
            item["metadata"]["name"]: item["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
            for item in found
        }

    before = revisions()
    own = running.root / ".local" / "project" / "Pulumi.dev.yaml"
    kept = own.read_text()
    running.shell(
        f"pulumi config set --secret --path smarthr360:secrets.sentryDsn --stack dev --cwd {own.parent}",
        stdin="https://not-a-real-key@sentry.example.com/1",
    )
    try:
        running.run("make", "up")
        changed = {name for name, revision in revisions().items() if revision != before[name]}
    finally:
        own.write_text(kept)
        running.run("make", "up")

    assert changed == {"smarthr360-api", "smarthr360-worker", "smarthr360-beat"}
