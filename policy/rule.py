"""What a policy is, and how its rule is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Required, TypedDict, Unpack

from components.settings import identity
from policy.objects import KUBERNETES, MAKES_PODS, is_patch, makes_pods, separate
from snapshot.model import Object


class Where(StrEnum):
    """In which environments a policy holds, by what a stack says it is, and never by the stack's name."""

    EVERYWHERE = "in every stack"
    LIVE = "in every environment but dev"
    PRODUCTION = "in production"

    def holds(self, environment: str) -> bool:
        """Whether it holds in an environment; one that is not known ("") counts as production."""
        match self:
            case Where.PRODUCTION:
                return environment in (identity.PRODUCTION, "")
            case Where.LIVE:
                return environment != "dev"
        return True


LIVE, PRODUCTION = Where.LIVE, Where.PRODUCTION

RELEASE = "platform:ArgoCd"
"""The component that installs the release of another project, whose checksum is pinned. What is in a release is decided
by choosing it, so a rule about our own decisions may leave it out, and then says why."""

CHART = "kubernetes:helm.sh/v4:Chart"
"""By this in its URN, an object is part of an add-on's chart, whose digest is pinned. The same holds for it; our own
decisions about it are the values that it is given."""

PATCH = "a part of another's object"
"""Among the kinds of a policy: what changes an object that something else makes."""

OneRule = Callable[[Object], Iterable[str]]
"""Says what is wrong with one object."""

StackRule = Callable[[Sequence[Object]], Iterable[tuple[Object, str]]]
"""Says what is wrong with which objects, given all of a stack."""


class Facts(TypedDict, total=False):
    """What is said of a policy besides its name.

    Attributes:
        kinds: what it looks at: kinds of Kubernetes objects ("*" for all, `MAKES_PODS` for all that make pods), or type
            tokens, as a cloud's resources have them.
        refuses: what it refuses, as a sentence.
        why: what would go wrong, as a sentence.
        mend: what to do, as what follows "; " in a message.
        where: in which environments it holds; everywhere by default.
        mandatory: whether it stops a deployment (the default), or only advises against it.
        released: why it does not hold for what comes from a pinned release; not given where it does.
        charted: why it does not hold for what comes from a pinned chart; not given where it does.
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
        find: what breaks it, among all objects of one stack: each object with a phrase that says what is wrong. A
            phrase never holds a value that could be secret: to the policy pack, secrets come in plain text.
        alone: whether an object breaks it whatever else there is, so that it can be judged by itself.
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
        """What breaks it among all objects of one stack, and in which way."""
        every = separate(objects)
        given = [item for item in every if self._judges(item)] if self.alone else every
        for item, what in self.find(given):
            if self._judges(item):
                yield item, what

    def message(self, what: str) -> str:
        """What is wrong, and how to mend it."""
        return f"{what}; {self.mend}"

    def _judges(self, item: Object) -> bool:
        if not self.where.holds(item.environment):
            return False
        if (self.released and item.component == RELEASE) or (self.charted and CHART in item.urn):
            return False
        if item.type in self.kinds:
            return True
        # A part of an object can't be judged as all of it; no patch is let in (`objects-are-whole`).
        if not item.type.startswith(KUBERNETES) or is_patch(item):
            return PATCH in self.kinds and is_patch(item)
        if item.kind in self.kinds or "*" in self.kinds:
            return True
        return MAKES_PODS in self.kinds and makes_pods(item)


@dataclass(frozen=True)
class Topic:
    """Policies that belong together, and a chapter of docs/policies.md.

    Attributes:
        title: the chapter's heading.
        about: its first paragraph.
        policies: the policies, in the order in which they are written.
    """

    title: str
    about: str
    policies: list[Policy] = field(default_factory=list)

    def rule(self, name: str, **facts: Unpack[Facts]) -> Callable[[OneRule], OneRule]:
        """Make a function the rule of a policy whose objects are judged one by one."""

        def take(rule: OneRule) -> OneRule:
            def find(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
                return ((item, what) for item in objects for what in rule(item))

            self.policies.append(Policy(name, find, alone=True, **facts))
            return rule

        return take

    def stack_rule(self, name: str, **facts: Unpack[Facts]) -> Callable[[StackRule], StackRule]:
        """Make a function the rule of a policy that has to see all objects of a stack."""

        def take(rule: StackRule) -> StackRule:
            self.policies.append(Policy(name, rule, alone=False, **facts))
            return rule

        return take
