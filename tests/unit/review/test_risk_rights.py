"""Which changes let somebody or Argo CD do more, and which that look like it do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.support.risks import made, reasons, rules


def role(*verbs: str, resources: tuple[str, ...] = ("pods",), **more: Any) -> dict[str, Any]:
    return {"rules": [{"apiGroups": [""], "resources": list(resources), "verbs": list(verbs), **more}]}


def binding(*names: str, to: str = "reader") -> dict[str, Any]:
    subjects = [{"kind": "User", "name": name} for name in names]
    return {"roleRef": {"kind": "Role", "name": to}, "subjects": subjects}


@pytest.mark.parametrize(
    ("kind", "before", "after", "widens"),
    [
        ("Role", role("get"), role("get", "delete"), True),
        ("Role", role("get", "delete"), role("get"), False),
        ("Role", role("*"), role("get", "delete"), False),
        ("Role", role("get"), role("get", resources=("pods", "secrets")), True),
        ("Role", role("get", resourceNames=["one"]), role("get"), True),
        ("Role", role("get"), role("get", resourceNames=["one"]), False),
        ("ClusterRole", {"rules": []}, {"rules": [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]}, True),
        ("RoleBinding", binding("ann"), binding("ann", "bob"), True),
        ("RoleBinding", binding("ann", "bob"), binding("ann"), False),
        ("ConfigMap", {"data": {"policy.csv": ""}}, {"data": {"policy.csv": "g, ann, role:admin\n"}}, True),
        ("ConfigMap", {"data": {"policy.default": ""}}, {"data": {"policy.default": "role:readonly"}}, True),
        ("ConfigMap", {"data": {"exec.enabled": "false"}}, {"data": {"exec.enabled": "true"}}, True),
        ("ConfigMap", {"data": {"exec.enabled": "true"}}, {"data": {"exec.enabled": "false"}}, False),
        ("ConfigMap", {"data": {"LOG_LEVEL": "INFO"}}, {"data": {"LOG_LEVEL": "DEBUG"}}, False),
    ],
)
def test_whoever_can_do_more_is_reported(
    kind: str, before: Mapping[str, Any], after: Mapping[str, Any], widens: bool
) -> None:
    assert set(reasons(made(kind, before), made(kind, after))) == ({"widens-rbac"} if widens else set())


def test_a_binding_to_another_role_is_replaced_and_lets_somebody_do_more() -> None:
    risks = reasons(made("RoleBinding", binding("ann")), made("RoleBinding", binding("ann", to="admin")))

    assert risks.keys() == {"replaces-object", "widens-rbac"}
    assert risks["widens-rbac"] == "more is allowed: User ann as Role admin"


PROJECT = {
    "sourceRepos": ["https://git.example.com/a.git"],
    "destinations": [{"server": "here", "namespace": "dev"}],
    "namespaceResourceWhitelist": [{"group": "", "kind": "Service"}],
    "namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}],
    "roles": [{"name": "deployer", "policies": ["p, proj:dev:deployer, applications, sync, dev/*, allow"]}],
}


@pytest.mark.parametrize(
    ("changed", "widens"),
    [
        ({"sourceRepos": ["*"]}, True),
        ({"sourceRepos": []}, False),
        ({"destinations": [{"server": "here", "namespace": "*"}]}, True),
        ({"destinations": [{"server": "here", "namespace": "dev"}, {"server": "there", "namespace": "dev"}]}, True),
        ({"namespaceResourceWhitelist": [{"group": "*", "kind": "*"}]}, True),
        ({"namespaceResourceWhitelist": None}, True),
        ({"namespaceResourceWhitelist": []}, False),
        ({"clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}]}, True),
        ({"namespaceResourceBlacklist": []}, True),
        ({"namespaceResourceBlacklist": [{"group": "*", "kind": "*"}]}, False),
        ({"roles": [{"name": "deployer", "groups": ["everybody"]}]}, True),
        ({"roles": [{"name": "deployer", "policies": ["p, proj:dev:deployer, applications, *, dev/*, allow"]}]}, True),
        ({"roles": [{"name": "deployer", "policies": ["p, proj:dev:deployer, applications, *, dev/*, deny"]}]}, False),
        ({"roles": []}, False),
    ],
)
def test_a_project_that_allows_more_is_reported(changed: dict[str, Any], widens: bool) -> None:
    assert rules("AppProject", PROJECT, PROJECT | changed) == ({"widens-rbac"} if widens else set())


def window(kind: str, schedule: str, duration: str, **more: Any) -> dict[str, Any]:
    window = {"kind": kind, "schedule": schedule, "duration": duration, "timeZone": "Europe/Paris"}
    return {**window, "applications": ["*"], "manualSync": False, **more}


NIGHT, OFFICE = window("allow", "0 2 * * *", "2h"), window("deny", "0 8 * * 1-5", "10h")

WINDOWS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], str]] = {
    "the same, in another order": ([NIGHT, OFFICE], [OFFICE, NIGHT], ""),
    "the same, written differently": ([OFFICE], [window("deny", "0 8 * * mon-fri", "600m")], ""),
    "a longer one that allows": ([NIGHT], [window("allow", "0 2 * * *", "3h")], "7 h"),
    "a shorter one that allows": ([NIGHT], [window("allow", "0 2 * * *", "1h")], ""),
    "a second one that the first covers": ([NIGHT], [NIGHT, window("allow", "30 2 * * 0", "1h")], ""),
    "a first one that allows": ([], [NIGHT], ""),
    "none that allows, which is always": ([NIGHT], [], "154 h"),
    "none that denies": ([OFFICE], [], "50 h"),
    "a shorter one that denies": ([OFFICE], [window("deny", "0 9 * * 1-5", "9h")], "5 h"),
    "one that denies where nothing was allowed": ([NIGHT, OFFICE], [NIGHT], ""),
    "one over the end of the week": ([window("deny", "0 23 * * 6", "2h")], [window("deny", "0 23 * * 6", "1h")], "1 h"),
    "every other hour": ([window("deny", "0 */2 * * *", "1h")], [window("deny", "0 */4 * * *", "1h")], "42 h"),
    "by hand at any time": ([NIGHT], [NIGHT | {"manualSync": True}], "154 h by hand"),
    "half an hour": (
        [OFFICE],
        [window("deny", "30 8 * * 1", "570m"), window("deny", "0 8 * * 2-5", "10h")],
        "0 h 30 min",
    ),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_minutes_at_which_argo_cd_can_newly_sync_are_reported(name: str) -> None:
    before, after, more = WINDOWS[name]

    risks = reasons(*(made("AppProject", {"spec": {**PROJECT, "syncWindows": side}}) for side in (before, after)))
    assert risks == ({"loosens-window": f"more time to sync in a week: {more}"} if more else {})


def test_windows_in_another_time_zone_or_of_a_kind_that_can_t_be_compared_are_reported() -> None:
    moved = [NIGHT | {"timeZone": "UTC"}]
    monthly = [window("allow", "0 2 1 * *", "2h")]

    def risks(after: list[dict[str, Any]]) -> dict[str, str]:
        sides = (made("AppProject", {"spec": {**PROJECT, "syncWindows": side}}) for side in ([NIGHT], after))
        return reasons(*sides)

    assert risks(moved) == {"loosens-window": "the windows go by the clock of UTC instead of Europe/Paris"}
    assert risks(monthly) == {"loosens-window": "the windows change in a way that can't be compared"}


APPLICATION = {
    "project": "dev",
    "source": {"repoURL": "https://git.example.com/a.git", "targetRevision": "main", "path": "rendered/dev"},
    "destination": {"server": "here", "namespace": "dev"},
    "syncPolicy": {"syncOptions": ["PruneLast=true", "CreateNamespace=false"]},
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"syncPolicy": APPLICATION["syncPolicy"] | {"automated": {}}}, "loosens-sync"),  # type: ignore[operator]
        ({"syncPolicy": {"syncOptions": ["CreateNamespace=false"]}}, "loosens-sync"),
        ({"syncPolicy": {"syncOptions": ["PruneLast=true", "CreateNamespace=true"]}}, "loosens-sync"),
        ({"syncPolicy": {"syncOptions": ["PruneLast=true", "Replace=true"]}}, "loosens-sync"),
        ({"syncPolicy": {"syncOptions": ["PruneLast=true"]}}, None),
        ({"ignoreDifferences": [{"kind": "Deployment", "jsonPointers": ["/spec"]}]}, "loosens-sync"),
        ({"revisionHistoryLimit": 5}, None),
        ({"source": {"repoURL": "https://git.example.com/a.git", "path": "rendered/dev"}}, "changes-source"),
        ({"destination": {"server": "here", "namespace": "production"}}, "changes-source"),
        ({"project": "default"}, "changes-source"),
    ],
)
def test_an_application_that_syncs_more_freely_or_from_elsewhere_is_reported(
    changed: dict[str, Any], expected: str | None
) -> None:
    assert rules("Application", APPLICATION, APPLICATION | changed) == ({expected} if expected else set())


def test_more_that_automatic_syncing_does_is_reported_and_less_is_not() -> None:
    def automated(**values: bool) -> dict[str, Any]:
        return APPLICATION | {"syncPolicy": {"automated": values}}

    assert rules("Application", automated(), automated(prune=True)) == {"loosens-sync"}
    assert rules("Application", automated(prune=True), automated(prune=False)) == set()
    assert rules("Application", automated(prune=True), APPLICATION) == set()


def test_an_application_takes_what_it_applied_along_only_with_a_finalizer() -> None:
    careful = made("Application", {"spec": APPLICATION})
    deadly = replace(careful, manifest={**careful.manifest, "metadata": {"finalizers": ["resources"]}})

    assert reasons(careful, None) == {}
    assert reasons(deadly, None).keys() == {"deletes-stateful"}
