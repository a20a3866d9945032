"""What every report says first: one sentence, the environments, and the risks and policies by weight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policy.violation import Violation
from review import capacity
from review.capacity import Capacity
from review.effects import Effect, effects, sides
from review.model import Action, Change, Level, Report
from review.reports.texts import counted, line, listed
from snapshot.model import Object, Snapshot

_FIRST = 3  # effects in the headline
_EFFECT = 200  # characters of one

PASSES = "passes"
"""The status of an object that breaks no policy."""

NOT_CHECKED = "not checked"
"""The status of what the policies don't see."""

DONE = {Action.CREATE: "created", Action.UPDATE: "updated", Action.REPLACE: "replaced", Action.DELETE: "deleted"}
SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REPLACE: "±", Action.DELETE: "−"}  # noqa: RUF001 - a real minus


DRIFTED = "somebody else has changed the cluster"
PLANNED = "this program would change it"
"""The two groups of a live preview."""


@dataclass(frozen=True)
class Environment:
    """What happens to one environment.

    Attributes:
        name: the stack's.
        snapshot: what the head asks for; None where a stack is gone.
        changes: riskiest first.
        violations: of policies, exempt ones too.
        compared: whether base and head were compared, so that no change means that nothing changes.
        drift: what somebody else has changed in its cluster; None where no cluster was asked.
    """

    name: str
    snapshot: Snapshot | None
    changes: tuple[Change, ...]
    violations: tuple[Violation, ...]
    compared: bool
    drift: tuple[Change, ...] | None = None

    @property
    def counts(self) -> Mapping[Action, int]:
        """How many objects are created, updated, replaced and deleted."""
        return Counter(change.action for change in self.changes)

    @property
    def level(self) -> Level | None:
        """The worst risk; None where nothing changes."""
        return max((change.level for change in self.changes), default=None)

    @property
    def broken(self) -> int:
        """How many violations stop the deployment."""
        return sum(stops(violation) for violation in self.violations)

    @property
    def policies(self) -> str:
        """What the policies say of it: "1 broken, 2 exempt"."""
        if self.snapshot and self.snapshot.problem:
            return NOT_CHECKED
        return _verdicts(Counter(map(_verdict, self.violations))) or "pass"


@dataclass(frozen=True)
class Finding:
    """The same risk, or the same violation, wherever it is.

    Attributes:
        level: how much a risk is; None for a violation.
        rule: the rule's or the policy's name.
        sentence: the reason, or what is wrong and how to mend it.
        places: the objects' titles by environment.
    """

    level: Level | None
    rule: str
    sentence: str
    places: Mapping[str, tuple[str, ...]]


def environments(report: Report) -> tuple[Environment, ...]:
    """The environments in the order of the stacks."""
    heads = {head.stack: head for head in report.heads}
    changes: dict[str, list[Change]] = {name: [] for name in heads}
    violations: dict[str, list[Violation]] = {name: [] for name in heads}
    for change in report.changes:
        changes.setdefault(change.object.stack, []).append(change)
    for violation in report.violations:
        violations.setdefault(violation.stack, []).append(violation)
    unknown = {head.stack for head in uncompared(report)} | {head.stack for head in report.heads if head.problem}
    return tuple(
        Environment(
            name,
            heads.get(name),
            tuple(changes.get(name, ())),
            tuple(violations.get(name, ())),
            name not in unknown,
            None if report.drift is None else tuple(item for item in report.drift if item.object.stack == name),
        )
        for name in dict.fromkeys([*changes, *violations])
    )


def riskiest_first(found: Iterable[Environment]) -> list[Environment]:
    """The environments by their worst risk and by how much changes; the last stack first among equals."""
    last_first = list(found)[::-1]
    return sorted(last_first, key=lambda item: (-(item.level or 0), -len(item.changes)))


def uncompared(report: Report) -> tuple[Snapshot, ...]:
    """The environments of which a report can only say what there is: all of them in an inventory."""
    return tuple(head for head in report.heads if not report.base or head.stack in report.uncompared)


def headline(report: Report) -> str:
    """What happens: what a reader would call it, and how many objects that is and how risky.

    Args:
        report: what was found.
    """
    return " ".join(filter(None, [lead(report), counts(report)]))


def lead(report: Report) -> str:
    """What happens, as a reader would call it, in one sentence; "" where nothing more can be said than a number.

    Args:
        report: what was found.
    """
    known = [effect for effect in told(report) if not effect.is_rest]
    more = f"; and {len(known) - _FIRST:,} more" if len(known) > _FIRST else ""
    text = "; ".join(line(effect.sentence, _EFFECT) for effect in known[:_FIRST])
    return f"{text[0].upper()}{text[1:]}{more}." if text else ""


