import csv
import io

import pytest

from policy.violation import Violation
from review.reports import inventory as formats
from snapshot.model import Owner
from tests.support.reports import environment, inventory, report, thing


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_the_csv_has_every_object_of_every_environment_with_who_applies_it() -> None:
    snapshots = (environment("dev"), environment("production"))
    head, *others = rows(formats.to_csv(report(base="", heads=snapshots)))
    assert head == ["environment", "kind", "namespace", "name", "component", "owner", "protected", "policies"]
    applied = [row for row in others if not row[5].startswith("controller (")]
    assert [(row[0], row[1], row[3]) for row in applied] == [
        (item.stack, item.kind, item.name) for snapshot in snapshots for item in snapshot.objects
    ]
    assert {row[5] for row in applied if row[1] == "Secret"} == {Owner.PULUMI}
    assert {row[5] for row in applied if row[1] == "Deployment"} == {Owner.ARGO_CD}


def test_what_controllers_make_follows_what_is_requested_and_no_policy_sees_it() -> None:
    violation = Violation("dev", "a-policy", True, "Secret tls", "is about another Secret")
    certificate = thing("Certificate", "site", manifest={"spec": {"secretName": "tls"}})
    listed = inventory(certificate, violations=(violation,))
    assert [row[1:] for row in rows(formats.to_csv(listed))[2:]] == [
        ["Secret", "smarthr360", "tls", "workloads:Api", "controller (cert-manager)", "", "not checked"]
    ]


def test_protection_and_policy_status_are_shown() -> None:
    violation = Violation("dev", "no-root", True, "Deployment api", "runs as root")
    listed = inventory(thing("Deployment", "api", protected=True), thing(name="config"), violations=(violation,))
    assert [row[6:] for row in rows(formats.to_csv(listed))[1:]] == [["protected", "1 broken"], ["", "passes"]]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_begins_like_a_formula_is_text(name: str) -> None:
    (_, row) = rows(formats.to_csv(inventory(thing(name=name))))
    assert row[3].startswith("'")


def test_a_cell_with_separators_stays_one_cell_in_one_line() -> None:
    (_, row) = rows(formats.to_csv(inventory(thing(name='a,"b"\nc'))))
    assert row[3] == r'a,"b"\nc'
    assert len(row) == len(formats.Row._fields)
