"""Attempts to get round the policies for clouds: ranges in pieces, other spellings, other resources."""

from __future__ import annotations

from typing import Any

import pytest

from policy.rules import POLICIES
from snapshot.model import Object
from tests.support.policy_cases_clouds import (
    AKS,
    EKS,
    FIREWALL,
    GKE,
    GROUP,
    INGRESS_RULE,
    MEMBER,
    SECURITY_GROUP,
    SECURITY_RULE,
)
from tests.support.policy_examples import edited, edits, of_cloud

HALVES = ["0.0.0.0/1", "128.0.0.0/1"]
HALVES_OF_SIX = ["::/1", "8000::/1"]
WIDE = {"halves": HALVES, "halves_of_six": HALVES_OF_SIX, "a_quarter": ["64.0.0.0/2"], "zeros": ["0::/0"]}
SSH = edited(edited(GROUP, "ingress.0.toPort", 22), "ingress.0.fromPort", 22)
SSH_RULE = edited(SECURITY_RULE, "destinationPortRange", "22")
SSH_FIREWALL = edited(FIREWALL, "allows.0.ports", ["22"])


def _everywhere(policy: str, good: Object, path: str, many: bool = True) -> dict[str, tuple[str, Object]]:
    values = {name: (path, ranges if many else ranges[0]) for name, ranges in WIDE.items()}
    return {f"{policy}-{good.type}-{name}": (policy, bad) for name, bad in edits(good, **values).items()}


WAYS: dict[str, tuple[str, Any]] = {
    **_everywhere("eks-api-is-not-for-everybody", EKS, "vpcConfig.publicAccessCidrs"),
    **_everywhere("aks-api-is-not-for-everybody", AKS, "apiServerAccessProfile.authorizedIPRanges"),
    **{
        f"gke-{name}": (
            "gke-api-is-not-for-everybody",
            edited(GKE, "masterAuthorizedNetworksConfig.cidrBlocks", [{"cidrBlock": cidr} for cidr in ranges]),
        )
        for name, ranges in WIDE.items()
    },
    **_everywhere("aws-opens-web-ports-only", SSH, "ingress.0.cidrBlocks"),
    **_everywhere("aws-opens-web-ports-only", INGRESS_RULE, "cidrIpv6", many=False),
    **_everywhere("gcp-opens-web-ports-only", SSH_FIREWALL, "sourceRanges"),
    **_everywhere("azure-opens-web-ports-only", SSH_RULE, "sourceAddressPrefixes"),
    "azure-small-letters": (
        "azure-opens-web-ports-only",
        edited(edited(SSH_RULE, "access", "allow"), "direction", "inbound"),
    ),
    "azure-group-in-capitals": (
        "azure-opens-web-ports-only",
        edited(SECURITY_GROUP, "securityRules.0", {**SSH_RULE.manifest, "access": "ALLOW"}),
    ),
    **{
        f"gcp-{role}": ("gcp-roles-name-what-they-allow", edited(MEMBER, "role", f"roles/{role}"))
        for role in ("iam.securityAdmin", "resourcemanager.projectIamAdmin", "iam.serviceAccountTokenCreator")
    },
    "gcp-on-an-account": (
        "gcp-roles-name-what-they-allow",
        of_cloud("gcp:serviceaccount/iAMMember:IAMMember", role="roles/iam.workloadIdentityUser", member="allUsers"),
    ),
    **{
        f"azure-{action}": (
            "azure-roles-name-what-they-allow",
            of_cloud("azure-native:authorization:RoleDefinition", permissions=[{"actions": [action]}]),
        )
        for action in ("*", "*/write", "Microsoft.Authorization/*", "microsoft.authorization/roleAssignments/Write")
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_a_way_round_a_policy_for_clouds_is_found(way: str) -> None:
    policy, bad = WAYS[way]
    assert list(POLICIES[policy].broken_by([bad]))


@pytest.mark.parametrize("ranges", [["10.0.0.0/8"], ["192.0.2.0/24", "198.51.100.0/24"], ["fd00::/8"], ["52.0.0.0/10"]])
def test_networks_of_one_owner_are_not_everybody(ranges: list[str]) -> None:
    for policy, item in (
        ("eks-api-is-not-for-everybody", edited(EKS, "vpcConfig.publicAccessCidrs", ranges)),
        ("aks-api-is-not-for-everybody", edited(AKS, "apiServerAccessProfile.authorizedIPRanges", ranges)),
        ("aws-opens-web-ports-only", edited(SSH, "ingress.0.cidrBlocks", ranges)),
        ("gcp-opens-web-ports-only", edited(SSH_FIREWALL, "sourceRanges", ranges)),
    ):
        assert list(POLICIES[policy].broken_by([item])) == []


def test_a_role_of_azures_that_gives_no_roles_is_allowed() -> None:
    role = of_cloud(
        "azure-native:authorization:RoleDefinition", permissions=[{"actions": ["Microsoft.Network/*/read"]}]
    )
    assert list(POLICIES["azure-roles-name-what-they-allow"].broken_by([role])) == []
