"""That the page about Amazon EKS says what is charged, and adds it up."""

from __future__ import annotations

import re

import pytest

from tests.support.eks import DEV, make
from tests.support.stacks import ROOT

_PAGE = (ROOT / "docs" / "eks.md").read_text(encoding="utf-8")
COSTS = [
    [cell.strip(" *") for cell in line.strip("|").split("|")]
    for line in _PAGE.partition("## What a month costs")[2].partition("\n## ")[0].splitlines()
    if line.startswith("| ") and not line.startswith("| what ")
]
CHARGED = {
    "aws:eks/cluster:Cluster": "control plane",
    "aws:ec2/natGateway:NatGateway": "NAT gateways",
    "aws:ec2/eip:Eip": "their public addresses",
    "aws:efs/fileSystem:FileSystem": "shared files",
    "aws:kms/key:Key": "keys, logs, load balancer",
    "aws:cloudwatch/logGroup:LogGroup": "keys, logs, load balancer",
}
"""What of a stack's resources is on the bill by itself, and in which line."""


def _range(cell: str) -> tuple[int, int]:
    """A cost, or from where to where it goes: what is said after the amount it is for."""
    numbers = [int(each) for each in re.findall(r"\d+", cell.rpartition(":")[2])]
    return numbers[0], numbers[-1]


@pytest.mark.parametrize("column", [1, 2], ids=["production", "dev"])
def test_what_a_month_costs_is_the_sum_of_its_lines(column: int) -> None:
    *lines, together = [_range(line[column]) for line in COSTS]
    assert len(lines) >= 10
    for end in (0, 1):
        assert together[end] == pytest.approx(sum(line[end] for line in lines), abs=6)


def test_what_is_charged_by_use_has_a_line_too() -> None:
    said = {line[0] for line in COSTS}
    assert {*CHARGED.values()} <= said
    throughput = make().inputs("cluster-storage-files")["throughputMode"]
    assert (throughput, "reading and writing them" in said) == ("elastic", True)
    assert "the load balancer's public addresses" in said


@pytest.mark.parametrize(("column", "create"), [(1, {}), (2, DEV)], ids=["production", "dev"])
def test_there_are_as_many_gateways_as_are_charged(column: int, create: dict[str, object]) -> None:
    costs = {line[0]: line[column] for line in COSTS}
    gateways = len([*make(create).of(":NatGateway")])
    assert costs["NAT gateways"].startswith(f"{gateways}:")
    assert _range(costs["their public addresses"])[0] == pytest.approx(gateways * 0.005 * 730, abs=0.6)
