"""The AppProject and the Application of each environment, as docs/gitops.md tells them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.delivery.app_project import FORBIDDEN_IN_CLUSTER, FORBIDDEN_IN_NAMESPACE
from components.delivery.delivery import left_to_do
from components.settings import Identity, parse
from tests.support.program import Program, run_program
from tests.support.stacks import as_pulumi, good_config, with_gitops

BRANCHES = {"dev": "develop", "staging": "staging", "production": "main"}
NAMESPACES = {"dev": "smarthr360-dev", "staging": "smarthr360-staging", "production": "smarthr360"}


@pytest.fixture(scope="module", params=sorted(BRANCHES))
def stack(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def made(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return run_program(with_gitops(good_config(stack)), tmp_path_factory.mktemp("gitops"), stack)


@pytest.fixture
def project(made: Program, stack: str) -> Any:
    return made.object("AppProject", stack)


@pytest.fixture
def application(made: Program, stack: str) -> Any:
    return made.object("Application", f"smarthr360-{stack}")


def test_an_application_follows_its_own_folder_of_its_own_branch_into_its_own_namespace(
    application: Any, stack: str
) -> None:
    source = application["spec"]["source"]

    assert application["metadata"]["namespace"] == "argocd"
    assert application["spec"]["project"] == stack
    assert (source["targetRevision"], source["path"]) == (BRANCHES[stack], f"rendered/{stack}")
    assert application["spec"]["destination"] == {
        "server": "https://kubernetes.default.svc",
        "namespace": NAMESPACES[stack],
    }


def test_dev_and_staging_sync_prune_and_heal_by_themselves_and_production_by_hand(application: Any, stack: str) -> None:
    policy = application["spec"]["syncPolicy"]

    if stack == "production":
        assert "automated" not in policy
    else:
        assert policy["automated"] == {"prune": True, "selfHeal": True}
    assert {
        "CreateNamespace=false",
        "PrunePropagationPolicy=foreground",
        "PruneLast=true",
        "ServerSideApply=true",
    } <= set(policy["syncOptions"])
    assert policy["retry"] == {
        "limit": 5,
        "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"},
        "refresh": True,
    }
    assert application["spec"]["revisionHistoryLimit"] == (20 if stack == "production" else 10)


def test_deleting_an_application_deletes_what_it_applied_except_in_production(application: Any, stack: str) -> None:
    finalizers = application["metadata"].get("finalizers", [])

    assert bool(finalizers) == (stack != "production")


def test_what_is_ignored_is_what_autoscalers_own_and_nothing_else(made: Program, application: Any) -> None:
    scaled = {
        manifest["spec"]["scaleTargetRef"]["name"]
        for manifest in made.files()
        if manifest["kind"] == "HorizontalPodAutoscaler"
    }
    ignored = application["spec"]["ignoreDifferences"]

    assert {entry["name"] for entry in ignored} == scaled
    assert all(entry["jsonPointers"] == ["/spec/replicas"] for entry in ignored)
    assert all((entry["group"], entry["kind"]) == ("apps", "Deployment") for entry in ignored)
    for manifest in made.files():
        if manifest["kind"] == "Deployment":
            assert ("replicas" in manifest["spec"]) == (manifest["metadata"]["name"] not in scaled)


def test_a_project_takes_from_one_repository_and_gives_to_one_namespace(project: Any, stack: str) -> None:
    assert project["metadata"]["namespace"] == "argocd"
    assert project["spec"]["sourceRepos"] == ["https://github.com/smarthr360/smarthr360-platform.git"]
    assert project["spec"]["destinations"] == [
        {"server": "https://kubernetes.default.svc", "namespace": NAMESPACES[stack]}
    ]


def test_a_project_allows_the_kinds_that_are_rendered_and_no_others(project: Any, made: Program) -> None:
    def kinds(*, namespaced: bool) -> set[tuple[str, str]]:
        return {
            (manifest["apiVersion"].rpartition("/")[0], manifest["kind"])
            for manifest in made.files()
            if ("namespace" in manifest["metadata"]) == namespaced
        }

    def listed(key: str) -> list[tuple[str, str]]:
        return [(entry["group"], entry["kind"]) for entry in project["spec"][key]]

    assert set(listed("namespaceResourceWhitelist")) == kinds(namespaced=True)
    assert (
        set(listed("clusterResourceWhitelist")) == kinds(namespaced=False) == {("scheduling.k8s.io", "PriorityClass")}
    )
    assert listed("namespaceResourceWhitelist") == sorted(listed("namespaceResourceWhitelist"))
    assert listed("clusterResourceBlacklist") == list(FORBIDDEN_IN_CLUSTER)
    assert listed("namespaceResourceBlacklist") == list(FORBIDDEN_IN_NAMESPACE)


def test_no_kind_that_is_rendered_is_on_a_blacklist(made: Program) -> None:
    forbidden = {*FORBIDDEN_IN_CLUSTER, *FORBIDDEN_IN_NAMESPACE}
    for manifest in made.files():
        group, kind = manifest["apiVersion"].rpartition("/")[0], manifest["kind"]
        assert (group, kind) not in forbidden
        assert (group, "*") not in forbidden


def test_a_kind_that_is_no_longer_rendered_is_no_longer_allowed(tmp_path: Any) -> None:
    config = with_gitops(good_config("dev"))
    edge = config["edge"]
    assert isinstance(edge, dict)
    config["edge"] = {**edge, "kind": "ingress", "className": "nginx"}

    spec = run_program(config, tmp_path).object("AppProject", "dev")["spec"]

    groups = {entry["group"] for entry in spec["namespaceResourceWhitelist"]}
    assert "gateway.networking.k8s.io" not in groups
    assert {"group": "networking.k8s.io", "kind": "Ingress"} in spec["namespaceResourceWhitelist"]


def test_only_production_has_windows_and_they_name_their_time_zone(project: Any, stack: str) -> None:
    windows = [
        (window["kind"], window["schedule"], window["duration"], window["timeZone"], window["manualSync"])
        for window in project["spec"].get("syncWindows", [])
    ]

    if stack == "production":
        assert windows == [
            ("allow", "0 2 * * *", "2h", "Europe/Paris", False),
            ("deny", "0 8 * * 1-5", "10h", "Europe/Paris", False),
        ]
    else:
        assert windows == []


def test_production_s_roles_are_bound_to_groups_and_nobody_is_bound_elsewhere(project: Any, stack: str) -> None:
    groups = {role["name"]: role.get("groups", []) for role in project["spec"]["roles"]}

    if stack == "production":
        assert groups == {"admin": ["prod-admins"], "deployer": ["prod-deployers"], "readonly": ["prod-viewers"]}
    else:
        assert groups == {"admin": [], "deployer": [], "readonly": []}
    for role in project["spec"]["roles"]:
        for policy in role["policies"]:
            assert policy.startswith(f"p, proj:{stack}:{role['name']}, applications, ")
            assert policy.endswith(f", {stack}/*, allow")


def test_slack_gets_the_events_that_the_stack_names_and_no_others(application: Any, stack: str) -> None:
    subscribed = {
        key.removeprefix("notifications.argoproj.io/subscribe."): value
        for key, value in application["metadata"]["annotations"].items()
        if key.startswith("notifications.argoproj.io/")
    }

    assert (
        subscribed
        == {
            "dev": {},
            "staging": {
                "on-sync-succeeded.slack": "smarthr360-staging",
                "on-sync-failed.slack": "smarthr360-staging",
            },
            "production": {
                "on-sync-failed.slack": "smarthr360-production",
                "on-health-degraded.slack": "smarthr360-production",
                "on-out-of-sync.slack": "smarthr360-production",
            },
        }[stack]
    )


def test_only_production_s_application_and_project_are_protected(stack: str, tmp_path: Any) -> None:
    """Protection is an option, not an input, so it is read where the program registers it."""
    made = run_program(with_gitops(good_config(stack)), tmp_path, stack)

    protected = {entry.inputs["kind"] for entry in made.objects() if entry.protected and not entry.rendered}
    assert protected == ({"Namespace", "AppProject", "Application"} if stack == "production" else set())


@pytest.mark.parametrize(
    ("repository", "stack", "left"),
    [
        (None, "dev", "commit it and push it to branch develop, from which Argo CD applies it"),
        (
            None,
            "production",
            "commit it and push it to branch main, from which Argo CD applies it once somebody syncs, "
            "inside the windows",
        ),
        (
            "file:///here/.local/gitops.git",
            "dev",
            "`make up STACK=dev` commits it to the repository from which Argo CD applies it",
        ),
    ],
)
def test_pulumi_s_last_word_is_what_is_left_to_do_for_what_it_has_only_written(
    repository: str | None, stack: str, left: str
) -> None:
    config = with_gitops(good_config(stack))
    gitops = config["gitops"]
    assert isinstance(gitops, dict)
    settings = parse(*as_pulumi(config | {"gitops": {**gitops, **({"repository": repository} if repository else {})}}))

    assert left_to_do(settings, Identity(stack)) == f"rendered/{stack} is written, but not applied yet: {left}"


@pytest.mark.parametrize(("delivery", "exports"), [("gitops", True), ("direct", False), ("render", False)])
def test_nothing_is_left_to_do_where_pulumi_applies_or_where_files_are_all_that_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delivery: str, exports: bool
) -> None:
    exported: dict[str, object] = {}
    monkeypatch.setattr(pulumi, "export", exported.__setitem__)
    run_program(with_gitops(good_config("dev")) | {"delivery": delivery}, tmp_path)

    assert {"namespace", "site", "api"} <= exported.keys()
    assert ("leftToDo" in exported) == exports
