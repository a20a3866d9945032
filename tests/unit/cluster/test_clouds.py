"""What the clusters of all clouds have in common: versions, address ranges, overrides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

import pulumi
import pytest
from pulumi_kubernetes.core.v1 import ConfigMap

from components.cluster.overrides import Overrides
from components.settings.clouds.aks import AksVersion
from components.settings.clouds.common import Callers, PrivateNetwork, Version
from components.settings.clouds.eks import EksVersion
from components.settings.clouds.gke import GkeVersion
from tests.support.program import run


class SomeVersion(Version):
    __slots__ = ()
    supported_until: ClassVar[Mapping[str, date]] = {"1.1": date(2026, 6, 30), "1.2": date(2026, 12, 31)}
    allowed = "1.1 or 1.2"


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 3, 31)])
def test_of_a_version_with_more_than_a_quarter_of_support_nothing_is_said(today: date) -> None:
    assert SomeVersion("1.1").notice(today) == ""


@pytest.mark.parametrize(
    ("today", "verb"), [(date(2026, 4, 1), "ends"), (date(2026, 6, 30), "ends"), (date(2026, 7, 1), "ended")]
)
def test_from_a_quarter_before_its_end_a_version_says_when_that_is_and_what_comes_next(today: date, verb: str) -> None:
    said = SomeVersion("1.1").notice(today)
    assert said == f"standard support of Kubernetes 1.1 {verb} on 2026-06-30; upgrade to 1.2 before"


def test_of_the_newest_version_there_is_none_to_upgrade_to() -> None:
    said = SomeVersion("1.2").notice(date(2027, 1, 1))
    assert said.endswith("ended on 2026-12-31; look for a newer release of this program")


@pytest.mark.parametrize("version", [EksVersion, GkeVersion, AksVersion])
def test_versions_stand_in_the_order_in_which_their_support_ends(version: type[Version]) -> None:
    ends = list(version.supported_until.values())
    assert ends == sorted(ends)
    for text in version.supported_until:
        assert text in version.allowed


@pytest.mark.parametrize("text", ["203.0.113.0/24", "198.51.100.7/32", "10.0.0.0/8"])
def test_a_range_of_callers_may_be_as_wide_as_an_organisation(text: str) -> None:
    assert Callers(text) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0.0.0.0/0", "lets almost everybody in"),
        ("128.0.0.0/1", "lets almost everybody in"),
        ("203.0.113.7/24", "begins with its first"),
        ("203.0.113.7", "has no length"),
        ("::/0", "is not a range"),
        ("everybody", "is not a range"),
    ],
)
def test_a_range_of_callers_that_is_none_or_is_everybody_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Callers(text)


@pytest.mark.parametrize(("text", "why"), [("8.8.0.0/16", "is not private"), ("10.0.0.0/24", "is a /24")])
def test_a_network_of_our_own_is_private_and_wide_enough(text: str, why: str) -> None:
    assert PrivateNetwork("10.20.0.0/16") == "10.20.0.0/16"
    with pytest.raises(ValueError, match=why):
        PrivateNetwork(text)


def _with(wanted: Mapping[str, Mapping[str, Any]]) -> None:
    overrides = Overrides("cluster", wanted)
    parent = pulumi.ComponentResource(
        "test:test:Parent", "cluster", {}, pulumi.ResourceOptions(transformations=[overrides.transform])
    )
    own = pulumi.ResourceOptions(parent=parent)
    ConfigMap("cluster-first", data={"a": "1"}, opts=own)
    ConfigMap("cluster-second", data={"a": "1"}, opts=own)
    overrides.check("smarthr360:cluster.eks.create.overrides")


def test_an_override_reaches_the_named_resource_only_and_keeps_its_other_properties() -> None:
    made = {
        entry.name: entry.inputs for entry in run(lambda: _with({"first": {"binaryData": {"b": "Mg=="}}})).resources
    }
    assert (made["cluster-first"]["data"], made["cluster-first"]["binaryData"]) == ({"a": "1"}, {"b": "Mg=="})
    assert "binaryData" not in made["cluster-second"]


def test_an_override_of_a_resource_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run(lambda: _with({"frist": {"immutable": True}}))
    assert str(refused.value) == (
        "smarthr360:cluster.eks.create.overrides.frist: is not a resource here, the nearest is first; "
        "known here: first, second"
    )
