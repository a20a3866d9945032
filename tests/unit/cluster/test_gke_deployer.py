"""The roles that docs/gke.md asks of who deploys, against what Google asks for each resource that a stack makes.

Facts of cloud.google.com/iam/docs/roles-permissions, of each API's page on access control, and of August 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from components.cluster.gke.nodes import ROLES
from components.cluster.gke.project import SERVICES
from tests.support.google_apis import BY_HAND, KINDS
from tests.support.stacks import ROOT

PAGE = (ROOT / "docs" / "gke.md").read_text(encoding="utf-8")

_MADE = ("create", "get", "update", "delete")
NEEDED: Mapping[str, tuple[str, ...]] = {
    "gcp:compute/network:Network": (
        *(f"compute.networks.{verb}" for verb in (*_MADE, "updatePolicy")),
        "compute.globalOperations.get",
    ),
    "gcp:compute/router:Router": (*(f"compute.routers.{verb}" for verb in _MADE), "compute.regionOperations.get"),
    "gcp:compute/routerNat:RouterNat": ("compute.routers.get", "compute.routers.update", "compute.subnetworks.use"),
    "gcp:compute/subnetwork:Subnetwork": (
        *(f"compute.subnetworks.{verb}" for verb in (*_MADE, "setPrivateIpGoogleAccess")),
        "compute.networks.updatePolicy",
    ),
    "gcp:container/cluster:Cluster": (
        *(f"container.clusters.{verb}" for verb in (*_MADE, "connect", "getCredentials")),
        "container.operations.get",
        "compute.networks.use",
        "compute.subnetworks.use",
        "iam.serviceAccounts.actAs",
    ),
    "gcp:container/nodePool:NodePool": (
        "container.clusters.update",
        "container.operations.get",
        "compute.instanceGroupManagers.get",
        "iam.serviceAccounts.actAs",
    ),
    "gcp:kms/cryptoKey:CryptoKey": (
        *(f"cloudkms.cryptoKeys.{verb}" for verb in ("create", "get", "update")),
        # A key is never deleted; its versions are.
        "cloudkms.cryptoKeyVersions.list",
        "cloudkms.cryptoKeyVersions.destroy",
    ),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": (
        "cloudkms.cryptoKeys.getIamPolicy",
        "cloudkms.cryptoKeys.setIamPolicy",
    ),
    "gcp:kms/keyRing:KeyRing": ("cloudkms.keyRings.create", "cloudkms.keyRings.get"),
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": (
        "resourcemanager.projects.getIamPolicy",
        "resourcemanager.projects.setIamPolicy",
    ),
    "gcp:projects/iAMMember:IAMMember": (
        "resourcemanager.projects.getIamPolicy",
        "resourcemanager.projects.setIamPolicy",
    ),
    "gcp:projects/service:Service": ("serviceusage.services.enable", "serviceusage.services.get"),
    "gcp:projects/serviceIdentity:ServiceIdentity": ("serviceusage.services.enable",),
    "gcp:secretmanager/secretIamMember:SecretIamMember": (
        "secretmanager.secrets.get",
        "secretmanager.secrets.getIamPolicy",
        "secretmanager.secrets.setIamPolicy",
    ),
    "gcp:serviceaccount/account:Account": tuple(f"iam.serviceAccounts.{verb}" for verb in _MADE),
}
"""What is asked of who makes, changes and takes away each kind of resource."""

GIVEN: Mapping[str, frozenset[str]] = {
    "roles/serviceusage.serviceUsageAdmin": frozenset(
        f"serviceusage.services.{verb}" for verb in ("enable", "disable", "get", "list", "use")
    ),
    "roles/compute.networkAdmin": frozenset(
        {
            *(f"compute.{what}.{verb}" for what in ("networks", "subnetworks", "routers") for verb in (*_MADE, "use")),
            *("compute.networks.updatePolicy", "compute.subnetworks.setPrivateIpGoogleAccess"),
            *("compute.globalOperations.get", "compute.regionOperations.get", "compute.instanceGroupManagers.get"),
        }
    ),
    "roles/cloudkms.admin": frozenset(
        {
            *(f"cloudkms.keyRings.{verb}" for verb in ("create", "get", "getIamPolicy", "setIamPolicy")),
            *(f"cloudkms.cryptoKeys.{verb}" for verb in ("create", "get", "update", "getIamPolicy", "setIamPolicy")),
            *(f"cloudkms.cryptoKeyVersions.{verb}" for verb in ("list", "get", "destroy", "restore")),
        }
    ),
    "roles/container.admin": frozenset(
        {
            *(f"container.clusters.{verb}" for verb in (*_MADE, "connect", "getCredentials")),
            *("container.operations.get", "container.storageClasses.create", "container.clusterRoles.escalate"),
        }
    ),
    "roles/iam.serviceAccountAdmin": frozenset(
        f"iam.serviceAccounts.{verb}" for verb in (*_MADE, "getIamPolicy", "setIamPolicy")
    ),
    "roles/iam.serviceAccountUser": frozenset({"iam.serviceAccounts.actAs", "iam.serviceAccounts.get"}),
    "roles/resourcemanager.projectIamAdmin": frozenset(
        f"resourcemanager.projects.{verb}" for verb in ("get", "getIamPolicy", "setIamPolicy")
    ),
    "roles/secretmanager.admin": frozenset(
        {
            *(f"secretmanager.secrets.{verb}" for verb in (*_MADE, "getIamPolicy", "setIamPolicy")),
            "secretmanager.versions.access",
        }
    ),
}
"""What Google's roles hold, as far as anything of it is needed here or said of it on the page."""


