from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pulumi
import pytest

from components.platform.published import Published
from errors import UserError
from tools import install_manifests

CONTENT = b"kind: List\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER = b"kind: Trap\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "smarthr360-platform" / "published"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """What a publisher has."""
    file = tmp_path / "install.yaml"
    file.write_bytes(CONTENT)
    return file


def test_a_missing_file_is_downloaded_once_and_kept_by_its_checksum(cache: Path, source: Path) -> None:
    published = Published(source.as_uri(), SHA256)
    assert published.read() == CONTENT
    source.unlink()

    assert published.read() == CONTENT
    assert [path.name for path in cache.iterdir()] == [SHA256]
    assert stat.S_IMODE((cache / SHA256).stat().st_mode) == 0o600


def test_a_file_that_is_put_there_needs_no_publisher(cache: Path) -> None:
    published = Published("file:///nowhere/install.yaml", SHA256)
    published.put(CONTENT)
    published.put(CONTENT)

    assert published.read() == CONTENT
    assert published.path == cache / SHA256


def test_without_the_cache_folder_of_the_system_it_is_below_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "")

    expected = Path.home() / ".cache" / "smarthr360-platform" / "published" / SHA256
    assert Published("file:///nowhere", SHA256).path == expected


def test_a_file_that_can_t_be_had_is_one_sentence_that_says_what_to_type(cache: Path) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        Published("file:///nowhere/install.yaml", SHA256).read()

    sentence = str(caught.value)
    assert sentence.startswith("file:///nowhere/install.yaml can't be downloaded (")
    assert "No such file" in sentence
    assert "`make manifests`" in sentence
    assert "\n" not in sentence
    assert not cache.exists()


@pytest.mark.parametrize("how", ["download", "put"])
def test_other_content_is_refused_by_both_checksums_and_not_kept(cache: Path, source: Path, how: str) -> None:
    source.write_bytes(OTHER)
    published = Published(source.as_uri(), SHA256)
    with pytest.raises(pulumi.RunError) as caught:
        published.read() if how == "download" else published.put(source.read_bytes())

    sentence = str(caught.value)
    assert sentence.startswith(f"{source.as_uri()} has SHA-256 {hashlib.sha256(OTHER).hexdigest()} ")
    assert SHA256 in sentence
    assert not cache.exists()


def test_a_changed_copy_is_refused_until_a_good_one_replaces_it(source: Path) -> None:
    published = Published(source.as_uri(), SHA256)
    published.read()
    published.path.write_bytes(OTHER)
    with pytest.raises(pulumi.RunError, match="make manifests") as caught:
        published.read()
    assert str(caught.value).startswith(str(published.path))

    published.put(CONTENT)
    assert published.read() == CONTENT


def test_where_nothing_can_be_kept_the_content_is_still_used(cache: Path, source: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.touch()  # a file where the folder belongs

    assert Published(source.as_uri(), SHA256).read() == CONTENT


def test_tools_have_it_put_where_it_can_not_be_downloaded_and_say_in_a_sentence_where_it_is_another_one(
    cache: Path, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = (tmp_path / "gone").as_uri()
    monkeypatch.setattr(install_manifests, "FILES", {"install.yaml": Published(gone, SHA256)})
    monkeypatch.setattr(install_manifests, "ensure", lambda _: {"install.yaml": source})

    install_manifests.provide()
    assert [path.name for path in cache.iterdir()] == [SHA256]

    other = hashlib.sha256(OTHER).hexdigest()
    monkeypatch.setattr(install_manifests, "FILES", {"install.yaml": Published(gone, other)})
    with pytest.raises(UserError, match=f"has SHA-256 {SHA256} instead of {other}; "):
        install_manifests.provide()
    assert [path.name for path in cache.iterdir()] == [SHA256]
