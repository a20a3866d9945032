"""What a policy is, and how its rule is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Required, TypedDict, Unpack

from components.settings import identity
from policy.objects import KUBERNETES, MAKES_PODS, is_patch, makes_pods, separate
from snapshot.model import Object


class Where(StrEnum):
    """The environments in which a policy holds, by what stacks declare, never by their names."""

    EVERYWHERE = "in every stack"
    LIVE = "in every environment but dev"
    PRODUCTION = "in production"

    def holds(self, environment: str) -> bool:
        """Whether it holds in an environment; an unknown one ("") counts as production."""
        match self:
            case Where.PRODUCTION:
                return environment in (identity.PRODUCTION, "")
            case Where.LIVE:
                return environment != "dev"
        return True


LIVE, PRODUCTION = Where.LIVE, Where.PRODUCTION

RELEASE = "platform:ArgoCd"
"""The component that installs another project's release, whose checksum is pinned. Its content is decided by choosing
the release, so a rule about our own decisions can leave it out, with a reason (`released`)."""

CHART = "kubernetes:helm.sh/v4:Chart"
"""In the URN of every object of an add-on's chart, whose digest is pinned. Rules can leave it out likewise (`charted`);
our own decisions about it are its values."""

PATCH = "a part of another's object"
"""Among the kinds of a policy: resources that change a part of an existing object."""

OneRule = Callable[[Object], Iterable[str]]
"""Returns phrases for what is wrong with one object."""

StackRule = Callable[[Sequence[Object]], Iterable[tuple[Object, str]]]
"""Returns the objects of a stack that are wrong, each with a phrase that says how."""


class Facts(TypedDict, total=False):
    """The attributes of a policy besides its name.

    Attributes:
        kinds: what it checks: kinds of Kubernetes objects ("*" for all, `MAKES_PODS` for all with a pod template), or
            type tokens of a cloud's resources.
        refuses: what it refuses, as a sentence.
        why: what would go wrong, as a sentence.
        mend: what to do, as it follows "; " in a message.
        where: the environments in which it holds; all by default.
        mandatory: whether it stops a deployment (the default), or only advises against it.
        released: why it does not hold for a pinned release; left out if it does.
        charted: why it does not hold for a pinned chart; left out if it does.
    """

    kinds: Required[tuple[str, ...]]
    refuses: Required[str]
    why: Required[str]
    mend: Required[str]
    where: Where
    mandatory: bool
    released: str
    charted: str


@dataclass(frozen=True)
class Policy:
    """One policy; see `Facts` for what is not listed here.

    Attributes:
        name: its name, in reports and in exemptions.
        find: returns the objects of a stack that break it, each with a phrase. A phrase never holds a value that could
            be secret: the policy pack gets secrets in plain text.
        alone: whether each object can be judged by itself.
    """

    name: str
    find: StackRule
    alone: bool
    kinds: tuple[str, ...]
    refuses: str
    why: str
    mend: str
    where: Where = Where.EVERYWHERE
    mandatory: bool = True
    released: str = ""
    charted: str = ""

    def broken_by(self, objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
        """The objects of a stack that break it, each with a phrase that says how."""
        every = separate(objects)
        given = [item for item in every if self._judges(item)] if self.alone else every
        for item, what in self.find(given):
            if self._judges(item):
                yield item, what

    def message(self, what: str) -> str:
        """What is wrong, and how to fix it."""
        return f"{what}; {self.mend}"

    def _judges(self, item: Object) -> bool:
        if not self.where.holds(item.environment):
            return False
        if (self.released and item.component == RELEASE) or (self.charted and CHART in item.urn):
            return False
        if item.type in self.kinds:
            return True
        # A part of an object can't be judged as a whole; `objects-are-whole` refuses all patches.
        if not item.type.startswith(KUBERNETES) or is_patch(item):
            return PATCH in self.kinds and is_patch(item)
        if item.kind in self.kinds or "*" in self.kinds:
            return True
        return MAKES_PODS in self.kinds and makes_pods(item)


@dataclass(frozen=True)
class Topic:
    """Policies that belong together: a chapter of docs/policies.md.

    Attributes:
        title: the chapter's heading.
        about: its first paragraph.
        policies: the policies, in the order of their declaration.
    """

    title: str
    about: str
    policies: list[Policy] = field(default_factory=list)

    def rule(self, name: str, **facts: Unpack[Facts]) -> Callable[[OneRule], OneRule]:
        """Declare a policy by a function that judges objects one by one."""

        def declare(rule: OneRule) -> OneRule:
            def find(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
                return ((item, what) for item in objects for what in rule(item))

            self.policies.append(Policy(name, find, alone=True, **facts))
            return rule

        return declare

    def stack_rule(self, name: str, **facts: Unpack[Facts]) -> Callable[[StackRule], StackRule]:
        """Declare a policy by a function that judges all objects of a stack together."""

        def declare(rule: StackRule) -> StackRule:
            self.policies.append(Policy(name, rule, alone=False, **facts))
            return rule

        return declare
