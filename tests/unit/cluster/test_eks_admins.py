"""Who administers a cluster on EKS, beside who makes it."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, NoReturn

import pulumi
import pulumi_aws as aws
import pytest

from tests.support.eks import ACCOUNT, make

ROLE = f"arn:aws:iam::{ACCOUNT}:role/ci/deployer"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/run-7"
USER = f"arn:aws:iam::{ACCOUNT}:user/staff/jane"
REFUSED = "makes the cluster, and administers it by that; EKS refuses it a second time; leave it out"


def no_such_cluster(**_: Any) -> NoReturn:
    raise Exception("couldn't find resource")  # noqa: TRY002 - what the SDK raises


@pytest.fixture(autouse=True)
def nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws.eks, "get_cluster", no_such_cluster)


def called_by(monkeypatch: pytest.MonkeyPatch, arn: str) -> None:
    monkeypatch.setattr(aws, "get_caller_identity", lambda **_: SimpleNamespace(arn=arn))


@pytest.mark.parametrize(("arn", "admin"), [(SESSION, ROLE), (USER, USER)], ids=["a session of a role", "a user"])
def test_who_makes_the_cluster_is_refused_among_its_administrators(
    monkeypatch: pytest.MonkeyPatch, arn: str, admin: str
) -> None:
    called_by(monkeypatch, arn)
    others = f"arn:aws:iam::{ACCOUNT}:role/auditor"
    expected = re.escape(f"smarthr360:cluster.eks.create.admins[1]: {admin} {REFUSED}")
    with pytest.raises(pulumi.RunError, match=expected):
        make({"admins": [others, admin]}, name="refused")


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer-of-another/deployer",
        "arn:aws:sts::999999999999:assumed-role/deployer/run-7",
        f"arn:aws:iam::{ACCOUNT}:user/deployer",
        f"arn:aws:iam::{ACCOUNT}:root",
        f"arn:aws:sts::{ACCOUNT}:federated-user/deployer",
    ],
)
def test_somebody_else_is_not(monkeypatch: pytest.MonkeyPatch, arn: str) -> None:
    called_by(monkeypatch, arn)
    made = make({"admins": [ROLE]}, name="made-by-" + re.sub(r"\W", "-", arn))
    assert made.inputs("cluster-control-plane-admin-0")["principalArn"] == ROLE


def test_nothing_is_asked_of_a_cluster_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws.eks, "get_cluster", lambda **_: None)
    called_by(monkeypatch, SESSION)
    assert make({"admins": [ROLE]}, name="there").inputs("cluster-control-plane-admin-0")["principalArn"] == ROLE


def test_nor_where_nobody_else_administers_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(**_: Any) -> NoReturn:
        pytest.fail("AWS was asked")

    monkeypatch.setattr(aws, "get_caller_identity", asked)
    monkeypatch.setattr(aws.eks, "get_cluster", asked)
    assert not [*make(name="alone").of("-admin-0")]


def test_where_aws_does_not_say_who_asks_its_provider_is_left_to_complain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "get_caller_identity", no_such_cluster)
    assert make({"admins": [ROLE]}, name="nobody").inputs("cluster-control-plane-admin-0")["principalArn"] == ROLE
