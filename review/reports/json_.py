"""A report as JSON, for programs; docs/report-schema.json describes it."""

from __future__ import annotations

import json
from typing import Any

from policy.violation import Violation
from review import capacity
from review.effects import effects, sides
from review.model import Action, Change, Level, Report
from review.reports import document, summary
from snapshot.derived import derived_objects
from snapshot.model import Object, Snapshot


def render(report: Report) -> str:
    """Make the document; a report always gives the same text."""
    result = document.Document(
        version=document.VERSION,
        headline=summary.headline(report),
        base=report.base or None,
        head=report.head,
        digest=report.digest,
        problems=list(report.problems),
        environments=_environments(report),
        effects=[
            document.Effect(subject=effect.subject, how=effect.how, environments=list(effect.stacks))
            for effect in effects(report)
        ],
        changes=[_change(change) for change in report.changes],
        drift=None if report.drift is None else [_change(change) for change in report.drift],
        violations=[_violation(violation) for violation in report.violations],
        objects=[item for head in report.heads for item in _listed(head, report)],
        made=[item for head in report.heads for item in _made(head)],
    )
    # GitHub's runner would obey `##[` in a log; in JSON it is always part of a text.
    return json.dumps(result.model_dump(mode="json", by_alias=True), indent=2).replace("##[", r"\u0023#[") + "\n"


def schema() -> str:
    """The JSON schema of what `render` returns."""
    models = document.Document.model_json_schema(by_alias=True, mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **models}, indent=2) + "\n"


def _level(level: Level) -> Any:
    return level.name.lower()


def _environments(report: Report) -> list[document.Environment]:
    return [
        document.Environment(
            name=item.name,
            counts=document.Counts(**{action.value: item.counts[action] for action in Action}),
            risk=_level(item.level) if item.level else None,
            broken_policies=item.broken,
            compared=item.compared,
            problem=item.snapshot.problem if item.snapshot else "",
            requested_before=_requested(capacity.of(before)) if item.compared and report.base else None,
            requested=_requested(capacity.of(after)),
        )
        for item in summary.environments(report)
        for before, after in [sides(report, item.name)]
    ]


def _requested(total: capacity.Capacity) -> document.Requested:
    return document.Requested(
        least_cpu=float(total.cpu.low),
        most_cpu=float(total.cpu.high),
        least_memory=int(total.memory.low),
        most_memory=int(total.memory.high),
        storage=int(total.storage),
    )


def _facts(item: Object) -> dict[str, Any]:
    names = [name for name in document.Object.model_fields if name != "environment"]
    return {"environment": item.stack, **{name: getattr(item, name) for name in names}}


def _change(change: Change) -> document.Change:
    return document.Change(
        action=change.action.value,
        risk=_level(change.level),
        object=document.Object(**_facts(change.object)),
        risks=[document.Risk(rule=risk.rule, level=_level(risk.level), reason=risk.reason) for risk in change.risks],
        fields=[
            document.FieldChange(
                path=field.path,
                secret=field.secret,
                before=_value(field.before, field.secret),
                after=_value(field.after, field.secret),
            )
            for field in change.fields
        ],
        manifest=dict(change.object.manifest) if change.is_whole else None,
    )


def _value(value: Any, secret: bool) -> Any:
    return "a secret" if secret and value is not None else value


def _violation(violation: Violation) -> document.Violation:
    names = [name for name in document.Violation.model_fields if name != "environment"]
    return document.Violation(environment=violation.stack, **{name: getattr(violation, name) for name in names})


def _listed(head: Snapshot, report: Report) -> list[document.Listed]:
    status = summary.policy_status(item for item in report.violations if item.stack == head.stack)
    objects = sorted(head.objects, key=lambda item: item.key)
    return [document.Listed(**_facts(item), policies=status.get(item.title, summary.PASSES)) for item in objects]


def _made(head: Snapshot) -> list[document.Made]:
    return [
        document.Made(
            environment=head.stack,
            kind=item.kind,
            namespace=item.namespace,
            name=item.name,
            component=item.source.component,
            owner="controller",
            controller=item.controller,
            source=item.source.title,
        )
        for item in derived_objects(head)
    ]
