"""A project's official release, verified by its SHA-256 before anything of it is used."""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import shutil
import socket
import ssl
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from tools.engine.pins import Release, Tool, this_platform
from tools.engine.progress import Progress

REACHABLE_WITHIN = 3.0
"""Seconds that a release host gets to answer before it counts as unreachable."""

READ_TIMEOUT = 30.0
"""Seconds without a byte after which a download is given up."""


class ReleaseUnavailableError(Exception):
    """This release can't be used here; the message is the reason."""


def hosts(release: Release) -> set[str]:
    """The hosts that have to answer before this release is worth a try."""
    own = {urlsplit(release.location()).netloc}
    return own | {"api.github.com"} if release.github else own


class Downloads:
    """Fetches releases. Asks each host once, all of them side by side, whether it answers at all.

    Args:
        tools: the tools that can be asked for; their release hosts are tried at the first fetch.
    """

    def __init__(self, tools: Iterable[Tool]) -> None:
        releases = [tool.release for tool in tools if tool.release is not None]
        self._hosts = sorted({host for release in releases for host in hosts(release)})
        self._reachable: set[str] | None = None

    def fetch(self, tool: Tool, folder: Path, progress: Progress) -> None:
        """Put the tool's files into `folder`.

        Raises:
            ReleaseUnavailableError: no release for this system, an unreachable host, no published checksum, or a
                download that does not match its checksum.
        """
        release = tool.release
        system = this_platform()[0]
        if release is None or system not in release.systems:
            raise ReleaseUnavailableError(f"no release for {system}")
        missing = hosts(release) - self._reachable_hosts()
        if missing:
            raise ReleaseUnavailableError(f"{', '.join(sorted(missing))} can't be reached")
        try:
            expected = _published_sha256(release)
            archive = folder / "download"
            actual = _download(release.location(), archive, progress)
        except (OSError, ValueError, KeyError) as error:
            raise ReleaseUnavailableError(f"{release.location()}: {error}") from error
        if actual != expected:
            archive.unlink()
            raise ReleaseUnavailableError(
                f"{release.location()} has SHA-256 {actual} but its project published {expected}"
            )
        _unpack(archive, tool.files, folder)

    def _reachable_hosts(self) -> set[str]:
        if self._reachable is None:
            pool = concurrent.futures.ThreadPoolExecutor(len(self._hosts) or 1)
            answers = {pool.submit(_answers, host): host for host in self._hosts}
            done, _ = concurrent.futures.wait(answers, timeout=REACHABLE_WITHIN)
            self._reachable = {answers[future] for future in done if future.result()}
            pool.shutdown(wait=False, cancel_futures=True)
        return self._reachable


def _answers(host: str) -> bool:
    name, _, port = host.partition(":")
    try:
        with socket.create_connection((name, int(port or 443)), timeout=REACHABLE_WITHIN) as plain:
            if not port:
                ssl.create_default_context().wrap_socket(plain, server_hostname=name).close()
    except (OSError, ssl.SSLError):
        return False
    return True


def _published_sha256(release: Release) -> str:
    if release.sha256:
        return release.sha256
    if not release.github:
        return _read(release.location() + ".sha256").split()[0]
    record = json.loads(_read(f"https://api.github.com/repos/{release.github}/releases/tags/{release.tag}"))
    asset = release.location().rpartition("/")[2]
    digests = {entry["name"]: entry.get("digest") or "" for entry in record["assets"]}
    kind, _, value = digests.get(asset, "").partition(":")
    if kind != "sha256":
        raise ValueError("the release publishes no SHA-256 of it")
    return value


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=READ_TIMEOUT) as answer:  # noqa: S310 - https, from the pins file
        return str(answer.read().decode())


def _download(url: str, target: Path, progress: Progress) -> str:
    digest = hashlib.sha256()
    with urllib.request.urlopen(url, timeout=READ_TIMEOUT) as answer, target.open("wb") as out:  # noqa: S310
        total = int(answer.headers.get("Content-Length") or 0)
        received = 0
        while block := answer.read(1 << 20):
            out.write(block)
            digest.update(block)
            received += len(block)
            of = f" of {total >> 20}" if total else ""
            progress.update(f"downloading, {received >> 20}{of} MiB")
    return digest.hexdigest()


def _unpack(archive: Path, files: tuple[str, ...], folder: Path) -> None:
    if not tarfile.is_tarfile(archive):
        archive.rename(folder / files[0])
        return
    with tarfile.open(archive) as tar:
        members = {Path(member.name).name: member for member in tar if member.isfile()}
        for name in files:
            source = tar.extractfile(members[name]) if name in members else None
            if source is None:
                raise ReleaseUnavailableError(f"the release's archive has no file {name}")
            with source, (folder / name).open("wb") as out:
                shutil.copyfileobj(source, out)
    archive.unlink()