def roles_on_the_page() -> set[str]:
    """What the page asks for in its table."""
    [table] = re.findall(r"\| role \| for \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE)
    return {role for row in table.splitlines() for role in re.findall(r"`(roles/[\w.]+)`", row.split("|")[1])}


def missing(needed: Mapping[str, tuple[str, ...]], roles: set[str]) -> set[str]:
    """The permissions that none of the roles holds."""
    held = {permission for role in roles for permission in GIVEN[role]}
    return {permission for each in needed.values() for permission in each} - held


def test_who_deploys_may_make_change_and_take_away_everything_by_the_roles_on_the_page() -> None:
    assert NEEDED.keys() == KINDS.keys()
    assert roles_on_the_page() == GIVEN.keys()
    assert missing(NEEDED, roles_on_the_page()) == set()


def test_no_role_on_the_page_is_one_too_many() -> None:
    asked = roles_on_the_page()
    assert [role for role in sorted(asked) if not missing(NEEDED, asked - {role})] == []


def test_a_permission_that_nobody_gives_would_be_found() -> None:
    more = {**NEEDED, "gcp:compute/firewall:Firewall": ("compute.firewalls.create",)}
    assert missing(more, roles_on_the_page()) == {"compute.firewalls.create"}


def test_what_the_page_says_of_who_can_not_read_is_so() -> None:
    assert "it can't decrypt" in PAGE
    assert not [one for role in GIVEN.values() for one in role if one.endswith(("useToDecrypt", "useToEncrypt"))]
    assert "`secretmanager.admin` can read the secret itself" in PAGE
    assert "secretmanager.versions.access" in GIVEN["roles/secretmanager.admin"]
    narrower = NEEDED["gcp:secretmanager/secretIamMember:SecretIamMember"]
    assert "`secretmanager.secrets.get`, `.getIamPolicy` and `.setIamPolicy`" in PAGE.replace("\n", " ")
    assert narrower == tuple(f"secretmanager.secrets.{verb}" for verb in ("get", "getIamPolicy", "setIamPolicy"))


def test_the_condition_on_the_page_allows_the_roles_of_nodes_and_no_others() -> None:
    [condition] = re.findall(r"hasOnly\(\\\n\[([^\]]+)\]\)", PAGE)
    assert set(re.findall(r"'([^']+)'", condition)) == set(ROLES.values())


def test_the_page_switches_on_by_hand_what_switches_on_the_others() -> None:
    [typed] = re.findall(r"gcloud services enable (cloud.+) --project", PAGE)
    assert {name.removesuffix(".googleapis.com") for name in typed.split()} == BY_HAND
    assert f"| APIs switched on | {len(SERVICES)} |" in PAGE
