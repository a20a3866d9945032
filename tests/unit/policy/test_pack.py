"""The policy pack: what the engine knows becomes objects, and what the policies find is reported to it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from pulumi_policy import (
    EnforcementLevel,
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from policy.checking import STALE, Judge
from policy.exemptions import Exemption
from policy.pack import IN_USE, Pack, object_of
from policy.rules import POLICIES
from snapshot.model import Object, Owner
from tests.support.policy_cases import API, NGINX
from tests.support.policy_cases_platform import MEDIA
from tests.support.policy_examples import edited, own_stack
from tests.support.stacks import ROOT, STACKS

TODAY = date(2026, 11, 23)
WRITABLE = edited(NGINX, "spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem", False)
EXEMPTION = Exemption(
    policy="pods-keep-their-image",
    stacks=("production",),
    object=NGINX.title,
    owner="the platform team",
    reason="It unpacks its files.",
    until=date(2027, 1, 31),
)


@dataclass
class Engine:
    """What the engine does with a pack.

    Attributes:
        pack: the pack.
        reports: policy, message and URN of what was reported.
    """

    pack: Pack = field(default_factory=lambda: Pack(Judge((), TODAY), "production"))
    reports: list[tuple[str, str, str | None]] = field(default_factory=list)

    def registers(self, *objects: Object) -> None:
        """Ask all policies about resources, one after the other."""
        for policy in self.pack.policies():
            if isinstance(policy, ResourceValidationPolicy):
                for item in objects:
                    policy.validate(arguments(item), self._reporter(policy.name))

    def ends(self, *objects: Object) -> None:
        """Ask about all of them together."""
        resources = [
            PolicyResource(
                given.resource_type, given.props, given.urn, given.name, given.opts, given.provider, None, [], {}
            )
            for given in map(arguments, objects)
        ]
        for policy in self.pack.policies():
            if isinstance(policy, StackValidationPolicy):
                policy.validate(StackValidationArgs(resources), self._reporter(policy.name))

    def _reporter(self, name: str) -> Any:
        def report(message: str, urn: str | None = None) -> None:
            self.reports.append((name, message, urn))

        return report


def arguments(item: Object) -> ResourceValidationArgs:
    """An object as the engine sends it."""
    options = PolicyResourceOptions(item.protected, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])
    provider = PolicyProviderResource("pulumi:providers:kubernetes", {}, "urn:provider", "cluster-provider")
    if item.owner is Owner.ARGO_CD:
        provider.props = {"renderYamlToDirectory": "rendered/production"}
    props: Any = item.manifest
    name = item.urn.rpartition("::")[2]
    return ResourceValidationArgs(item.type, unknown_checking_proxy(props), item.urn, name, options, provider)


def started(*exemptions: Exemption) -> Engine:
    return Engine(Pack(Judge(exemptions, TODAY), "production"))


def test_every_policy_is_there_with_its_level_and_its_remedy() -> None:
    policies = {policy.name: policy for policy in Pack(Judge((), TODAY), "production").policies()}
    assert policies.keys() == POLICIES.keys() | {IN_USE, STALE}
    for name, policy in POLICIES.items():
        level = EnforcementLevel.MANDATORY if policy.mandatory else EnforcementLevel.ADVISORY
        assert policies[name].enforcement_level is level
        assert policies[name].description == policy.refuses
        assert policy.mend[1:] in (policies[name].remediation_steps or "")
        assert isinstance(policies[name], ResourceValidationPolicy if policy.alone else StackValidationPolicy)
    assert policies[STALE].enforcement_level is EnforcementLevel.MANDATORY
    assert policies[IN_USE].enforcement_level is EnforcementLevel.ADVISORY


@pytest.mark.parametrize("stack", STACKS)
def test_an_object_is_the_same_as_the_preview_without_an_engine_has_it(stack: str) -> None:
    for item in own_stack(stack, install=True):
        seen = object_of(arguments(item), item.environment)
        assert (seen.key, seen.title, seen.stack, seen.urn) == (item.key, item.title, item.stack, item.urn)
        assert (seen.component, seen.owner, seen.protected) == (item.component, item.owner, item.protected)


def test_what_argo_cd_deletes_only_after_a_confirmation_is_protected() -> None:
    annotations = {"argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm"}
    given = arguments(edited(MEDIA, "metadata.annotations", annotations))
    given.opts.protect = False
    assert object_of(given, "").protected
    given = arguments(edited(MEDIA, "metadata.annotations", {"argocd.argoproj.io/sync-options": "Prune=false"}))
    given.opts.protect = False
    assert not object_of(given, "").protected


def test_nothing_is_reported_of_our_own_stack() -> None:
    engine = started()
    engine.registers(*own_stack("production"))
    engine.ends(*own_stack("production"))
    assert engine.reports == []


def test_what_breaks_a_policy_is_reported_with_the_object_what_is_wrong_and_how_to_fix_it() -> None:
    engine = started()
    engine.registers(WRITABLE)
    assert [(name, message) for name, message, _ in engine.reports] == [
        (
            "pods-keep-their-image",
            "Deployment smarthr360-nginx: container nginx can write to its root file system; "
            "set securityContext.readOnlyRootFilesystem to true, and mount an emptyDir where the program has to write",
        )
    ]


def test_at_the_end_the_inputs_are_judged_and_not_what_controllers_made_of_them() -> None:
    others = [item for item in own_stack("production") if item.title != API.title]
    scaled = edited(API, "spec.replicas", 7)
    engine = started()
    engine.registers(*others, API)
    engine.ends(*others, scaled)
    assert engine.reports == []

    engine.registers(scaled)
    engine.ends(*others, scaled)
    [(name, message, urn)] = engine.reports
    assert (name, urn) == ("replicas-have-one-owner", API.urn)
    assert message.startswith("Deployment smarthr360-api: it sets replicas")


def test_what_this_run_does_not_register_is_not_blamed_at_its_end() -> None:
    engine = started()
    engine.ends(*own_stack("production"), edited(API, "spec.replicas", 7))
    assert engine.reports == []


def test_an_exempt_violation_is_only_listed() -> None:
    others = [item for item in own_stack("production") if item.title != NGINX.title]
    engine = started(EXEMPTION)
    engine.registers(*others, WRITABLE)
    assert engine.reports == []
    engine.ends(*others, WRITABLE)
    [(name, message, urn)] = engine.reports
    assert (name, urn) == (IN_USE, NGINX.urn)
    assert message == (
        "Deployment smarthr360-nginx: pods-keep-their-image: container nginx can write to its root file system; "
        "exempt until 2027-01-31, the platform team answers for it: It unpacks its files."
    )


def test_an_exemption_that_nothing_needs_is_refused() -> None:
    engine = started(EXEMPTION)
    engine.registers(*own_stack("production"))
    engine.ends(*own_stack("production"))
    assert [name for name, _, _ in engine.reports] == [STALE]


def test_what_is_not_known_yet_stops_only_the_policies_that_look_at_it() -> None:
    unknown = edited(API, "spec.template.spec.containers.0.image", UNKNOWN_STRING_VALUE)
    assert _stopped_by([unknown]) == {
        "images-from-known-registries",
        "images-stay-the-same",
        "secrets-not-in-addresses",
    }
    assert _stopped_by([API]) == set()


def test_no_module_hides_one_of_pythons_own() -> None:
    """The engine starts the folder, so that its modules are found before all others."""
    modules = {path.stem for path in (ROOT / "policy").glob("*.py")}
    assert "pack" in modules
    assert not modules & sys.stdlib_module_names


def _stopped_by(objects: Sequence[Object]) -> set[str]:
    stopped = set()
    for policy in Pack(Judge((), TODAY), "production").policies():
        if isinstance(policy, ResourceValidationPolicy):
            try:
                for item in objects:
                    policy.validate(arguments(item), _unheard)
            except UnknownValueError:
                stopped.add(policy.name)
    return stopped


def _unheard(_message: str, _urn: str | None = None) -> None:
    pass
