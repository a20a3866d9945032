"""Makes or finds a cluster on EKS in this process, with made-up answers where only AWS knows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import pulumi
import pytest

from components.cluster.connection import ClusterConnection, SecretAccess, connect
from components.settings.clouds.eks import Eks
from snapshot import in_process
from tests.support.clouds import cluster_args
from tests.support.program import Program, run

NAME, REGION, ACCOUNT = "smarthr360-staging", "eu-west-3", "111122223333"
ISSUER = f"oidc.eks.{REGION}.amazonaws.com/id/0123456789ABCDEF"
NODES_GROUP = "sg-0123456789abcdef0"
AUTHORITY = "bWFkZSB1cA=="
DEV: Mapping[str, Any] = {"nat": "one", "logDays": 30, "nodes": {"min": 1, "max": 4, "spot": True}}
"""As cheap as it gets."""
OTHER: Mapping[str, Any] = {
    "apiAccess": ["203.0.113.0/24", "192.168.4.0/22"],
    "admins": ["arn:aws:iam::111122223333:role/platform"],
    "zones": ["a", "b", "d"],
    "tags": {"cost-center": "42"},
    "nodes": {"min": 5, "max": 7, "machines": ["r7i.2xlarge"], "disk": "120Gi", "maintenance": 22},
    "overrides": {"storage-files": {"throughputMode": "bursting"}},
}
"""Other than by default in everything else."""
_CLUSTER: Mapping[str, Any] = {
    "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{NAME}",
    "endpoint": f"https://0123456789ABCDEF.gr7.{REGION}.eks.amazonaws.com",
    "identities": [{"oidcs": [{"issuer": f"https://{ISSUER}"}]}],
}


class Made(Program):
    """What became of the program, and how the cluster is reached."""

    connection: ClusterConnection
    access: SecretAccess

    def policies(self) -> dict[str, list[dict[str, Any]]]:
        """The statements of every policy, by the name of the resource that holds it."""
        found = {}
        for resource in self.resources:
            for key in ("policy", "assumeRolePolicy"):
                if key in resource.inputs:
                    found[f"{resource.name}.{key}"] = json.loads(resource.inputs[key])["Statement"]
        return found


def settings(create: Mapping[str, Any] | None = MappingProxyType({}), **keys: Any) -> Eks:
    """What a stack file says of a cluster, checked as it is there."""
    creation = None if create is None else {"version": "1.35", **create}
    given = {"name": NAME, "region": REGION, "create": creation, **keys}
    return Eks.model_validate_json(json.dumps(given))


def make(create: Mapping[str, Any] | None = MappingProxyType({}), *, protect: bool = False, **keys: Any) -> Made:
    """Make the cluster; or find it, where `create` is None. Once for each set of arguments: nothing changes the answer.

    One ServiceAccount is granted one secret, too: `apps/reader` and `smarthr360/staging`.

    Args:
        create: how it is made, beside its version.
        protect: whether it is protected, as production is.
        keys: other keys of `cluster.eks`.
    """
    return _make(settings(create, **keys).model_dump_json(by_alias=True), protect)


@cache
def _make(given: str, protect: bool) -> Made:
    args = cluster_args("eks", json.loads(given), "staging", protect=protect)
    reached: list[tuple[ClusterConnection, SecretAccess]] = []

    def program() -> None:
        connection = connect("cluster", args)
        assert connection.secret_manager
        access = connection.secret_manager.grant("reader", "apps", "reader", "smarthr360/staging")
        reached.append((connection, access))

    with pytest.MonkeyPatch.context() as patch:
        _answer(patch)
        made = Made(run(program).resources)
    [(made.connection, made.access)] = reached
    return made


def _answer(patch: pytest.MonkeyPatch) -> None:
    registered = in_process._Monitor.RegisterResource

    def register(monitor: Any, request: Any) -> Any:
        answer = registered(monitor, request)
        if request.type.startswith("aws:"):
            known = {"arn": f"arn:aws:made-up:{REGION}:{ACCOUNT}:{request.name}", "name": f"{request.name}-made"}
            answer.object.update({key: value for key, value in known.items() if key not in answer.object})
        if request.type == "aws:kms/key:Key":
            answer.object.update({"keyId": f"{request.name}-id"})
        if request.type == "aws:ec2/vpc:Vpc":
            answer.object.update({"ownerId": ACCOUNT})
        if request.type == "aws:eks/cluster:Cluster":
            answer.object.update({**_CLUSTER, "certificateAuthority": {"data": AUTHORITY}})
            answer.object["vpcConfig"].update({"clusterSecurityGroupId": NODES_GROUP})
        return answer

    def call(_: Any, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        assert args.token == "aws:eks/getCluster:getCluster"
        return {**_CLUSTER, "name": args.args["name"], "certificateAuthorities": [{"data": AUTHORITY}]}

    patch.setattr(in_process._Monitor, "RegisterResource", register)
    patch.setattr(in_process._Unanswered, "call", call)
