"""Which changes are risky, and which that look like them are not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ops import compare, risk
from ops.model import Level, Object, Owner, Snapshot
from tests.stacks import ROOT

Spec = Mapping[str, Any] | None

GROUPS = {
    "AppProject": "argoproj.io/v1alpha1",
    "Application": "argoproj.io/v1alpha1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
    "Deployment": "apps/v1",
    "Gateway": "gateway.networking.k8s.io/v1",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Ingress": "networking.k8s.io/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "StatefulSet": "apps/v1",
}


def made(kind: str, manifest: Mapping[str, Any], name: str = "one", stack: str = "dev") -> Object:
    return Object(
        stack,
        f"kubernetes:{GROUPS.get(kind, 'core/v1')}:{kind}",
        kind,
        "somewhere",
        name,
        f"urn:{name}",
        "workloads:Api",
        Owner.ARGO_CD,
        False,
        {"kind": kind, "metadata": {"name": name}, **manifest},
    )


def reasons(before: Object | None, after: Object | None, *others: Object) -> dict[str, str]:
    """Why a change is risky, by rule; the others are there before and after."""
    base, head = (Snapshot("dev", "", tuple(filter(None, (*others, item)))) for item in (before, after))
    found = compare.changes(base, head)
    assert len(found) <= 1
    return {reason.rule: reason.reason for change in found for reason in risk.assess(change, head)}


def rules(kind: str, before: Spec, after: Spec, *others: Object) -> set[str]:
    """The rules that apply where a spec changes."""
    was, now = (None if spec is None else made(kind, {"spec": spec}) for spec in (before, after))
    return set(reasons(was, now, *others))


def pod(**container: Any) -> dict[str, Any]:
    return {"template": {"spec": {"containers": [{"name": "api", **container}]}}}


def policy(**spec: Any) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"app": "api"}}, "policyTypes": ["Ingress", "Egress"], **spec}


def block(cidr: str, *left_out: str) -> dict[str, Any]:
    return {"to": [{"ipBlock": {"cidr": cidr, **({"except": list(left_out)} if left_out else {})}}]}


NGINX = {"podSelector": {"matchLabels": {"app": "nginx"}}}
HTTP = {"port": "http", "protocol": "TCP"}
DENY = made("NetworkPolicy", {"spec": policy(podSelector={})}, "default-deny")

NETWORK = {
    "a peer more": (
        policy(ingress=[{"from": [NGINX]}]),
        policy(ingress=[{"from": [NGINX, {"podSelector": {}}]}]),
        True,
    ),
    "a peer less": (
        policy(ingress=[{"from": [NGINX, {"podSelector": {}}]}]),
        policy(ingress=[{"from": [NGINX]}]),
        False,
    ),
    "no peer, which is everybody": (policy(ingress=[{"from": [NGINX]}]), policy(ingress=[{}]), True),
    "a peer instead of everybody": (policy(ingress=[{}]), policy(ingress=[{"from": [NGINX]}]), False),
    "no port, which is all": (
        policy(ingress=[{"from": [NGINX], "ports": [HTTP]}]),
        policy(ingress=[{"from": [NGINX]}]),
        True,
    ),
    "a port instead of all": (
        policy(ingress=[{"from": [NGINX]}]),
        policy(ingress=[{"from": [NGINX], "ports": [HTTP]}]),
        False,
    ),
    "a smaller network": (policy(egress=[block("10.0.0.0/8")]), policy(egress=[block("10.1.0.0/16")]), False),
    "a larger network": (policy(egress=[block("10.1.0.0/16")]), policy(egress=[block("10.0.0.0/8")]), True),
    "an exception more": (
        policy(egress=[block("0.0.0.0/0")]),
        policy(egress=[block("0.0.0.0/0", "10.0.0.0/8")]),
        False,
    ),
    "an exception less": (policy(egress=[block("0.0.0.0/0", "10.0.0.0/8")]), policy(egress=[block("0.0.0.0/0")]), True),
    "every namespace": (
        policy(ingress=[{"from": [NGINX]}]),
        policy(ingress=[{"from": [NGINX | {"namespaceSelector": {}}]}]),
        True,
    ),
    "one direction less": (policy(), policy(policyTypes=["Ingress"]), True),
    "one direction more": (policy(policyTypes=["Ingress"]), policy(), False),
    "other pods": (policy(), policy(podSelector={"matchLabels": {"app": "worker"}}), True),
    "a new policy that allows": (None, policy(ingress=[{"from": [NGINX]}]), True),
    "a new policy that denies": (None, policy(), False),
    "a policy that is gone": (policy(), None, True),
}


@pytest.mark.parametrize("name", NETWORK)
def test_a_network_policy_that_lets_more_through_opens_the_network(name: str) -> None:
    before, after, opens = NETWORK[name]

    assert rules("NetworkPolicy", before, after) == ({"opens-network"} if opens else set())


def test_what_another_policy_denies_to_all_pods_stays_denied_when_a_policy_goes() -> None:
    elsewhere = replace(DENY, namespace="elsewhere")
    one_way = made("NetworkPolicy", {"spec": policy(podSelector={}, policyTypes=["Ingress"])}, "deny-in")

    assert rules("NetworkPolicy", policy(), None, DENY) == set()
    assert rules("NetworkPolicy", policy(), None, elsewhere) == {"opens-network"}
    assert rules("NetworkPolicy", policy(), None, one_way) == {"opens-network"}


def test_the_reason_names_who_gets_through() -> None:
    before, after = made("NetworkPolicy", {"spec": policy()}), policy(ingress=[{"from": [NGINX], "ports": [HTTP]}])

    found = reasons(before, made("NetworkPolicy", {"spec": after}))
    assert found == {"opens-network": "lets more through: ingress from pods nginx on port http/TCP"}


@pytest.mark.parametrize(
    ("kind", "before", "after", "opens"),
    [
        ("Service", {"type": "ClusterIP"}, {"type": "LoadBalancer"}, True),
        ("Service", {"type": "LoadBalancer"}, {"type": "ClusterIP"}, False),
        ("Service", None, {"type": "NodePort"}, True),
        ("Service", None, {"type": "ClusterIP"}, False),
        ("Service", {}, {"externalIPs": ["192.0.2.1"]}, True),
        (
            "Service",
            {"type": "LoadBalancer", "loadBalancerSourceRanges": ["192.0.2.0/24"]},
            {"type": "LoadBalancer"},
            True,
        ),
        ("HTTPRoute", {"hostnames": ["a.example"]}, {"hostnames": ["a.example", "b.example"]}, True),
        ("HTTPRoute", {"hostnames": ["a.example"]}, {}, True),
        ("HTTPRoute", {"hostnames": ["*.example"]}, {"hostnames": ["a.example"]}, False),
        ("HTTPRoute", {"hostnames": ["a.example", "b.example"]}, {"hostnames": ["a.example"]}, False),
        ("Ingress", {"rules": [{"host": "a.example"}]}, {"rules": [{"host": "b.example"}]}, True),
        ("Gateway", {"listeners": [{"name": "a", "port": 80}]}, {"listeners": [{"name": "a", "port": 8080}]}, True),
        ("Gateway", {"listeners": [{"name": "a", "port": 80}]}, {"listeners": [{"name": "b", "port": 80}]}, False),
    ],
)
def test_what_is_reached_from_outside_opens_the_network(kind: str, before: Spec, after: Spec, opens: bool) -> None:
    assert rules(kind, before, after) == ({"opens-network"} if opens else set())


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
def test_who_may_do_more_is_told(kind: str, before: Mapping[str, Any], after: Mapping[str, Any], widens: bool) -> None:
    assert set(reasons(made(kind, before), made(kind, after))) == ({"widens-rbac"} if widens else set())


def test_a_binding_to_another_role_is_replaced_and_lets_somebody_do_more() -> None:
    found = reasons(made("RoleBinding", binding("ann")), made("RoleBinding", binding("ann", to="admin")))

    assert found.keys() == {"replaces-object", "widens-rbac"}
    assert found["widens-rbac"] == "more is allowed: User ann as Role admin"


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
def test_a_project_that_allows_more_is_told(changed: dict[str, Any], widens: bool) -> None:
    assert rules("AppProject", PROJECT, PROJECT | changed) == ({"widens-rbac"} if widens else set())


def window(kind: str, schedule: str, duration: str, **more: Any) -> dict[str, Any]:
    found = {"kind": kind, "schedule": schedule, "duration": duration, "timeZone": "Europe/Paris"}
    return {**found, "applications": ["*"], "manualSync": False, **more}


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
def test_minutes_at_which_argo_cd_may_sync_only_now_are_told(name: str) -> None:
    before, after, more = WINDOWS[name]

    found = reasons(*(made("AppProject", {"spec": {**PROJECT, "syncWindows": side}}) for side in (before, after)))
    assert found == ({"loosens-window": f"more time to sync in a week: {more}"} if more else {})


def test_windows_in_another_time_zone_or_of_a_kind_that_can_t_be_compared_are_told() -> None:
    moved = [NIGHT | {"timeZone": "UTC"}]
    monthly = [window("allow", "0 2 1 * *", "2h")]

    def told(after: list[dict[str, Any]]) -> dict[str, str]:
        sides = (made("AppProject", {"spec": {**PROJECT, "syncWindows": side}}) for side in ([NIGHT], after))
        return reasons(*sides)

    assert told(moved) == {"loosens-window": "the windows go by the clock of UTC instead of Europe/Paris"}
    assert told(monthly) == {"loosens-window": "the windows change in a way that can't be compared"}


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
def test_an_application_that_syncs_more_freely_or_from_elsewhere_is_told(
    changed: dict[str, Any], expected: str | None
) -> None:
    assert rules("Application", APPLICATION, APPLICATION | changed) == ({expected} if expected else set())


def test_more_that_syncing_by_itself_does_is_told_and_less_is_not() -> None:
    def automated(**values: bool) -> dict[str, Any]:
        return APPLICATION | {"syncPolicy": {"automated": values}}

    assert rules("Application", automated(), automated(prune=True)) == {"loosens-sync"}
    assert rules("Application", automated(prune=True), automated(prune=False)) == set()
    assert rules("Application", automated(prune=True), APPLICATION) == set()


@pytest.mark.parametrize(
    ("kind", "before", "after", "drops"),
    [
        ("Deployment", {"replicas": 3}, {"replicas": 2}, True),
        ("Deployment", {"replicas": 2}, {"replicas": 3}, False),
        ("Deployment", {"replicas": 2}, {}, True),
        ("Deployment", {"replicas": 1}, {}, False),
        ("Deployment", {"replicas": 2}, None, True),
        ("HorizontalPodAutoscaler", {"minReplicas": 3}, {"minReplicas": 2}, True),
        ("HorizontalPodAutoscaler", {"minReplicas": 2}, {"minReplicas": 3}, False),
        ("HorizontalPodAutoscaler", {"minReplicas": 2}, None, True),
        ("PodDisruptionBudget", {"minAvailable": 2}, {"minAvailable": 1}, True),
        ("PodDisruptionBudget", {"minAvailable": 1}, {"minAvailable": 2}, False),
        ("PodDisruptionBudget", {"maxUnavailable": 1}, {"maxUnavailable": 2}, True),
        ("PodDisruptionBudget", {"maxUnavailable": "50%"}, {"maxUnavailable": "25%"}, False),
        ("PodDisruptionBudget", {"minAvailable": 1}, None, True),
        ("PodDisruptionBudget", None, {"minAvailable": 1}, False),
    ],
)
def test_fewer_pods_than_before_are_told(kind: str, before: Spec, after: Spec, drops: bool) -> None:
    assert rules(kind, before, after) == ({"drops-replica-floor"} if drops else set())


def test_replicas_that_an_autoscaler_takes_over_are_no_fewer() -> None:
    scaler = made("HorizontalPodAutoscaler", {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "one"}}}, "hpa")
    other = made("HorizontalPodAutoscaler", {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "two"}}}, "hpa")

    assert rules("Deployment", {"replicas": 2}, {}, scaler) == set()
    assert rules("Deployment", {"replicas": 2}, {}, other) == {"drops-replica-floor"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (pod(image="a:1"), pod(image="a:2"), "changes-image-without-digest"),
        (pod(image="a:1"), pod(image=f"a:2@sha256:{'0' * 64}"), None),
        (pod(image=f"a:1@sha256:{'0' * 64}"), pod(image="a:1"), "changes-image-without-digest"),
        (pod(resources={"limits": {"cpu": "1"}}), pod(resources={"limits": {"cpu": "500m"}}), "lowers-resources"),
        (pod(resources={"limits": {"cpu": "1"}}), pod(resources={"limits": {"cpu": "1500m"}}), None),
        (pod(resources={"limits": {"cpu": "1"}}), pod(), None),
        (pod(resources={"requests": {"memory": "1Gi"}}), pod(), "lowers-resources"),
        (pod(resources={"requests": {"memory": "1Gi"}}), pod(resources={}), "lowers-resources"),
        (
            pod(env=[{"name": "DEBUG", "value": "false"}]),
            pod(env=[{"name": "DEBUG", "value": "True"}]),
            "turns-debug-on",
        ),
        (pod(env=[{"name": "DEBUG", "value": "true"}]), pod(env=[{"name": "DEBUG", "value": "1"}]), None),
        (pod(env=[]), pod(env=[{"name": "LOG_LEVEL", "value": "debug"}]), None),
    ],
)
def test_what_changes_in_a_container_is_told(before: Spec, after: Spec, expected: str | None) -> None:
    assert rules("Deployment", before, after) == ({expected} if expected else set())


def test_fewer_pods_at_most_are_told() -> None:
    assert rules("HorizontalPodAutoscaler", {"maxReplicas": 9}, {"maxReplicas": 5}) == {"lowers-resources"}
    assert rules("HorizontalPodAutoscaler", {"maxReplicas": 5}, {"maxReplicas": 9}) == set()


def test_debug_in_a_config_map_is_told_when_it_is_turned_on() -> None:
    off, on = (made("ConfigMap", {"data": {"DJANGO_DEBUG": value}}) for value in ("false", "true"))

    assert reasons(off, on) == {"turns-debug-on": "debug is turned on"}
    assert reasons(None, on) == {"turns-debug-on": "debug is turned on"}
    assert reasons(on, off) == {}


def test_what_holds_data_is_told_when_it_goes_or_is_made_anew() -> None:
    claim = made("PersistentVolumeClaim", {"spec": {"storageClassName": "a"}})
    other = made("PersistentVolumeClaim", {"spec": {"storageClassName": "b"}})
    replaced = reasons(claim, other)

    assert replaced.keys() == {"replaces-stateful"}
    assert "spec.storageClassName can't be changed" in replaced["replaces-stateful"]
    assert "its sync fails" in replaced["replaces-stateful"]
    assert (
        "its sync fails"
        not in reasons(replace(claim, owner=Owner.PULUMI), replace(other, owner=Owner.PULUMI))["replaces-stateful"]
    )
    assert reasons(claim, None) == {"deletes-stateful": "what holds data is deleted"}
    assert "protected" in reasons(replace(claim, protected=True), None)["deletes-stateful"]
    assert reasons(None, claim) == {}
    assert reasons(made("Namespace", {}), None).keys() == {"deletes-stateful"}
    assert reasons(made("ConfigMap", {}), None) == {}


@pytest.mark.parametrize(
    "type_",
    [
        "aws:eks/cluster:Cluster",
        "aws:efs/fileSystem:FileSystem",
        "aws:kms/key:Key",
        "gcp:container/cluster:Cluster",
        "gcp:kms/cryptoKey:CryptoKey",
        "azure-native:containerservice:ManagedCluster",
        "azure-native:resources:ResourceGroup",
        "azure-native:storage:StorageAccount",
    ],
)
def test_of_a_cloud_a_cluster_a_file_system_and_a_key_are_not_deleted_like_other_things(type_: str) -> None:
    kind = type_.rpartition(":")[2]
    stateful = replace(made(kind, {"name": "a"}), type=type_, owner=Owner.PULUMI)
    other = replace(stateful, type="aws:ec2/route:Route", kind="Route")

    assert reasons(stateful, None).keys() == {"deletes-stateful"}
    assert reasons(other, None) == {}
    assert reasons(stateful, replace(stateful, urn="urn:two")).keys() == {"replaces-stateful"}


def test_an_application_takes_what_it_applied_along_only_with_a_finalizer() -> None:
    careful = made("Application", {"spec": APPLICATION})
    deadly = replace(careful, manifest={**careful.manifest, "metadata": {"finalizers": ["resources"]}})

    assert reasons(careful, None) == {}
    assert reasons(deadly, None).keys() == {"deletes-stateful"}


def test_lost_protection_a_moved_urn_and_another_owner_are_told() -> None:
    applied = replace(made("ConfigMap", {"data": {}}), owner=Owner.PULUMI, protected=True)

    assert reasons(applied, replace(applied, protected=False)).keys() == {"drops-protection"}
    assert reasons(replace(applied, protected=False), applied) == {}
    assert "an alias would keep it" in reasons(applied, replace(applied, urn="urn:two"))["replaces-object"]
    assert reasons(applied, replace(applied, owner=Owner.ARGO_CD)) == {
        "replaces-object": "Pulumi deletes it, and Argo CD makes it anew"
    }


def test_a_secret_is_told_by_its_key_and_never_by_its_value() -> None:
    old, new = (made("Secret", {"stringData": {"A": f"<secret {digit * 32}>"}}) for digit in "01")

    assert reasons(old, new) == {"changes-secret": "another value of stringData.A"}
    assert reasons(None, new) == {"changes-secret": "a Secret is made"}
    assert reasons(old, None) == {"changes-secret": "a Secret is deleted"}
    assert reasons(old, old) == {}


def test_everything_in_production_is_told_and_the_worst_reason_comes_first() -> None:
    before, after = (made("ConfigMap", {"data": {"DEBUG": value}}, stack="production") for value in ("0", "1"))

    assert list(reasons(before, after)) == ["turns-debug-on", "touches-production"]
    assert list(reasons(before, None)) == ["touches-production"]


def test_the_page_lists_every_rule_as_the_code_has_it() -> None:
    page = (ROOT / "docs" / "preview.md").read_text()
    listed = re.findall(r"^\| `([a-z-]+)` \| (low|medium|high) \| (.+) \|$", page, re.MULTILINE)

    assert listed == [(rule.name, rule.level.name.lower(), rule.meaning) for rule in risk.RULES]
    assert {rule.level for rule in risk.RULES} <= set(Level)
    assert len({rule.name for rule in risk.RULES}) == len(risk.RULES) >= 10
