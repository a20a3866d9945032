"""Everything that a stack on GKE makes, held against what Google itself publishes of its APIs."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from components.cluster.gke.project import SERVICES
from snapshot.in_process import Registered, plain
from tests.support.gke import CHEAP, made_cluster, with_a_reader
from tests.support.google_apis import BY_HAND, KINDS, NO_OTHER_WAY, document, faults
from tests.support.program import run

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Registered]:
    """Everything of Google's that any of our clusters has."""
    ways: list[dict[str, Any]] = [
        {},
        {"dnsEndpoint": False},
        {"apiAccess": ["203.0.113.0/24"]},
        {**CHEAP, "tags": {"cost-center": "42"}},
    ]
    programs = [made_cluster(tmp_path_factory.mktemp("gke"), **way) for way in ways]
    programs.append(run(with_a_reader, stack="production"))
    return [found for program in programs for found in program.of("") if found.type.startswith("gcp:")]


def test_google_takes_every_property_and_value_of_everything(made: list[Registered]) -> None:
    assert {found.type for found in made} == KINDS.keys()  # neither one that nobody checks, nor one that is gone
    assert [(found.name, fault) for found in made for fault in faults(plain(found.inputs), KINDS[found.type])] == []


def test_every_api_that_is_needed_is_switched_on_and_exists(made: list[Registered]) -> None:
    on = {found.inputs["service"] for found in made if found.type.endswith(":Service")}
    assert on == {f"{service}.googleapis.com" for service in SERVICES}
    needed = {document(kind.api)["rootUrl"].split("/")[2] for kind in KINDS.values()}
    assert needed - {f"{service}.googleapis.com" for service in BY_HAND} <= on
    known = {document(api)["rootUrl"] for api in _APIS}
    assert {f"https://{host}/" for host in on} <= known
    # Accounts are asked for of services that are there, too.
    assert {found.inputs["service"] for found in made if found.type.endswith(":ServiceIdentity")} <= on


_APIS = (
    *("artifactregistry.v1", "cloudkms.v1", "compute.v1", "container.v1", "file.v1", "iam.v1", "iamcredentials.v1"),
    *("logging.v2", "monitoring.v3", "secretmanager.v1", "sts.v1"),
)


def test_nothing_is_deprecated_but_what_the_provider_leaves_no_other_way_for(made: list[Registered]) -> None:
    cluster = next(plain(found.inputs) for found in made if found.type.endswith(":Cluster"))
    for schema, name in NO_OTHER_WAY:
        assert document("container.v1")["schemas"][schema]["properties"][name]["deprecated"], name
    assert cluster["securityPostureConfig"] == {"mode": "BASIC"}  # what it had beside that, Google has ended


@pytest.mark.parametrize(
    ("where", "planted", "said"),
    [
        (("datapathProvider",), "ADVANCED_DATA_PATH", "does not know"),
        (("releaseChannel", "channel"), "Regular", "does not know"),
        (("releaseChannel", "chanel"), "REGULAR", "not a property"),
        (("maintenancePolicy", "maintenanceExclusions", 0, "exclusionOptions", "scope"), "NO_MINORS", "does not know"),
        (("loggingConfig", "enableComponents", 1), "AUDIT", "does not know"),
        (("securityPostureConfig", "mode"), "ENTERPRISE", "deprecated"),
        (("securityPostureConfig", "vulnerabilityMode"), "VULNERABILITY_DISABLED", "deprecated"),
        (("enableShieldedNodes",), "true", "Google wants: boolean"),
        (("addonsConfig", "dnsCacheConfig"), True, "Google wants: object"),
        (("currentMasterVersion",), "1.36", "Google's to say"),
    ],
)
def test_a_slip_would_be_found(made: list[Registered], where: tuple[Any, ...], planted: object, said: str) -> None:
    cluster = copy.deepcopy(next(plain(found.inputs) for found in made if found.type.endswith(":Cluster")))
    inner: Any = cluster
    for part in where[:-1]:
        inner = inner[part]
    inner[where[-1]] = planted
    [fault] = faults(cluster, KINDS["gcp:container/cluster:Cluster"])
    assert said in fault.reason
    assert str(where[-1]) in fault.path
