"""Production's data is deleted on purpose or not at all."""

from __future__ import annotations

import pytest

from tests.integration.checkout import Checkout

STATEFUL = {
    "smarthr360-postgres-claim",
    "smarthr360-postgres-statefulset",
    "smarthr360-redis-claim",
    "smarthr360-redis-statefulset",
    "smarthr360-storage-media",
    "smarthr360-storage-ml-models",
    "smarthr360-storage-logs",
    "smarthr360-namespace-namespace",
}


def urns(checkout: Checkout, stack: str, *, protected: bool) -> dict[str, str]:
    """The URNs of a stack's protected, or other, resources by Pulumi's names."""
    resources = checkout.state(stack)["checkpoint"]["latest"]["resources"]
    found = [entry["urn"] for entry in resources if bool(entry.get("protect")) is protected]
    return {urn.rpartition("::")[2]: urn for urn in found}


def test_what_holds_data_is_protected_in_production_and_only_there(running: Checkout) -> None:
    # A store's Service is protected with it: it is as immutable, and as needed.
    services = {"smarthr360-postgres-service", "smarthr360-redis-service"}
    assert urns(running, "production", protected=True).keys() == STATEFUL | services
    assert urns(running, "staging", protected=True) == {}
    assert urns(running, "dev", protected=True) == {}


def test_destroying_production_says_how_to_mean_it_and_deletes_nothing(running: Checkout) -> None:
    before = running.state("production")

    output = running.run("make", "destroy", "STACK=production", code=None)

    assert "error: stack production is protected, and destroying it deletes its databases and volumes" in output
    assert "make destroy STACK=production CONFIRM=production" in output
    assert "Traceback" not in output
    assert running.state("production") == before
    running.assert_everything_runs("production")


def test_a_wrong_confirmation_is_none(running: Checkout) -> None:
    output = running.run("make", "destroy", "STACK=production", "CONFIRM=yes", code=None)

    assert "CONFIRM=production" in output


def test_plain_pulumi_refuses_to_destroy_production_and_says_how(running: Checkout) -> None:
    output = running.shell("pulumi destroy --yes --stack production", code=None)

    assert "cannot be deleted" in output
    assert "unprotect" in output
    running.assert_everything_runs("production")


@pytest.mark.parametrize("name", sorted(STATEFUL))
def test_replacing_what_holds_data_is_refused(running: Checkout, name: str) -> None:
    urn = urns(running, "production", protected=True)[name]

    output = running.shell(f"pulumi preview --stack production --target-replace '{urn}'", code=None)

    assert "unable to replace resource" in output
    assert "protect" in output


def test_production_is_destroyed_when_it_is_meant_and_comes_back(running: Checkout) -> None:
    running.run("make", "destroy", "STACK=production", "CONFIRM=production")
    assert "smarthr360" not in {item["metadata"]["name"] for item in running.get("namespaces")}

    running.run("make", "up", "STACK=production")

    running.assert_everything_runs("production")
    assert urns(running, "production", protected=True).keys() >= STATEFUL
