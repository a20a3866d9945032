"""What reports of all formats contain: a headline, the environments, and the risks and violations, worst first."""

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
"""The status of an object that no policy checks."""

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
        snapshot: what the head requests; None if the head does not have the stack.
        changes: riskiest first.
        violations: of policies, including exempt ones.
        compared: whether base and head were compared; if not, an empty `changes` means nothing.
        drift: what somebody else has changed in its cluster; None if no cluster was checked.
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
        """The worst risk; None if nothing changes."""
        return max((change.level for change in self.changes), default=None)

    @property
    def broken(self) -> int:
        """How many violations stop the deployment."""
        return sum(stops(violation) for violation in self.violations)

    @property
    def policies(self) -> str:
        """The result of the policies, such as "1 broken, 2 exempt"."""
        if self.snapshot and self.snapshot.problem:
            return NOT_CHECKED
        return _verdicts(Counter(map(_verdict, self.violations))) or "pass"


@dataclass(frozen=True)
class Finding:
    """A risk or a violation, with all objects that have it.

    Attributes:
        level: the risk's; None for a violation.
        rule: the name of the risk's rule, or of the policy.
        sentence: the reason, or what is wrong and how to fix it.
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


def riskiest_first(items: Iterable[Environment]) -> list[Environment]:
    """The environments by their worst risk and their number of changes; the last stack first among equals."""
    last_first = list(items)[::-1]
    return sorted(last_first, key=lambda item: (-(item.level or 0), -len(item.changes)))


def uncompared(report: Report) -> tuple[Snapshot, ...]:
    """The environments of which a report can only list the objects; in an inventory, all."""
    return tuple(head for head in report.heads if not report.base or head.stack in report.uncompared)


def headline(report: Report) -> str:
    """What happens, in a reader's words, how many objects change, and how risky that is."""
    return " ".join(filter(None, [lead(report), counts(report)]))


def lead(report: Report) -> str:
    """What happens, in a reader's words, in a sentence; "" if there is nothing but numbers to report."""
    known = [effect for effect in effects(report) if not effect.is_rest]
    more = f"; and {len(known) - _FIRST:,} more" if len(known) > _FIRST else ""
    text = "; ".join(line(effect.sentence, _EFFECT) for effect in known[:_FIRST])
    return f"{text[0].upper()}{text[1:]}{more}." if text else ""


def listing(report: Report) -> list[Effect]:
    """The effects of a change; empty if the headline has all of them."""
    every = effects(report)
    return every if sum(not effect.is_rest for effect in every) > _FIRST else []


def capacities(report: Report) -> list[tuple[str, Capacity | None, Capacity]]:
    """What each environment requests from its cluster: its name, before, or None if not known, and after."""
    rows: list[tuple[str, Capacity | None, Capacity]] = []
    for item in environments(report):
        before, after = (capacity.of(side) for side in sides(report, item.name))
        if any((*after.cpu, *after.memory, after.storage)) or before != after:
            rows.append((item.name, before if item.compared else None, after))
    return rows


def counts(report: Report) -> str:
    """How many objects change, and how risky that is, in a sentence."""
    every = environments(report)
    if not report.base:
        total = sum(len(head.objects) for head in report.heads)
        text = f"{counted(total, 'object')} in {listed(item.name for item in every)}"
    elif report.changes:
        text = _changes(every)
    else:
        same = [item.name for item in every if item.compared]
        text = f"Nothing changes in {listed(same)}" if same else "What changes is not known"
    broken = [item.name for item in every if item.broken]
    unknown = [item.name for item in every if not item.compared and report.base]
    if unknown:
        text += f"; {listed(unknown)} can't be compared"
    if report.drift:
        text += f"; {DRIFTED}: {counted(len(report.drift), 'object')}"
    elif report.drift is not None:
        text += "; nothing that Pulumi has applied has changed in the cluster"
    return f"{text}; mandatory policies are broken in {listed(broken)}." if broken else f"{text}."


def sections(report: Report) -> list[tuple[str, list[Finding]]]:
    """The risks and the violations that are not exempt, under their headings."""
    return [
        ("Risks", risks(report)),
        ("Policies that stop the deployment", stopping(report)),
        ("Policies that advise against it", advice(report)),
    ]


def risks(report: Report) -> list[Finding]:
    """The risks above low, worst first."""
    findings = _findings(
        ((risk.level, risk.rule, risk.reason), change.object.stack, change.object.title)
        for change in report.changes
        for risk in change.risks
        if risk.level > Level.LOW
    )
    return sorted(findings, key=lambda finding: -(finding.level or 0))


def stopping(report: Report) -> list[Finding]:
    """The violations that stop a deployment."""
    return _of_violations(filter(stops, report.violations))


def advice(report: Report) -> list[Finding]:
    """The violations of policies that only advise."""
    return _of_violations(item for item in report.violations if not item.mandatory and not item.exemption)


def exempt(report: Report) -> list[Violation]:
    """The violations that are exempt."""
    return [item for item in report.violations if item.exemption]


def stops(violation: Violation) -> bool:
    """Whether a violation stops a deployment."""
    return violation.mandatory and not violation.exemption


def identity(item: Object) -> str:
    """What identifies an object in all environments: its URN without the stack."""
    return item.urn.split("::", 1)[-1]


def policy_status(violations: Iterable[Violation]) -> dict[str, str]:
    """The result of the policies by title, such as "1 broken, 1 exempt", without objects that pass.

    Args:
        violations: those of one environment.
    """
    verdicts: dict[str, Counter[str]] = {}
    for violation in violations:
        verdicts.setdefault(violation.object, Counter())[_verdict(violation)] += 1
    return {title: _verdicts(counts) for title, counts in verdicts.items()}


def _of_violations(violations: Iterable[Violation]) -> list[Finding]:
    return _findings(((None, item.policy, item.message), item.stack, item.object) for item in violations)


def _findings(items: Iterable[tuple[tuple[Level | None, str, str], str, str]]) -> list[Finding]:
    """Each level, rule and sentence once, with its environments and titles."""
    places: dict[tuple[Level | None, str, str], dict[str, list[str]]] = {}
    for key, stack, title in items:
        places.setdefault(key, {}).setdefault(stack, []).append(title)
    return [Finding(*key, {stack: tuple(titles) for stack, titles in of_key.items()}) for key, of_key in places.items()]


def _verdict(violation: Violation) -> str:
    return "broken" if stops(violation) else "exempt" if violation.exemption else "advised against"


def _verdicts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[word]:,} {word}" for word in ("broken", "advised against", "exempt") if word in counts)


def _changes(every: tuple[Environment, ...]) -> str:
    changed = [item for item in every if item.changes]
    counts = Counter(change.action for item in changed for change in item.changes)
    actions = [f"{counts[action]:,} {word}" for action, word in DONE.items() if counts[action]]
    worst = max(item.level or Level.LOW for item in changed)
    where = [item.name for item in changed if item.level == worst]
    risk = "the risk is low" if worst is Level.LOW else f"the risk is {worst.name.lower()} in {listed(where)}"
    objects = counted(counts.total(), "object changes", "objects change")
    return f"{objects} in {listed(item.name for item in changed)} ({', '.join(actions)}); {risk}"
