"""The policy pack: the policies as Pulumi's engine runs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import (
    Policy as PulumiPolicy,
)

from policy.checking import STALE, Judge
from policy.objects import KUBERNETES
from policy.rule import Policy
from policy.rules import POLICIES
from snapshot.model import Object, Owner
from stack_file import PROJECT

IN_USE = "exemptions-in-use"
SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
CONFIRMED = "Prune=confirm"
"""With this option, Argo CD deletes an object only after somebody has confirmed it."""


class Pack:
    """Passes the engine's resources to the policies, and reports what they find to the engine.

    The engine asks about each resource when the program registers it, with its inputs, and at the end about all of
    them, with the cluster's outputs. Those contain defaults and what controllers own, such as the replicas that an
    autoscaler has chosen; so the inputs are judged at the end, too.

    Args:
        judge: knows the exemptions.
        environment: the environment that the stack declares; "" if it is not known.
    """

    def __init__(self, judge: Judge, environment: str) -> None:
        self._judge = judge
        self._environment = environment
        self._registered: dict[str, Object] = {}

    def policies(self) -> list[PulumiPolicy]:
        """All policies, and two more that are about the exemptions."""
        ours = (self._of_resource(policy) if policy.alone else self._of_stack(policy) for policy in POLICIES.values())
        return [*ours, *self._of_exemptions()]

    def _of_resource(self, policy: Policy) -> PulumiPolicy:
        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            item = object_of(args, self._environment)
            self._registered[args.urn] = item
            for _, what in policy.broken_by([item]):
                violation = self._judge.violation(policy, item, what)
                if not violation.exemption:
                    report(f"{violation.object}: {violation.message}", None)

        return ResourceValidationPolicy(**_facts(policy), validate=validate)

    def _of_stack(self, policy: Policy) -> PulumiPolicy:
        def validate(args: StackValidationArgs, report: ReportViolation) -> None:
            for item, what in policy.broken_by(self._objects(args)):
                violation = self._judge.violation(policy, item, what)
                # With --target most resources are neither registered nor changed.
                if not violation.exemption and item.urn in self._registered:
                    report(f"{violation.object}: {violation.message}", item.urn)

        return StackValidationPolicy(**_facts(policy), validate=validate)

    def _of_exemptions(self) -> Iterator[PulumiPolicy]:
        def list_them(args: StackValidationArgs, report: ReportViolation) -> None:
            objects = self._objects(args)
            for policy in {
                exemption.policy: POLICIES[exemption.policy] for exemption in self._judge.exemptions
            }.values():
                for item, what in policy.broken_by(objects):
                    violation = self._judge.violation(policy, item, what)
                    if violation.exemption:
                        report(f"{violation.object}: {violation.policy}: {what}; {violation.exemption}", item.urn)

        def refuse_stale(args: StackValidationArgs, report: ReportViolation) -> None:
            for violation in self._judge.stale(self._objects(args)):
                report(f"{violation.object}: {violation.message}", None)

        yield StackValidationPolicy(IN_USE, "What an exemption lets through.", list_them, EnforcementLevel.ADVISORY)
        yield StackValidationPolicy(STALE, "An exemption that nothing needs.", refuse_stale, EnforcementLevel.MANDATORY)

    def _objects(self, args: StackValidationArgs) -> Sequence[Object]:
        """Everything in the stack; with the program's inputs where this run has registered them."""
        return [
            self._registered.get(resource.urn) or object_of(resource, self._environment) for resource in args.resources
        ]


def object_of(resource: ResourceValidationArgs | PolicyResource, environment: str) -> Object:
    """Convert a resource of the engine's to an object for the policies.

    Args:
        resource: the resource.
        environment: the environment that its stack declares; "" if it is not known.
    """
    props: Mapping[str, Any] = resource.props
    metadata: Mapping[str, Any] = props.get("metadata") or {}
    # urn:pulumi:<stack>::<project>::<types of the parents and its own, with $ between>::<name>
    head, _, types, _ = resource.urn.split("::", 3)
    parents = types.split("$")[:-1]
    confirmed = CONFIRMED in ((metadata.get("annotations") or {}).get(SYNC_OPTIONS) or "")
    rendered = resource.provider and "renderYamlToDirectory" in resource.provider.props
    return Object(
        stack=head.rpartition(":")[2],
        type=resource.resource_type,
        kind=_kind(resource.resource_type, props),
        namespace=metadata.get("namespace"),
        name=metadata.get("name") or resource.name,
        urn=resource.urn,
        component=parents[-1].removeprefix(f"{PROJECT}:") if parents else "",
        owner=Owner.ARGO_CD if rendered else Owner.PULUMI,
        protected=resource.opts.protect or confirmed,
        manifest=props,
        environment=environment,
    )


def _kind(type_: str, props: Mapping[str, Any]) -> str:
    """The kind of an object by its manifest, as its type can be `DeploymentPatch`; otherwise by its type."""
    own = props.get("kind") if type_.startswith(KUBERNETES) else None
    return str(own or type_.rpartition(":")[2])


def _facts(policy: Policy) -> dict[str, Any]:
    level = EnforcementLevel.MANDATORY if policy.mandatory else EnforcementLevel.ADVISORY
    return {
        "name": policy.name,
        "description": policy.refuses,
        "enforcement_level": level,
        "remediation_steps": f"{policy.mend[0].upper()}{policy.mend[1:]}.",
    }
