"""Checkouts with embedded clusters of their own for the tests of the main job: one for each way of delivery."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.checkout import Checkout
from tests.integration.delivered import Delivered
from tests.integration.slack import slack


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A copy of the work tree in which `make up` can be typed; stopped at the end."""
    made = Checkout.copy_to(tmp_path_factory.mktemp("checkout"))
    yield made
    made.run("make", "clean")


@pytest.fixture(scope="session")
def running(checkout: Checkout) -> Checkout:
    """That checkout with dev, staging and production up, the latter two started at the same time."""
    checkout.run("make", "up")
    others = [checkout.start("make", "up", f"STACK={stack}") for stack in ("staging", "production")]
    outputs = [process.communicate()[0] for process in others]
    assert [process.returncode for process in others] == [0, 0], "\n".join(outputs)
    return checkout


@pytest.fixture(scope="session")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    """Another one, in which Argo CD delivers all three environments, and tells a stand-in for Slack of it."""
    made = Checkout.copy_to(tmp_path_factory.mktemp("delivered"))
    with slack() as found:
        try:
            yield Delivered.bring_up(made, found)
        finally:
            made.run("make", "clean")
