"""A checkout with an embedded cluster of its own, whose environments Pulumi applies itself: the main job."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.checkout import Checkout


@pytest.fixture(scope="package")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A copy of the work tree in which `make up` can be typed; stopped at the end."""
    made = Checkout.copy_to(tmp_path_factory.mktemp("checkout"))
    yield made
    made.run("make", "clean")


@pytest.fixture(scope="package")
def running(checkout: Checkout) -> Checkout:
    """That checkout with dev, staging and production up, the latter two started at the same time."""
    checkout.run("make", "up")
    others = [checkout.start("make", "up", f"STACK={stack}") for stack in ("staging", "production")]
    outputs = [process.communicate()[0] for process in others]
    assert [process.returncode for process in others] == [0, 0], "\n".join(outputs)
    return checkout
