"""What production's AppProject refuses, Argo CD's own controller refuses, and the same without the offence it syncs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.delivery.app_project import IN_CLUSTER
from tests.integration.checkout import NAMESPACES
from tests.integration.gitops.delivered import Delivered

Object = dict[str, Any]

OWN, FOREIGN = NAMESPACES["production"], NAMESPACES["dev"]
BRANCH = "attempts"

# Nothing is synced outside of production's windows, whatever it is; and what is on no list of kinds is refused before
# the lists of what is forbidden all the same are asked.
NO_WINDOWS, EVERY_KIND = "production-without-windows", "production-with-every-kind"


def made_up(kind: str, version: str = "v1", **more: object) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": {}, **more}


CONFIG_MAP = made_up("ConfigMap", data={"a": "b"})
IN_FOREIGN_NAMESPACE = {**CONFIG_MAP, "metadata": {"namespace": FOREIGN}}
CLUSTER_ROLE = made_up("ClusterRole", "rbac.authorization.k8s.io/v1", rules=[])
SECRET = made_up("Secret", stringData={"a": "b"})
QUOTA = made_up("ResourceQuota", spec={"hard": {"pods": "1000"}})
POD = {"restartPolicy": "Never", "containers": [{"name": "attempt", "image": "example.com/attempt:1"}]}
CRON_JOB = made_up(
    "CronJob", "batch/v1", spec={"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": POD}}}}
)
FORBIDDEN = (
    made_up("Namespace"),
    CLUSTER_ROLE,
    made_up("ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"),
    SECRET,
    QUOTA,
    made_up("LimitRange", spec={"limits": []}),
    made_up("Role", "rbac.authorization.k8s.io/v1", rules=[]),
    made_up("AppProject", "argoproj.io/v1alpha1", spec={}),
)


@dataclass(frozen=True)
class Attempt:
    """An Application that somebody makes, and tells to sync at once where no window keeps it from that.

    Attributes:
        project: its AppProject.
        objects: what it brings.
        namespace: where it brings it.
        elsewhere: whether that lies in another repository.
    """

    project: str
    objects: tuple[Object, ...] = (CONFIG_MAP,)
    namespace: str = OWN
    elsewhere: bool = False

    @property
    def syncs(self) -> bool:
        """Whether it is told to sync."""
        return self.project != "production"


ATTEMPTS = {
    "foreign-namespace": Attempt("production", namespace=FOREIGN),
    "foreign-repository": Attempt("production", elsewhere=True),
    "synced-foreign-namespace": Attempt(NO_WINDOWS, namespace=FOREIGN),
    "synced-foreign-repository": Attempt(NO_WINDOWS, elsewhere=True),
    "default-project": Attempt("default"),
    "allowed": Attempt(NO_WINDOWS),
    "hidden-namespace": Attempt(NO_WINDOWS, (IN_FOREIGN_NAMESPACE,)),
    "cluster-role": Attempt(NO_WINDOWS, (CONFIG_MAP, CLUSTER_ROLE)),
    "secret": Attempt(NO_WINDOWS, (CONFIG_MAP, SECRET)),
    "resource-quota": Attempt(NO_WINDOWS, (CONFIG_MAP, QUOTA)),
    "cron-job": Attempt(NO_WINDOWS, (CONFIG_MAP, CRON_JOB)),
    "unlisted": Attempt(EVERY_KIND, (CRON_JOB,)),
    "forbidden": Attempt(EVERY_KIND, FORBIDDEN),
}


@dataclass(frozen=True)
class Tried:
    """All attempts after Argo CD has judged them.

    Attributes:
        delivered: where.
        folder: the objects of each attempt, in a folder of its name.
        statuses: the status of each attempt's Application.
    """

    delivered: Delivered
    folder: Path
    statuses: dict[str, Object]

    def conditions(self, name: str) -> list[tuple[str, str]]:
        """What Argo CD finds wrong with an Application: types and messages."""
        return [(found["type"], found["message"]) for found in self.statuses[name].get("conditions", [])]

    def operation(self, name: str) -> Object:
        """How its sync ended."""
        found: Object = self.statuses[name]["operationState"]
        return found

    def refused(self, name: str) -> dict[str, str]:
        """What Argo CD says of each object that it refused, by its kind."""
        results = self.operation(name)["syncResult"]["resources"]
        return {found["kind"]: found["message"] for found in results if found["status"] == "SyncFailed"}

    def made(self, name: str) -> list[str]:
        """Which objects of an attempt are in the cluster."""
        found = []
        for file in sorted((self.folder / name).iterdir()):
            manifest = json.loads(file.read_text())
            namespace = manifest["metadata"].get("namespace", ATTEMPTS[name].namespace)
            command = f"kubectl get --filename {file} --namespace {namespace} --ignore-not-found --output name"
            found += [manifest["kind"]] if self.delivered.checkout.shell(command).strip() else []
        return found


def application(name: str, attempt: Attempt, repository: str, revision: str) -> Object:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": f"attempt-{name}",
            "namespace": "argocd",
            "labels": {"attempt": "yes"},
            # What it has made is deleted with it.
            "finalizers": ["resources-finalizer.argocd.argoproj.io"] if attempt.syncs else [],
        },
        "spec": {
            "project": attempt.project,
            "source": {"repoURL": repository, "targetRevision": BRANCH, "path": name},
            "destination": {"server": IN_CLUSTER, "namespace": attempt.namespace},
        },
        **({"operation": {"sync": {"revision": revision}}} if attempt.syncs else {}),
    }


def projects(production: Mapping[str, Any]) -> Iterator[Object]:
    """Production's AppProject without its windows, and that again with every kind on the lists of what is allowed."""
    bare = {key: value for key, value in production["spec"].items() if key != "syncWindows"}
    every = [{"group": "*", "kind": "*"}]
    wide = {**bare, "clusterResourceWhitelist": every, "namespaceResourceWhitelist": every}
    for name, spec in ((NO_WINDOWS, bare), (EVERY_KIND, wide)):
        metadata = {"name": name, "namespace": "argocd", "labels": {"attempt": "yes"}}
        yield {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": metadata, "spec": spec}


def pushed_attempts(delivered: Delivered, folder: Path, repository: Path) -> str:
    """Push every attempt's objects to a branch of their own; the commit's id."""
    for name, attempt in ATTEMPTS.items():
        (folder / name).mkdir(parents=True)
        for number, found in enumerate(attempt.objects):
            named = {**found, "metadata": {**found["metadata"], "name": f"attempt-{name}"}}
            (folder / name / f"{number}.json").write_text(json.dumps(named))
    git = ("git", "-C", str(folder), "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    delivered.checkout.run(*git, "init", "--quiet", "--initial-branch", BRANCH)
    delivered.checkout.run(*git, "add", "--all")
    delivered.checkout.run(*git, "commit", "--quiet", "--message", "Attempts")
    delivered.checkout.run(*git, "push", "--quiet", "--force", str(repository), BRANCH)
    return delivered.checkout.run(*git, "rev-parse", "HEAD").strip()


@pytest.fixture(scope="module")
def tried(delivered: Delivered, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    """Make all attempts at once, and wait until each is judged."""
    folder = tmp_path_factory.mktemp("attempts")
    own, foreign = delivered.checkout.root / ".local" / "gitops.git", folder.with_name(f"{folder.name}.git")
    commit = pushed_attempts(delivered, folder, own)
    delivered.checkout.run("git", "clone", "--quiet", "--bare", str(own), str(foreign))
    allowed = delivered.application("production")["spec"]["source"]["repoURL"]
    assert allowed == own.as_uri()
    made = [
        *projects(delivered.get("appprojects.argoproj.io", "production")),
        *(
            application(name, attempt, foreign.as_uri() if attempt.elsewhere else allowed, commit)
            for name, attempt in ATTEMPTS.items()
        ),
    ]

    def statuses() -> dict[str, Object]:
        found = delivered.checkout.get("applications.argoproj.io", "-n", "argocd", "-l", "attempt")
        return {item["metadata"]["name"].removeprefix("attempt-"): item.get("status", {}) for item in found}

    def all_judged() -> bool:
        found = statuses()
        return all(
            "finishedAt" in found[name].get("operationState", {}) if attempt.syncs else "conditions" in found[name]
            for name, attempt in ATTEMPTS.items()
        )

    try:
        manifests = json.dumps({"apiVersion": "v1", "kind": "List", "items": made})
        delivered.checkout.shell("kubectl create --filename -", stdin=manifests)
        delivered.wait_until("all attempts are judged", all_judged)
        yield Tried(delivered, folder, statuses())
    finally:
        for kind in ("applications.argoproj.io", "appprojects.argoproj.io"):
            delivered.checkout.shell(f"kubectl delete {kind} -n argocd -l attempt --timeout 60s")
        delivered.checkout.run("git", "-C", str(own), "update-ref", "-d", f"refs/heads/{BRANCH}")


def test_what_production_allows_is_synced(tried: Tried) -> None:
    assert tried.operation("allowed")["phase"] == "Succeeded"
    assert tried.conditions("allowed") == []
    assert tried.made("allowed") == ["ConfigMap"]


NO_DESTINATION = "do not match any of the allowed destinations in project '{}'"
NO_REPOSITORY = "is not permitted in project '{}'"


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("foreign-namespace", [NO_DESTINATION]),
        ("foreign-repository", [NO_REPOSITORY]),
        ("synced-foreign-namespace", [NO_DESTINATION]),
        ("synced-foreign-repository", [NO_REPOSITORY]),
        ("default-project", [NO_REPOSITORY, NO_DESTINATION]),
    ],
)
def test_an_application_is_refused_as_a_whole(tried: Tried, name: str, reasons: list[str]) -> None:
    attempt = ATTEMPTS[name]
    found = tried.conditions(name)
    messages = "; ".join(message for _, message in found)

    assert [kind for kind, _ in found] == ["InvalidSpecError"] * len(reasons)
    assert [reason for reason in reasons if reason.format(attempt.project) not in messages] == []
    assert tried.statuses[name]["sync"]["status"] == "Unknown"
    if attempt.syncs:
        assert tried.operation(name)["phase"] == "Error"
        assert "InvalidSpecError" in tried.operation(name)["message"]
    assert tried.made(name) == []


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("hidden-namespace", "ConfigMap", f"namespace {FOREIGN} is not permitted in project '{NO_WINDOWS}'"),
        *(
            (name, kind, f"resource {group}:{kind} is not permitted in project {NO_WINDOWS}")
            for name, group, kind in (
                ("cluster-role", "rbac.authorization.k8s.io", "ClusterRole"),
                ("secret", "", "Secret"),
                ("resource-quota", "", "ResourceQuota"),
                ("cron-job", "batch", "CronJob"),
            )
        ),
    ],
)
def test_an_object_is_refused_and_with_it_the_sync(tried: Tried, name: str, kind: str, reason: str) -> None:
    assert tried.refused(name) == {kind: reason}
    assert tried.operation(name)["phase"] == "Failed"
    assert tried.made(name) == []


def test_what_is_forbidden_is_refused_even_if_every_kind_is_allowed(tried: Tried) -> None:
    assert tried.operation("unlisted")["phase"] == "Succeeded"
    assert tried.made("unlisted") == ["CronJob"]

    refused = tried.refused("forbidden")
    assert refused.keys() == {found["kind"] for found in FORBIDDEN}
    assert all(f"is not permitted in project {EVERY_KIND}" in reason for reason in refused.values())
    assert tried.made("forbidden") == []
