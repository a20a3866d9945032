"""Running all policies over what stacks request."""

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
"""What an exemption breaks that lets nothing through; no exemption helps against it."""


def check(
    objects: Iterable[Object], *, exemptions: Iterable[Exemption] | None = None, today: date | None = None
) -> list[Violation]:
    """What breaks a policy, stack by stack in the order of the policies.

    Args:
        objects: everything that one or more stacks request.
        exemptions: what is allowed to break a policy for a while; by default, what policy/exemptions.yaml lists.
        today: on which day; by default, this one.

    Raises:
        UserError: policy/exemptions.yaml has a fault.
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
        today: on which day.
    """

    exemptions: tuple[Exemption, ...]
    today: date

    def violations(self, objects: Sequence[Object]) -> Iterator[Violation]:
        """What breaks a policy in one stack, and which exemptions nothing needs there."""
        for policy in POLICIES.values():
            for item, what in policy.broken_by(objects):
                yield self.violation(policy, item, what)
        yield from self.stale(objects)

    def violation(self, policy: Policy, item: Object, what: str) -> Violation:
        """What a policy has found, let through where an exemption covers it."""
        covers = [exemption for exemption in self.exemptions if exemption.covers(policy, item)]
        longest = max(covers, key=lambda exemption: exemption.until, default=None)
        message, mandatory, exempt = policy.message(what), policy.mandatory, ""
        if longest and self.today <= longest.until:
            mandatory, exempt = False, str(longest)
        elif longest:
            message += f" (it was exempt until {longest.until}; {longest.owner} answered for it)"
        return Violation(item.stack, policy.name, mandatory, item.title, message, exempt)

    def stale(self, objects: Sequence[Object]) -> Iterator[Violation]:
        """The exemptions that nothing needs in one stack."""
        for stack in {item.stack: None for item in objects}:
            for exemption in self.exemptions:
                policy = POLICIES[exemption.policy]
                if stack in exemption.stacks and not any(
                    exemption.covers(policy, item) for item, _ in policy.broken_by(objects)
                ):
                    message = f"it does not break {policy.name}; take its exemption out of policy/exemptions.yaml"
                    yield Violation(stack, STALE, mandatory=True, object=exemption.object, message=message)
