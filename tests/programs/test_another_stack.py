"""Another stack is one stack file and nothing else; what it means comes from what it says, not from its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import UserError
from review import commands
from review.model import Action, Report
from snapshot import requested
from snapshot.revision import WORK_TREE
from tests.support.previews import KEY, commit, copy_to, edit
from tools import explain, stack_values

NOT_PRODUCTION = {
    "    highAvailability: true\n": "    highAvailability: false\n",
    '      - { kind: allow, days: daily, from: "02:00", to: "04:00" }\n': "",
    "  smarthr360:nginx:\n    minAvailable: 1\n": "",
}
"""Edits of production's file that break its policies."""


def another(root: Path, stack: str, like: str, edits: dict[str, str]) -> None:
    """Write a stack file that is another's, with other names."""
    text = (root / f"Pulumi.{like}.yaml").read_text().partition("  smarthr360:secrets:")[0]
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new)
    (root / f"Pulumi.{stack}.yaml").write_text(text)


def broken(report: Report, stack: str) -> set[str]:
    return {found.policy for found in report.violations if found.stack == stack and found.mandatory}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, committed on `main`, with two stacks more and a production that breaks its policies."""
    root = copy_to(tmp_path_factory.mktemp("another") / "program")
    commit(root)
    qa = {"staging.smarthr360.com": "qa.smarthr360.com", "smarthr360-staging": "smarthr360-qa"}
    another(root, "qa", "staging", qa | {"environment: staging": "environment: qa"})
    eu = {"smarthr360.com": "smarthr360.eu", "namespace: smarthr360\n": "namespace: smarthr360-eu\n"}
    another(root, "production-eu", "production", eu | NOT_PRODUCTION)
    edit(root, {"Pulumi.production.yaml": NOT_PRODUCTION})
    return root


@pytest.fixture(scope="module")
def report(root: Path) -> Report:
    return commands.between(root, "main", WORK_TREE)


@pytest.mark.parametrize("stack", ["qa", "production-eu"])
def test_all_of_a_new_stack_is_made_and_nothing_can_t_be_compared(stack: str, report: Report) -> None:
    [head] = [head for head in report.heads if head.stack == stack]
    changes = [change for change in report.changes if change.object.stack == stack]

    assert (report.problems, report.uncompared) == ((), ())
    assert {change.action for change in changes} == {Action.CREATE}
    assert len(changes) == len(head.objects) > 40


def test_nothing_of_a_new_stack_is_another_s(report: Report) -> None:
    # Argo CD stands in each file, and `make up` lets one stack install it.
    owned = [
        (item.kind, item.namespace, item.name)
        for head in report.heads
        for item in head.objects
        if item.component != "platform:ArgoCd"
    ]
    applications = [name for kind, _, name in owned if kind in ("Application", "AppProject")]

    assert len(owned) == len(set(owned))
    assert len(applications) == 2 * len(report.heads)


def test_a_second_production_answers_to_the_policies_of_production_by_any_name(report: Report) -> None:
    assert broken(report, "production-eu") == broken(report, "production") > {"production-has-sync-windows"}
    assert not broken(report, "qa")


def test_a_second_production_is_touched_as_production_and_another_stack_is_not(report: Report) -> None:
    touched = {
        change.object.stack for change in report.changes for risk in change.risks if risk.rule == "touches-production"
    }
    assert touched == {"production", "production-eu"}


def test_a_stack_that_is_no_more_is_deleted_whole(tmp_path: Path) -> None:
    copy = copy_to(tmp_path / "program")
    commit(copy)
    (copy / "Pulumi.dev.yaml").unlink()
    gone = commands.between(copy, "main", WORK_TREE)

    assert gone.problems == ()
    assert {(change.object.stack, change.action) for change in gone.changes} == {("dev", Action.DELETE)}
    assert any(risk.rule == "deletes-stateful" for change in gone.changes for risk in change.risks)


def test_two_stacks_that_would_own_one_thing_are_refused_with_both_named_and_no_other_is(tmp_path: Path) -> None:
    copy = copy_to(tmp_path / "program")
    another(copy, "qa", "staging", {"environment: staging": "environment: qa"})
    found = {stack: requested.snapshot(copy, stack, "here", KEY) for stack in ("qa", "staging", "dev")}

    for stack in ("qa", "staging"):
        assert found[stack].problem == (
            "Pulumi.staging.yaml and Pulumi.qa.yaml both have namespace smarthr360-staging, and only one stack can; "
            "give one of them another smarthr360:namespace (and 2 more like this)"
        )
        assert found[stack].objects == ()
    assert found["dev"].problem == ""
    assert found["dev"].objects


def test_a_staging_file_that_says_it_is_dev_is_refused(tmp_path: Path) -> None:
    copy = copy_to(tmp_path / "program")
    edit(copy, {"Pulumi.staging.yaml": {"environment: staging": "environment: dev"}})

    assert requested.snapshot(copy, "staging", "here", KEY).problem == (
        'smarthr360:environment: "dev" is not the environment of a stack called staging; allowed is staging, or '
        "a stack with another name"
    )


def test_what_reads_stack_files_knows_a_new_one(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack_values, "ROOT", root)
    explain.explain("qa", "environment")

    assert capsys.readouterr().out.startswith("environment in qa: qa\n")
    assert stack_values.stacks() == ["dev", "staging", "production", "production-eu", "qa"]
    assert stack_values.read("qa").faults() == stack_values.read("production-eu").faults() == []
    with pytest.raises(UserError, match='"prod" is not a stack, the nearest is production; '):
        stack_values.read("prod")
    with pytest.raises(UserError, match='"foo" is not a stack; STACK is one of dev, '):
        stack_values.read("foo")
    assert len(commands.inventory(root, "qa").heads[0].objects) > 40
