"""Clusters on EKS for the tests of this folder."""

from __future__ import annotations

import pytest

from tests.support.eks import ACCOUNT, OTHER, Made, make


@pytest.fixture
def cluster() -> Made:
    return make()


@pytest.fixture
def other() -> Made:
    return make(OTHER, account=ACCOUNT)
