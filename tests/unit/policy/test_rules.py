"""Each policy is broken by what it is about, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pulumi_policy.proxy import unknown_checking_proxy

from components.settings.identity import KNOWN
from policy import check
from policy.rule import RELEASE, Policy
from policy.rules import POLICIES
from policy.violation import Violation
from snapshot.model import Object
from tests.support import policy_cases, policy_cases_clouds, policy_cases_platform, policy_cases_rights
from tests.support.policy_examples import Example, own_stack
from tests.support.stacks import STACKS

EXAMPLES: list[Example] = [
    example
    for module in (policy_cases, policy_cases_platform, policy_cases_rights, policy_cases_clouds)
    for value in vars(module).values()
    if isinstance(value, list) and value and isinstance(value[0], Example)
    for example in value
]
GOOD = [pytest.param(example, id=example.policy) for example in EXAMPLES]
BAD = [pytest.param(example, name, id=f"{example.policy}-{name}") for example in EXAMPLES for name in example.bad]
TODAY = date(2026, 11, 23)


def broken(objects: list[Object]) -> list[Violation]:
    return check(objects, exemptions=(), today=TODAY)


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(("delivery", "install"), [("direct", False), ("gitops", False), ("gitops", True)])
def test_our_own_stacks_break_no_policy_and_need_no_exemption(stack: str, delivery: str, install: bool) -> None:
    objects = own_stack(stack, delivery=delivery, install=install)
    assert len(objects) > 40
    assert broken(list(objects)) == []


@pytest.mark.parametrize("stack", STACKS)
def test_neither_does_one_with_an_ingress_and_the_prometheus_operator(stack: str) -> None:
    objects = own_stack(stack, options=True)
    assert {"Ingress", "ServiceMonitor"} <= {item.kind for item in objects}
    assert broken(list(objects)) == []


@pytest.mark.parametrize("example", GOOD)
def test_what_keeps_a_policy_breaks_no_other(example: Example) -> None:
    assert broken(example.world(example.good)) == []


@pytest.mark.parametrize(("example", "name"), BAD)
def test_what_breaks_a_policy_breaks_no_other(example: Example, name: str) -> None:
    bad, policy = example.bad[name], POLICIES[example.policy]

    violations = [violation for violation in broken(example.world(bad)) if violation.policy not in example.also]

    assert {violation.policy for violation in violations} == {policy.name}
    for violation in violations:
        assert violation.object == (example.blamed or bad.title)
        assert violation.message.endswith(f"; {policy.mend}")
        assert (violation.stack, violation.mandatory, violation.exemption) == (bad.stack, policy.mandatory, "")


def test_a_workload_without_a_namespace_lands_in_the_clusters() -> None:
    policy = POLICIES["objects-stay-out-of-the-clusters-namespaces"]
    nowhere = replace(policy_cases.API, namespace=None)
    assert list(policy.broken_by([nowhere])) == [(nowhere, "its namespace is default")]
    assert list(policy.broken_by([replace(policy_cases.SERVICE, kind="Namespace", namespace=None)])) == []


def test_what_a_cloud_reads_in_kube_system_is_allowed_there_and_nowhere_else() -> None:
    policy = POLICIES["objects-stay-out-of-the-clusters-namespaces"]
    switch = replace(policy_cases.SERVICE, kind="ConfigMap", name="amazon-vpc-cni", namespace="kube-system")
    assert list(policy.broken_by([switch])) == []
    for other in (replace(switch, namespace="default"), replace(switch, name="other"), replace(switch, kind="Secret")):
        assert len(list(policy.broken_by([other]))) == 1


def test_each_policy_has_its_examples() -> None:
    assert [example.policy for example in EXAMPLES] == list(dict.fromkeys(example.policy for example in EXAMPLES))
    assert {example.policy for example in EXAMPLES} == POLICIES.keys()
    assert all(example.bad for example in EXAMPLES)


@pytest.mark.parametrize("example", [pytest.param(example, id=example.policy) for example in policy_cases.PLAIN_SIGHT])
def test_no_message_contains_a_secret(example: Example) -> None:
    for bad in example.bad.values():
        messages = repr(broken(example.world(bad)))
        for planted in ("planted", policy_cases.TOKEN, *policy_cases.KNOWN_FORMATS.values()):
            assert planted not in messages


@pytest.mark.parametrize("example", GOOD)
def test_a_policy_holds_in_its_environments_only_whatever_the_stack_is_called(example: Example) -> None:
    policy = POLICIES[example.policy]
    for bad in example.bad.values():
        for environment in (*KNOWN, "qa", ""):
            objects = [replace(item, environment=environment) for item in example.world(bad)]
            assert bool(list(policy.broken_by(objects))) == policy.where.holds(environment)


@pytest.mark.parametrize("example", GOOD)
def test_a_release_is_left_out_only_where_the_policy_says_why(example: Example) -> None:
    policy = POLICIES[example.policy]
    for bad in example.bad.values():
        objects = [replace(item, component=RELEASE) for item in example.world(bad)]
        assert bool(list(policy.broken_by(objects))) == (not policy.released)


@pytest.mark.parametrize(
    "policy", [policy for policy in POLICIES.values() if policy.released], ids=lambda policy: policy.name
)
def test_a_release_is_left_out_only_where_it_has_to_be(policy: Policy) -> None:
    """For both kinds of install: production's is highly available, dev's is not."""
    installs = (own_stack(stack, install=True) for stack in ("dev", "production"))
    assert any(list(replace(policy, released="").broken_by(objects)) for objects in installs)


@pytest.mark.parametrize("example", GOOD)
def test_the_engines_form_of_an_object_is_judged_alike(example: Example) -> None:
    policy = POLICIES[example.policy]

    def breaks(bad: Object) -> list[tuple[str, str]]:
        return [(other.title, what) for other, what in policy.broken_by(example.world(bad))]

    assert breaks(_as_the_engine_sends_it(example.good)) == []
    for bad in example.bad.values():
        assert breaks(_as_the_engine_sends_it(bad)) == breaks(bad) != []


def _as_the_engine_sends_it(item: Object) -> Object:
    """With floats for numbers, in a mapping that can only be read."""
    return replace(item, manifest=unknown_checking_proxy(_with_floats(item.manifest)))


def _with_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_floats(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_floats(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
