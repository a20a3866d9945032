"""Clouds that do not exist, and the stand-ins for the providers of two of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.unit.embedded.clouds.calls import Quiet
from tools.embedded.clouds.layout import CloudLayout
from tools.embedded.clouds.provider import Provider


@pytest.fixture
def layout(tmp_path: Path) -> CloudLayout:
    cluster = {"server": "https://127.0.0.1:20000", "certificate-authority-data": "QQ=="}
    content = {"clusters": [{"cluster": cluster}], "users": [{"user": {"token": "administrator"}}]}
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(content))
    made = CloudLayout(tmp_path / "clouds", tmp_path / "kubeconfig")
    made.prepare()
    return made


@pytest.fixture
def aws(layout: CloudLayout) -> Provider:
    return Provider("aws", layout, Quiet())


@pytest.fixture
def azure(layout: CloudLayout) -> Provider:
    return Provider("azure-native", layout, Quiet())
