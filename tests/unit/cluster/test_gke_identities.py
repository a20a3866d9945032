"""Who acts on GKE, what each may do, and what waits for what.

With accounts as Google names them, which only an answer of its tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from snapshot import in_process
from snapshot.in_process import plain
from tests.support.gke import PROJECT, with_a_reader
from tests.support.program import Program, run

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NUMBER = "123456789012"
NODES = f"smarthr360-production-nodes@{PROJECT}.iam.gserviceaccount.com"
ANSWERS = {
    "cluster-node-account": NODES,
    "cluster-agent-gke": f"service-{NUMBER}@container-engine-robot.iam.gserviceaccount.com",
    "cluster-agent-filestore": f"service-{NUMBER}@cloud-filer.iam.gserviceaccount.com",
}
COMPUTE = f"service-{NUMBER}@compute-system.iam.gserviceaccount.com"
READER = f"{PROJECT}.svc.id.goog[smarthr360/secret-reader]"


@dataclass(frozen=True)
class Made:
    """A cluster, and one right to read a secret.

    Attributes:
        program: all of it.
        waits: for which resources each waits at once, by name.
    """

    program: Program
    waits: Mapping[str, set[str]]

    def before(self, name: str) -> set[str]:
        """All that has to be there before a resource is made."""
        first = self.waits.get(name, set())
        return first.union(*map(self.before, first))


@pytest.fixture(scope="module")
def made() -> Iterator[Made]:
    registered: Any = in_process._Monitor.RegisterResource
    waits = {}

    def register(self: in_process._Monitor, request: Any) -> Any:
        response = registered(self, request)
        if email := ANSWERS.get(request.name):
            response.object.update({"email": email, "member": f"serviceAccount:{email}"})
        provider, _, _ = request.provider.rpartition("::")
        waits[request.name] = {urn.rpartition("::")[2] for urn in (*request.dependencies, provider) if urn}
        return response

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(in_process._Monitor, "RegisterResource", register)
        yield Made(run(with_a_reader, stack="production"), waits)


def test_nodes_act_as_an_account_of_their_own_and_never_as_the_default_one(made: Made) -> None:
    assert made.program.inputs("cluster-nodes")["nodeConfig"]["serviceAccount"] == NODES
    # The pool that GKE makes and that goes at once, too.
    assert made.program.inputs("cluster-control-plane")["nodeConfig"]["serviceAccount"] == NODES
    assert made.program.inputs("cluster-node-account")["accountId"] == NODES.partition("@")[0]


def test_these_rights_are_given_and_no_others(made: Made) -> None:
    use = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
    found = [plain(resource.inputs) for resource in made.program.resources if "member" in resource.inputs]
    given = {
        (right["member"], right["role"], right.get("cryptoKeyId") or right.get("secretId") or right["project"])
        for right in found
    }
    assert given == {
        (f"serviceAccount:{who}", role, what)
        for who, role, what in (
            (NODES, "roles/container.defaultNodeServiceAccount", PROJECT),
            (NODES, "roles/artifactregistry.reader", PROJECT),
            (ANSWERS["cluster-agent-gke"], use, "cluster-key-secrets-id"),
            (COMPUTE, use, "cluster-key-volumes-id"),
            (ANSWERS["cluster-agent-filestore"], use, "cluster-key-volumes-id"),
            (READER, "roles/secretmanager.secretAccessor", "smarthr360-production"),
        )
    }


def test_no_key_of_an_account_is_made(made: Made) -> None:
    types = {found.type for found in made.program.resources}
    assert not [type_ for type_ in types if type_.endswith(("/key:Key", "HmacKey", "ApiKey"))]


def test_nothing_is_made_before_what_it_needs(made: Made) -> None:
    rights = {"cluster-key-secrets-gke", "cluster-key-volumes-compute", "cluster-node-role-telemetry"}
    assert {"cluster-nat", "cluster-service-container"} | rights <= made.before("cluster-control-plane")
    assert {"cluster-control-plane", "cluster-nat"} <= made.before("cluster-nodes")
    # So whatever is in the cluster is made when there are nodes, and gone before they are.
    assert "cluster-nodes" in made.before("cluster-storage-rwx")
    # IAM knows a project's ServiceAccounts from its first cluster on.
    assert "cluster-control-plane" in made.before("secrets-access")
