import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from policy.violation import Violation
from review.model import Report
from review.reports import json_
from snapshot.model import Snapshot
from tests.support.reports import create, delete, example, inventory, report, secret, thing, update
from tests.support.stacks import ROOT

VALIDATOR = Draft202012Validator(json.loads((ROOT / "docs" / "report-schema.json").read_text(encoding="utf-8")))
VIOLATION = Violation("dev", "debug-off", True, "ConfigMap app", "debug is on")
REPORTS: dict[str, Callable[[], Report]] = {
    "a whole change": example,
    "no change": report,
    "a problem": lambda: report(problems=("main: cannot be read",), heads=(Snapshot("dev", "HEAD", (), "broken"),)),
    "an inventory": lambda: inventory(thing(), thing(name="other", namespace=None), violations=(VIOLATION,)),
    "a live preview": lambda: report(update(thing(), secret("a")), drift=(delete(thing(name="gone")),)),
    "a stack that is gone": lambda: report(delete(thing(stack="old"))),
}


def faults(content: Any) -> list[str]:
    """What in a document is not as the schema says."""
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(content)]


def document(source: Report) -> Any:
    return json.loads(json_.render(source))


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_as_the_published_schema_says(name: str) -> None:
    assert faults(document(REPORTS[name]())) == []


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("version", 2, "$.version: 1 was expected"),
        ("headline", None, "$.headline: None is not of type 'string'"),
        ("more", 1, "$: Additional properties are not allowed ('more' was unexpected)"),
        (
            "changes",
            [{"action": "rename"}],
            "$.changes[0].action: 'rename' is not one of ",
        ),
    ],
)
def test_the_schema_refuses_what_is_not_a_report(key: str, value: object, fault: str) -> None:
    assert any(line.startswith(fault) for line in faults(document(report()) | {key: value}))


def test_the_schema_refuses_a_report_with_a_part_missing() -> None:
    parsed = document(report())
    del parsed["violations"]
    assert faults(parsed) == ["$: 'violations' is a required property"]


def test_the_same_report_gives_the_same_text_with_the_riskiest_change_first() -> None:
    assert json_.render(example()) == json_.render(example())
    parsed = document(example())
    assert [change["object"]["name"] for change in parsed["changes"]] == [
        change.object.name for change in example().changes
    ]
    listed = [(item["environment"], item["type"], item["namespace"] or "", item["name"]) for item in parsed["objects"]]
    assert [item[1:] for item in listed if item[0] == "dev"] == sorted(item[1:] for item in listed if item[0] == "dev")
    assert [item["name"] for item in parsed["environments"]] == ["dev", "staging", "production"]


def test_values_keep_their_types() -> None:
    (change,) = document(report(update(thing(), *example().changes[1].fields)))["changes"]
    assert change["fields"] == [{"path": "spec.minReplicas", "secret": False, "before": 3, "after": 2}]


def test_only_what_is_new_or_gone_has_its_manifest() -> None:
    changes = (create(thing()), delete(thing(name="old")), update(thing(name="same")))
    parsed = document(report(*changes))["changes"]
    assert [change["manifest"] for change in parsed] == [changes[0].object.manifest, changes[1].object.manifest, None]


def test_a_secret_is_only_shown_to_change() -> None:
    text = json_.render(report(update(thing("Secret"), secret("stringData.key"))))
    assert "fingerprint" not in text
    (field,) = json.loads(text)["changes"][0]["fields"]
    assert field == {"path": "stringData.key", "secret": True, "before": "a secret", "after": "a secret"}


def test_what_controllers_make_is_told_apart_from_what_is_requested() -> None:
    parsed = document(inventory(thing("Certificate", "site", manifest={"spec": {"secretName": "tls"}})))
    assert [item["name"] for item in parsed["objects"]] == ["site"]
    assert parsed["made"] == [
        {
            "environment": "dev",
            "kind": "Secret",
            "namespace": "smarthr360",
            "name": "tls",
            "component": "workloads:Api",
            "owner": "controller",
            "controller": "cert-manager",
            "source": "Certificate site",
        }
    ]


def test_an_inventory_has_no_base_and_every_object_with_its_policy_status() -> None:
    parsed = document(inventory(thing(), thing(name="other"), violations=(VIOLATION,)))
    assert parsed["base"] is None
    statuses = [(item["name"], item["policies"]) for item in parsed["objects"]]
    assert statuses == [("app", "1 broken"), ("other", "passes")]
    assert [item["compared"] for item in parsed["environments"]] == [False]
