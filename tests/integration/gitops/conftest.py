"""A checkout with an embedded cluster of its own, in which Argo CD delivers the environments from Git."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.checkout import Checkout
from tests.integration.gitops.delivered import Delivered
from tests.integration.gitops.slack import slack


@pytest.fixture(scope="package")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    """All three environments delivered; Argo CD tells a stand-in for Slack of it."""
    made = Checkout.copy_to(tmp_path_factory.mktemp("delivered"))
    with slack() as found:
        try:
            yield Delivered.bring_up(made, found)
        finally:
            made.run("make", "clean")
