"""`make render` on the real engine: the same bytes everywhere, and never a secret."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from tests.integration.checkout import Checkout
from tests.support.stacks import ROOT, STACKS


def _files(root: Path) -> dict[str, bytes]:
    folder = root / "rendered"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Checkout:
    """A copy of the work tree in another folder, in which nothing was ever made."""
    return Checkout.copy_to(tmp_path)


def test_what_is_committed_is_what_another_machine_renders(elsewhere: Checkout) -> None:
    """In another folder, another time zone and another language, with no cluster and no credentials."""
    other = elsewhere.environment() | {"TZ": "Asia/Kolkata", "LC_ALL": "C", "AWS_PROFILE": "nobody"}

    output = elsewhere.run("make", "render-check", environment=other)

    for stack in STACKS:
        assert f"rendered/{stack}: " in output
    assert output.count("files, no change") == len(STACKS)
    assert _files(elsewhere.root) == _files(ROOT) != {}
    assert not (elsewhere.root / ".local").exists(), "nothing is left behind"
    assert list(elsewhere.home.iterdir()) == []


def test_render_check_names_what_is_stale_and_render_mends_it(elsewhere: Checkout) -> None:
    before = _files(elsewhere.root)
    edited, deleted, left_over = (
        elsewhere.root / "rendered" / "dev" / "1-manifest" / name
        for name in (
            "v1-configmap-smarthr360-dev-smarthr360-config.yaml",
            "v1-service-smarthr360-dev-redis.yaml",
            "v1-configmap-smarthr360-dev-left-over.yaml",
        )
    )
    edited.write_text(edited.read_text().replace("DEBUG", "TRACE"))
    deleted.unlink()
    left_over.write_text("kind: ConfigMap\n")

    found = elsewhere.run("make", "render-check", code=None)
    mended = elsewhere.run("make", "render")

    for output in (found, mended):
        assert "1 new, 1 changed, 1 removed" in output
        assert output.count("no change") == len(STACKS) - 1
        for path in (edited, deleted, left_over):
            assert path.name in output
    assert "error: rendered/ is not what the program makes of the stack files; type `make render`" in found
    assert "Traceback" not in found
    assert _files(elsewhere.root) == before


def test_a_planted_secret_stops_the_render_and_nothing_is_written(elsewhere: Checkout) -> None:
    source = elsewhere.root / "components" / "workloads" / "parts" / "config.py"
    code = source.read_text()
    planted = code.replace(
        '"DB_NAME": postgres.DATABASE', '"DB_NAME": pulumi.Output.secret("planted-not-a-real-secret")'
    )
    planted = planted.replace("self.checksum = checksum(data)", 'self.checksum = "planted"')
    assert planted != code
    source.write_text(planted)
    before = _files(elsewhere.root)

    output = elsewhere.run("make", "render", code=None)

    assert "smarthr360-config-map: data.DB_NAME is a secret, and would be written in plain text" in output
    assert "planted-not-a-real-secret" not in output
    assert "Traceback" not in output
    assert _files(elsewhere.root) == before
    assert "planted-not-a-real-secret" not in str(before)


def test_rendered_files_have_no_secret_object_and_nothing_of_pulumis_provider() -> None:
    for path, content in _files(ROOT).items():
        assert "-secret-" not in path
        assert yaml.safe_load(content)["kind"] != "Secret"
        assert b"pulumi.com/" not in content
        assert os.fsencode(ROOT) not in content
