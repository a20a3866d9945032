"""Files that a project publishes at an exact version, such as the manifests of a release.

This is the only place of the program that uses the network or a cache. Neither can change what is deployed: a file is
used only if it has the checksum that the program names, and is looked up by nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import pulumi

from files import cache_root, write_private

_PATIENCE = 10.0
"""Seconds for which the publisher's host can be silent."""

OFFLINE = "type `make manifests`, which takes it from the Go module registry"
"""What helps where a publisher can't be reached."""


@dataclass(frozen=True)
class Published:
    """A file that a project publishes, known by its content.

    Args:
        url: where the project publishes it, at an exact version.
        sha256: its SHA-256, in hexadecimal digits.
    """

    url: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where the user's cache keeps it: `$XDG_CACHE_HOME/smarthr360-platform/published/<sha256>`."""
        return cache_root() / "published" / self.sha256

    def read(self) -> bytes:
        """Return its content, from the cache or from its publisher.

        Raises:
            pulumi.RunError: it can't be had, or has another checksum.
        """
        try:
            content = self.path.read_bytes()
        except OSError:
            content = self._download()
            with contextlib.suppress(OSError):  # where nothing can be kept, the next run downloads it again
                self.put(content)
        else:
            self._verify(content, str(self.path))
        return content

    def put(self, content: bytes) -> None:
        """Keep a copy that was had in another way.

        Raises:
            pulumi.RunError: it has another checksum.
        """
        self._verify(content, self.url)
        write_private(self.path, content)

    def _download(self) -> bytes:
        try:
            with download(self.url) as answer:
                return bytes(answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise unavailable(self.url, error) from None

    def _verify(self, content: bytes, source: str) -> None:
        actual = hashlib.sha256(content).hexdigest()
        if actual != self.sha256:
            raise pulumi.RunError(f"{source} has SHA-256 {actual} instead of {self.sha256}; {OFFLINE}")


def download(url: str) -> IO[bytes]:
    """Open an address of our own to read."""
    return cast(IO[bytes], urllib.request.urlopen(url, timeout=_PATIENCE))  # noqa: S310


def unavailable(url: str, error: Exception) -> pulumi.RunError:
    """What to say of an address that can't be read."""
    reason = getattr(error, "reason", None) or error
    return pulumi.RunError(f"{url} can't be downloaded ({reason}); {OFFLINE}")
