"""A place for clouds that do not exist, and the stand-in of one of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pulumi.runtime.proto import provider_pb2

from tests.unit.embedded.clouds.calls import Call, Quiet
from tools.embedded.clouds import protocol
from tools.embedded.clouds.layout import Place
from tools.embedded.clouds.provider import Provider


@pytest.fixture
def place(tmp_path: Path) -> Place:
    cluster = {"server": "https://127.0.0.1:20000", "certificate-authority-data": "QQ=="}
    content = {"clusters": [{"cluster": cluster}], "users": [{"user": {"token": "administrator"}}]}
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(content))
    made = Place(tmp_path / "clouds", tmp_path / "kubeconfig")
    made.prepare()
    return made


@pytest.fixture
def aws(place: Place) -> Provider:
    made = Provider("aws", place, Quiet())
    made.Configure(provider_pb2.ConfigureRequest(args=protocol.write({"region": "eu-west-3"})), Call())
    return made
