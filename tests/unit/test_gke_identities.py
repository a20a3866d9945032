"""Who acts on GKE, and what each may do: with accounts as Google names them, which only an answer of its tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ops import in_process
from ops.in_process import plain
from tests.gke import PROJECT, inputs, made_cluster
from tests.program import Program

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NUMBER = "123456789012"
NODES = f"smarthr360-production-nodes@{PROJECT}.iam.gserviceaccount.com"
ANSWERS = {
    "cluster-node-account": NODES,
    "cluster-agent-gke": f"service-{NUMBER}@container-engine-robot.iam.gserviceaccount.com",
    "cluster-agent-filestore": f"service-{NUMBER}@cloud-filer.iam.gserviceaccount.com",
}
COMPUTE = f"service-{NUMBER}@compute-system.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    registered: Any = in_process._Monitor.RegisterResource

    def register(self: in_process._Monitor, request: Any) -> Any:
        response = registered(self, request)
        if email := ANSWERS.get(request.name):
            response.object.update({"email": email, "member": f"serviceAccount:{email}"})
        return response

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(in_process._Monitor, "RegisterResource", register)
        yield made_cluster(tmp_path_factory.mktemp("gke"))


def grants(program: Program) -> set[tuple[str, str, str]]:
    """Every right that is given: to whom, which, and on what."""
    found = [plain(resource.inputs) for resource in program.resources if "member" in resource.inputs]
    return {
        (given["member"].removeprefix("serviceAccount:"), given["role"], given.get("cryptoKeyId") or given["project"])
        for given in found
    }


def test_nodes_act_as_an_account_of_their_own_and_never_as_the_default_one(production: Program) -> None:
    assert inputs(production, "cluster-nodes")["nodeConfig"]["serviceAccount"] == NODES
    # The pool that GKE makes and that goes at once, too.
    assert inputs(production, "cluster-control-plane")["nodeConfig"]["serviceAccount"] == NODES
    assert inputs(production, "cluster-node-account")["accountId"] == NODES.partition("@")[0]


def test_these_rights_are_given_and_no_others(production: Program) -> None:
    use = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
    assert grants(production) == {
        (NODES, "roles/container.defaultNodeServiceAccount", PROJECT),
        (NODES, "roles/artifactregistry.reader", PROJECT),
        (ANSWERS["cluster-agent-gke"], use, "cluster-key-secrets-id"),
        (COMPUTE, use, "cluster-key-volumes-id"),
        (ANSWERS["cluster-agent-filestore"], use, "cluster-key-volumes-id"),
    }


def test_no_key_of_an_account_is_made(production: Program) -> None:
    assert not list(production.of("serviceaccount/key:Key"))
    assert not [found.type for found in production.resources if "HmacKey" in found.type or "ApiKey" in found.type]
