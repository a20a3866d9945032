"""Argo CD's own controllers deliver the environments: by themselves, or by hand inside a window."""

from __future__ import annotations

import pytest

from tests.integration.checkout import NAMESPACES
from tests.integration.delivered import Delivered

pytestmark = pytest.mark.integration

AUTOMATED = ("dev", "staging")


@pytest.mark.parametrize("stack", AUTOMATED)
def test_dev_and_staging_are_synced_and_healthy_after_up(delivered: Delivered, stack: str) -> None:
    status = delivered.application(stack)["status"]

    assert status["sync"]["status"] == "Synced"
    assert status["health"]["status"] == "Healthy"
    delivered.checkout.assert_everything_runs(stack)
