from manifests.differences import Field
from policy.violation import Violation
from review.model import Action, Level, Risk
from review.reports.summary import (
    environments,
    headline,
    identity,
    policy_status,
    riskiest_first,
    risks,
    stopping,
    uncompared,
)
from snapshot.model import Snapshot
from tests.support.reports import create, delete, inventory, report, thing, update

HIGH = Risk("deletes-stateful", Level.HIGH, "deletes a volume")
MEDIUM = Risk("touches-production", Level.MEDIUM, "changes production")
LOW = Risk("touches-labels", Level.LOW, "changes a label")
FIELD = Field("spec.a", 1, 2)


def broken(
    stack: str = "dev", item: str = "ConfigMap app", exemption: str = "", *, mandatory: bool = True
) -> Violation:
    return Violation(stack, "debug-off", mandatory, item, "debug is on", exemption)


def test_the_headline_counts_what_happens_and_says_where_the_worst_risk_is() -> None:
    changes = (
        delete(thing(stack="production"), HIGH),
        update(thing(stack="production"), FIELD, risks=(MEDIUM,)),
        update(thing(stack="dev"), FIELD, action=Action.REPLACE),
        create(thing(stack="dev", name="new")),
    )
    assert headline(report(*changes)) == (
        "ConfigMap app in production is deleted; settings new in dev is new. "
        "4 objects change in dev and production (1 created, 1 updated, 1 replaced, 1 deleted); "
        "the risk is high in production."
    )
    assert headline(report(*changes[2:3])) == "1 object changes in dev (1 replaced); the risk is low."


def test_the_headline_says_so_when_nothing_changes() -> None:
    assert headline(report()) == "Nothing changes in dev, staging and production."


def test_the_headline_says_where_mandatory_policies_are_broken_and_not_where_they_are_exempt() -> None:
    violations = (broken("production"), broken("dev", exemption="until later"), broken("staging", mandatory=False))
    assert headline(report(violations=violations)).endswith("; mandatory policies are broken in production.")


def test_the_headline_never_says_that_nothing_changes_where_a_revision_cannot_be_read() -> None:
    heads = (Snapshot("dev", "HEAD", (thing(),)), Snapshot("staging", "HEAD", (), "replicas: 0 is too few"))
    problem = "staging in HEAD can't be read: replicas: 0 is too few"
    assert headline(report(heads=heads, problems=(problem,))) == ("Nothing changes in dev; staging can't be compared.")
    problem = "dev in main can't be read: it is empty"
    assert headline(report(heads=heads[:1], problems=(problem,), uncompared=("dev",))) == (
        "What changes is not known; dev can't be compared."
    )


def test_the_headline_of_a_live_preview_tells_apart_who_changes_what() -> None:
    heads = (Snapshot("dev", "work tree", (thing(),)),)
    nothing = report(heads=heads, drift=())
    assert headline(nothing) == "Nothing changes in dev; nothing that Pulumi has applied has changed in the cluster."
    drifted = report(heads=heads, drift=(update(thing(), FIELD, risks=(MEDIUM,)),))
    assert headline(drifted) == "Nothing changes in dev; somebody else has changed the cluster: 1 object."
    (dev,) = environments(drifted)
    assert (len(dev.drift or ()), dev.changes, dev.level) == (1, (), None)
    assert environments(report(heads=heads))[0].drift is None


def test_an_inventorys_headline_counts_the_objects() -> None:
    assert headline(inventory(thing(), thing(name="other"))) == "2 objects in dev."


def test_an_environment_has_its_changes_its_worst_risk_and_its_policies() -> None:
    result = report(
        update(thing(stack="dev"), FIELD, risks=(MEDIUM,)),
        create(thing(stack="dev", name="new")),
        violations=(broken(), broken(exemption="until later"), broken(mandatory=False)),
    )
    dev, staging, production = environments(result)
    assert (dev.name, dev.level, dev.counts[Action.UPDATE], dev.counts[Action.DELETE]) == ("dev", Level.MEDIUM, 1, 0)
    assert dev.policies == "1 broken, 1 advised against, 1 exempt"
    assert (staging.level, staging.policies, staging.compared) == (None, "pass", True)
    assert [item.name for item in riskiest_first([dev, staging, production])] == ["dev", "production", "staging"]


def test_an_environment_that_is_gone_is_shown_with_what_is_deleted() -> None:
    result = environments(report(delete(thing(stack="old"))))
    assert [(item.name, len(item.changes)) for item in result if item.snapshot is None] == [("old", 1)]


def test_an_environment_whose_base_cannot_be_read_is_not_compared_and_the_others_are() -> None:
    heads = tuple(Snapshot(stack, "HEAD", (thing(stack=stack),)) for stack in ("dev", "staging", "production"))
    problem = "production in main can't be read: it is empty"
    result = report(update(thing(), FIELD), heads=heads, problems=(problem,), uncompared=("production",))
    assert [item.stack for item in uncompared(result)] == ["production"]
    assert [item.compared for item in environments(result)] == [True, True, False]
    assert headline(result).endswith("; production can't be compared.")
    assert uncompared(report(update(thing(), FIELD), heads=heads)) == ()


def test_an_environment_whose_head_cannot_be_read_is_neither_compared_nor_checked() -> None:
    head = Snapshot("dev", "HEAD", (), "Pulumi.dev.yaml: api.replicas: 0 is too few")
    other = Snapshot("staging", "HEAD", (thing(stack="staging"),))
    result = report(heads=(head, other), problems=(f"dev in HEAD can't be read: {head.problem}",))
    assert [(item.compared, item.policies) for item in environments(result)] == [(False, "not checked"), (True, "pass")]
    assert uncompared(result) == ()


def test_the_same_risk_of_several_objects_is_shown_once_worst_first_and_low_ones_do_not() -> None:
    findings = risks(
        report(
            update(thing(stack="production"), FIELD, risks=(MEDIUM, LOW)),
            update(thing(stack="production", name="other"), FIELD, risks=(MEDIUM,)),
            delete(thing(stack="dev"), HIGH),
        )
    )
    assert [item.rule for item in findings] == ["deletes-stateful", "touches-production"]
    assert findings[1].places == {"production": ("ConfigMap app", "ConfigMap other")}


def test_the_same_violation_in_several_environments_is_shown_once() -> None:
    (finding,) = stopping(report(violations=(broken("dev"), broken("staging"))))
    assert finding.places == {"dev": ("ConfigMap app",), "staging": ("ConfigMap app",)}


def test_the_policy_status_of_an_object_tells_what_stops_from_what_is_let_through() -> None:
    status = policy_status([broken(), broken(item="Pod a", exemption="until later"), broken(mandatory=False)])
    assert status == {"ConfigMap app": "1 broken, 1 advised against", "Pod a": "1 exempt"}


def test_an_object_is_the_same_in_all_environments() -> None:
    assert identity(thing(stack="dev")) == identity(thing(stack="production")) != identity(thing(name="other"))
