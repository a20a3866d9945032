"""Runs all policies over what stacks request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from policy.exemptions import Exemption, load
from policy.rule import Policy
from policy.rules import POLICIES
from policy.violation import Violation
from snapshot.model import Object

STALE = "exemptions-are-needed"
"""The policy that an unneeded exemption breaks; nothing can be exempt from it."""


def check(
    objects: Iterable[Object], *, exemptions: Iterable[Exemption] | None = None, today: date | None = None
) -> list[Violation]:
    """Return the violations, stack by stack in the order of the policies.

    Args:
        objects: everything that one or more stacks request.
        exemptions: what is allowed to break a policy for a while; by default, those in policy/exemptions.yaml.
        today: the day for which exemptions are checked; by default, the current one in UTC.

    Raises:
        UserError: policy/exemptions.yaml is not valid.
    """
    judge = Judge(load() if exemptions is None else tuple(exemptions), today or datetime.now(UTC).date())
    stacks: dict[str, list[Object]] = {}
    for item in objects:
        stacks.setdefault(item.stack, []).append(item)
    return [violation for own in stacks.values() for violation in judge.violations(own)]


@dataclass(frozen=True)
class Judge:
    """Turns what the policies find into violations.

    Attributes:
        exemptions: what is allowed to break a policy for a while.
        today: the day for which exemptions are checked.
    """

    exemptions: tuple[Exemption, ...]
    today: date

    def violations(self, objects: Sequence[Object]) -> Iterator[Violation]:
        """What breaks a policy in one stack, and the exemptions that it doesn't need."""
        for policy in POLICIES.values():
            for item, what in policy.broken_by(objects):
                yield self.violation(policy, item, what)
        yield from self.stale(objects)

    def violation(self, policy: Policy, item: Object, what: str) -> Violation:
        """The violation for what a policy has found; exempt if an exemption covers it."""
        covering = [exemption for exemption in self.exemptions if exemption.covers(policy, item)]
        longest = max(covering, key=lambda exemption: exemption.until, default=None)
        message, mandatory, exempt = policy.message(what), policy.mandatory, ""
        if longest and self.today <= longest.until:
            mandatory, exempt = False, str(longest)
        elif longest:
            message += f" (it was exempt until {longest.until}; {longest.owner} answered for it)"
        return Violation(item.stack, policy.name, mandatory, item.title, message, exempt)

    def stale(self, objects: Sequence[Object]) -> Iterator[Violation]:
        """A violation for each exemption that a stack doesn't need."""
        for stack in {item.stack: None for item in objects}:
            for exemption in self.exemptions:
                policy = POLICIES[exemption.policy]
                if stack in exemption.stacks and not any(
                    exemption.covers(policy, item) for item, _ in policy.broken_by(objects)
                ):
                    message = f"it does not break {policy.name}; remove its exemption from policy/exemptions.yaml"
                    yield Violation(stack, STALE, mandatory=True, object=exemption.object, message=message)