def told(report: Report) -> list[Effect]:
    """The effects of a change, as a reader would call them; none of an inventory."""
    return effects(report) if report.base else []


def listing(report: Report) -> list[Effect]:
    """The effects of a change where the headline has not all of them.

    Args:
        report: what was found.
    """
    found = told(report)
    return found if sum(not effect.is_rest for effect in found) > _FIRST else []


def capacities(report: Report) -> list[tuple[str, Capacity | None, Capacity]]:
    """What each environment asks a cluster for: its name, before and after; None before where that is not known.

    Args:
        report: of a change.
    """
    found: list[tuple[str, Capacity | None, Capacity]] = []
    for item in environments(report):
        before, after = (capacity.of(side) for side in sides(report, item.name))
        if any((*after.cpu, *after.memory, after.storage)) or before != after:
            found.append((item.name, before if item.compared else None, after))
    return found


def counts(report: Report) -> str:
    """How many objects change and how risky that is, in one sentence.

    Args:
        report: what was found.
    """
    found = environments(report)
    if not report.base:
        total = sum(len(head.objects) for head in report.heads)
        text = f"{counted(total, 'object')} in {listed(item.name for item in found)}"
    elif report.changes:
        text = _changes(found)
    else:
        same = [item.name for item in found if item.compared]
        text = f"Nothing changes in {listed(same)}" if same else "What changes is not known"
    broken = [item.name for item in found if item.broken]
    unknown = [item.name for item in found if not item.compared and report.base]
    if unknown:
        text += f"; {listed(unknown)} can't be compared"
    if report.drift:
        text += f"; {DRIFTED}: {counted(len(report.drift), 'object')}"
    elif report.drift is not None:
        text += "; nothing that Pulumi has applied has changed in the cluster"
    return f"{text}; mandatory policies are broken in {listed(broken)}." if broken else f"{text}."


def risks(report: Report) -> list[Finding]:
    """The risks that are more than low, worst first, each once with all its objects."""
    found: dict[tuple[Level, str, str], dict[str, list[str]]] = {}
    for change in report.changes:
        for risk in change.risks:
            if risk.level > Level.LOW:
                places = found.setdefault((risk.level, risk.rule, risk.reason), {})
                places.setdefault(change.object.stack, []).append(change.object.title)
    worst_first = sorted(found.items(), key=lambda item: -item[0][0])
    return [Finding(*key, {name: tuple(titles) for name, titles in places.items()}) for key, places in worst_first]


def findings(violations: Iterable[Violation]) -> list[Finding]:
    """Violations, each once with all its objects."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for violation in violations:
        places = found.setdefault((violation.policy, violation.message), {})
        places.setdefault(violation.stack, []).append(violation.object)
    return [
        Finding(None, *key, {name: tuple(titles) for name, titles in places.items()}) for key, places in found.items()
    ]


def stops(violation: Violation) -> bool:
    """Whether a violation stops a deployment."""
    return violation.mandatory and not violation.exemption


def identity(item: Object) -> str:
    """What is the same for an object in all environments: its URN but for the stack."""
    return item.urn.split("::", 1)[-1]


def policy_status(violations: Iterable[Violation]) -> dict[str, str]:
    """What the policies say of objects, by title: "1 broken, 1 exempt"; an object that passes is left out.

    Args:
        violations: those of one environment.
    """
    found: dict[str, Counter[str]] = {}
    for violation in violations:
        found.setdefault(violation.object, Counter())[_verdict(violation)] += 1
    return {title: _verdicts(counts) for title, counts in found.items()}


def _verdict(violation: Violation) -> str:
    return "broken" if stops(violation) else "exempt" if violation.exemption else "advised against"


def _verdicts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[word]:,} {word}" for word in ("broken", "advised against", "exempt") if word in counts)


def _changes(found: tuple[Environment, ...]) -> str:
    changed = [item for item in found if item.changes]
    counts = Counter(change.action for item in changed for change in item.changes)
    actions = [f"{counts[action]:,} {word}" for action, word in DONE.items() if counts[action]]
    worst = max(item.level or Level.LOW for item in changed)
    where = [item.name for item in changed if item.level == worst]
    risk = "the risk is low" if worst is Level.LOW else f"the risk is {worst.name.lower()} in {listed(where)}"
    objects = counted(counts.total(), "object changes", "objects change")
    return f"{objects} in {listed(item.name for item in changed)} ({', '.join(actions)}); {risk}"
