"""What a stack file is allowed to say of a cluster on EKS, and the refusal of anything else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from components.settings.clouds.eks import EksVersion, Machine
from tests.support.eks import settings
from tests.support.stacks import good_config, refusals

HERE = "smarthr360:cluster.eks."
NO_TAG = (
    "is not a tag that all services of AWS take; allowed are letters, digits, spaces and . : / = + @ _ -, "
    "from 1 to 127 in the key and from 1 to 255 in the value"
)
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a name with a dot": (
        {"name": "smart.hr"},
        'name: "smart.hr" is not a valid cluster name; allowed is a name of at most 100 letters, digits, hyphens and '
        "underscores such as smarthr360-staging",
    ),
    "a zone for a region": (
        {"region": "eu-west-3a"},
        'region: "eu-west-3a" is not a region; allowed is a region such as eu-west-3',
    ),
    "another partition": (
        {"region": "cn-north-1"},
        'region: "cn-north-1" is a region of another partition of AWS; allowed is a region such as eu-west-3',
    ),
    "an account with a digit missing": (
        {"account": 11112222333},
        'account: "11112222333" is not an account; allowed is an account\'s 12 digits such as 111122223333',
    ),
    "a version from before": (
        {"create": {"version": "1.29"}},
        'create.version: "1.29" is not offered; allowed is a version that EKS supports: 1.34, 1.35, 1.36',
    ),
    "two zones": (
        {"create": {"version": "1.35", "zones": ["a", "b"]}},
        "create.zones: are a, b; allowed are three different zones",
    ),
    "a whole zone's name": (
        {"create": {"version": "1.35", "zones": ["eu-west-3a", "b", "c"]}},
        'create.zones[0]: "eu-west-3a" is not one lower-case letter; allowed is the letter of a zone such as a',
    ),
    "no way out": (
        {"create": {"version": "1.35", "nat": "none"}},
        'create.nat: "none" is not known; allowed is per-zone or one',
    ),
    "a session as administrator": (
        {"create": {"version": "1.35", "admins": ["arn:aws:sts::111122223333:assumed-role/platform/jane"]}},
        'create.admins[0]: "arn:aws:sts::111122223333:assumed-role/platform/jane" is a session of a role; '
        "allowed is the ARN of a role or user such as arn:aws:iam::111122223333:role/platform",
    ),
    "a pattern for administrators": (
        {"create": {"version": "1.35", "admins": ["arn:aws:iam::111122223333:role/*"]}},
        'create.admins[0]: "arn:aws:iam::111122223333:role/*" is neither a role nor a user; '
        "allowed is the ARN of a role or user such as arn:aws:iam::111122223333:role/platform",
    ),
    "an administrator twice": (
        {"create": {"version": "1.35", "admins": ["arn:aws:iam::111122223333:user/jane"] * 2}},
        "create.admins: arn:aws:iam::111122223333:user/jane is in the list more than once; "
        "allowed is each administrator once",
    ),
    "a tag that is a template to the driver of EBS": (
        {"create": {"version": "1.35", "tags": {"team": "{{ .PVCName }}"}}},
        f"create.tags.team: {NO_TAG}",
    ),
    "a tag without a value": ({"create": {"version": "1.35", "tags": {"team": ""}}}, f"create.tags.team: {NO_TAG}"),
    "a tag's key that is too long for an add-on": (
        {"create": {"version": "1.35", "tags": {"k" * 128: "v"}}},
        f"create.tags.{'k' * 128}: {NO_TAG}",
    ),
    "the tag that the deployer's rights depend on": (
        {"create": {"version": "1.35", "tags": {"smarthr360:cluster": "other"}}},
        "create.tags.smarthr360:cluster: is reserved for AWS, Kubernetes or this program; allowed is another key",
    ),
    "a tag of AWS": (
        {"create": {"version": "1.35", "tags": {"aws:team": "a"}}},
        "create.tags.aws:team: is reserved for AWS, Kubernetes or this program; allowed is another key",
    ),
    "more tags than a thing may have": (
        {"create": {"version": "1.35", "tags": {f"team-{number}": "a" for number in range(31)}}},
        "create.tags: has 31 tags; allowed are at most 30",
    ),
    "days that CloudWatch has not": (
        {"create": {"version": "1.35", "logDays": 100}},
        "create.logDays: 100 is not what CloudWatch offers; allowed is one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, "
        "180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653",
    ),
    "machines of two sizes": (
        {"create": {"version": "1.35", "nodes": {"machines": ["m7i.large", "m7i.xlarge"]}}},
        "create.nodes.machines: have the sizes large, xlarge; allowed are machines of one size",
    ),
    "a machine that is too small": (
        {"create": {"version": "1.35", "nodes": {"machines": ["t3.medium"]}}},
        'create.nodes.machines[0]: "t3.medium" has a size that can\'t be used here; '
        "allowed is an instance type of size large, xlarge, 2xlarge and so on, such as m7i.large",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_value_is_refused_in_one_sentence(case: str) -> None:
    given, sentence = BAD[case]
    config = {**good_config("staging"), "cluster": {"eks": {"name": "smarthr360", "region": "eu-west-3", **given}}}
    assert refusals(config) == (f"{HERE}{sentence}",)


@pytest.mark.parametrize("written", [111122223333, "111122223333"])
def test_an_account_can_be_written_with_or_without_quotes(written: object) -> None:
    assert settings(account=written).account == "111122223333"


def test_production_needs_no_key_but_the_version() -> None:
    created = settings().create
    assert created
    assert created.nat == "per-zone"
    assert created.api_access == ()
    assert created.log_days == 365
    assert not created.nodes.spot


@pytest.mark.parametrize(
    ("machine", "processors"), [("m7i.large", 2), ("c7g.xlarge", 4), ("r7iz.2xlarge", 8), ("m7i-flex.16xlarge", 64)]
)
def test_a_machines_processors_follow_from_its_size(machine: str, processors: int) -> None:
    assert Machine(machine).processors == processors


def test_the_end_of_standard_support_is_announced_a_quarter_before() -> None:
    assert EksVersion("1.35").notice(date(2026, 11, 25)) == ""
    assert EksVersion("1.34").notice(date(2026, 11, 25)) == (
        "standard support of Kubernetes 1.34 ends on 2026-12-02; upgrade to 1.35 before"
    )
    assert "ended on 2027-08-02; look for a newer release" in EksVersion("1.36").notice(date(2027, 8, 3))
