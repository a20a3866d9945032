"""A bad pod is found in whatever shape it comes: each policy for pods, in each kind that makes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from manifests.pods import pods
from policy import check
from policy.objects import MAKES_PODS
from policy.rules import POLICIES
from snapshot.model import Object
from tests.support.policy_cases import API, NGINX, PLAIN_SIGHT, PODS, SETTINGS
from tests.support.policy_cases_rights import ACCESS
from tests.support.policy_examples import Example, made, own_stack

Template = dict[str, Any]
API_RESOURCES = API.manifest["spec"]["template"]["spec"]["containers"][0]["resources"]


def _list(template: Template) -> Object:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "in-a-list"}, "spec": template["spec"]}
    return made("v1", "List", "many", items=[{"apiVersion": "v1", "kind": "List", "items": [pod]}])


def _of_one_kind(template: Template) -> Object:
    return made(
        "apps/v1", "DeploymentList", "many", items=[{"metadata": {"name": "x"}, "spec": {"template": template}}]
    )


def _workload(api: str, kind: str) -> Callable[[Template], Object]:
    return lambda template: made(api, kind, "bad", spec={"template": template})


SHAPES: dict[str, Callable[[Template], Object]] = {
    "Pod": lambda template: made("v1", "Pod", "bad", spec=template["spec"]),
    "PodTemplate": lambda template: made("v1", "PodTemplate", "bad", template=template),
    "ReplicationController": _workload("v1", "ReplicationController"),
    **{kind: _workload("apps/v1", kind) for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")},
    "Job": _workload("batch/v1", "Job"),
    "CronJob": lambda template: made(
        "batch/v1", "CronJob", "bad", spec={"jobTemplate": {"spec": {"template": template}}}
    ),
    "Rollout": _workload("argoproj.io/v1alpha1", "Rollout"),
    "List": _list,
    "DeploymentList": _of_one_kind,
    "somebody's Service": _workload("serving.knative.dev/v1", "Service"),
    "somebody's set": lambda template: made(
        "jobset.x-k8s.io/v1alpha2",
        "JobSet",
        "bad",
        spec={"replicatedJobs": [{"template": {"spec": {"template": template}}}]},
    ),
    "somebody's own spec": lambda template: made("example.com/v1", "Thing", "bad", spec=template["spec"]),
}

EXAMPLES = [
    example for example in (*PODS, *PLAIN_SIGHT, *SETTINGS, *ACCESS) if MAKES_PODS in POLICIES[example.policy].kinds
]


def _template(item: Object) -> Template:
    return {**item.manifest["spec"]["template"]}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.policy)
def test_a_bad_pod_is_found_in_each_shape_and_a_good_one_in_none(example: Example, shape: str) -> None:
    policy = POLICIES[example.policy]
    bad = [item for item in example.bad.values() if item.kind == "Deployment"]
    for item in bad:
        template = _template(item)
        if template["spec"] not in (_template(API)["spec"], _template(NGINX)["spec"]):  # what differs is in the spec
            assert list(policy.broken_by([SHAPES[shape](template)])), item.manifest
    if example.good.kind == "Deployment":
        assert list(policy.broken_by([SHAPES[shape](_template(example.good))])) == []


def test_what_a_message_names_is_in_the_list_and_not_the_list() -> None:
    [(item, _)] = POLICIES["pods-stay-off-the-node"].broken_by([_list({"spec": {"hostNetwork": True}})])
    assert (item.title, item.type) == ("Pod in-a-list", "kubernetes:core/v1:Pod")


def test_a_list_of_policies_and_workloads_is_judged_together() -> None:
    """A NetworkPolicy in a list denies traffic, too."""
    world = own_stack("production")
    items = [item.manifest for item in world]
    listed = made("v1", "List", "all", items=items)
    names = {violation.policy for violation in check([listed], exemptions=())}
    assert names <= {"production-protects-its-data", "secrets-not-in-git"}


def test_an_envoy_is_judged_by_its_envoyproxy() -> None:
    def proxy(key: str = "envoyDeployment", **said: object) -> Object:
        kubernetes = {key: {"container": {"resources": API_RESOURCES}, **said}}
        return made("gateway.envoyproxy.io/v1alpha1", "EnvoyProxy", "eg", spec={"provider": {"kubernetes": kubernetes}})

    def broken(item: Object) -> set[str]:
        return {policy.name for policy in POLICIES.values() if policy.alone and list(policy.broken_by([item]))}

    assert broken(proxy()) == set()
    for key in ("envoyDeployment", "envoyDaemonSet"):
        privileged = {"container": {"resources": API_RESOURCES, "securityContext": {"privileged": True}}}
        assert "pods-gain-no-privileges" in broken(proxy(key, **privileged))
        files = {"pod": {"volumes": [{"name": "node", "hostPath": {"path": "/"}}]}}
        assert broken(proxy(key, **files)) == {"pods-stay-off-the-node"}
        first = {"initContainers": [{"name": "first", "image": "docker.io/somebody/x:1.0.0"}]}
        assert "images-from-known-registries" in broken(proxy(key, **first))


def test_a_definition_that_describes_pods_makes_none() -> None:
    schema = {"properties": {"containers": {"type": "array"}, "hostNetwork": {"type": "boolean"}}}
    definition = made("apiextensions.k8s.io/v1", "CustomResourceDefinition", "x", None, spec={"versions": [schema]})
    assert list(pods(definition.manifest)) == []


def test_what_is_not_known_yet_hides_no_other_part_of_an_object() -> None:
    """The policy pack raises when a value is read that is not known before the deployment."""
    spec = {"before": UNKNOWN_STRING_VALUE, "listed": [UNKNOWN_STRING_VALUE, {"pod": {"hostNetwork": True}}]}
    thing = made("example.com/v1", "Thing", "x", spec=spec)
    proxied: Any = unknown_checking_proxy({**thing.manifest})
    assert [pod.spec["hostNetwork"] for pod in pods(proxied)] == [True]


def test_an_object_without_a_version_is_searched_for_pods() -> None:
    thing = {"kind": "Deployment", "spec": {"template": {"spec": {"hostNetwork": True}}}}
    assert [pod.spec["hostNetwork"] for pod in pods(thing)] == [True]
