"""Helm charts as a project's Git repository has them at a tag, known by the content of their files.

Charts are published as archives whose checksum changes with the tool that packs them, and some with a version that
only the release tool fills in. The files at a tag do not change, whichever way they come: from GitHub, or from the Go
module at the same tag. What the program installs is a folder that it writes from them and checks at every run.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import re
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

import pulumi

from components.platform.published import OFFLINE, download, unavailable
from files import cache_root, write_private

_DESCRIPTION = re.compile(
    # A property of that name has nothing behind the colon but what is below it.
    rb"^( +)description: \S.*\n(?:\1 +\S.*\n|[ ]*\n)*",
    re.MULTILINE,
)
"""A description in a definition as controller-gen writes it, with all lines of its text."""

_ANNOTATIONS = b"\n  annotations:\n"
"""Where a definition's own annotations begin: controller-gen always writes some, and indents all others further."""

_NAME = re.compile(rb'^  name: "?([a-z0-9.-]+)"?$', re.MULTILINE)
"""A definition's own name: every other `name` in it is indented further."""


@dataclass(frozen=True)
class Edit:
    """What we change in a chart's files where it has no value for it.

    Args:
        files: how their paths begin.
        pattern: a regular expression; `^` and `$` are the ends of a line.
        replacement: what each match becomes.
    """

    files: str
    pattern: bytes
    replacement: bytes = b""

    def apply(self, content: bytes) -> bytes:
        """Return a file's content with the change."""
        return re.sub(self.pattern, self.replacement, content, flags=re.MULTILINE)


@dataclass(frozen=True)
class Chart:
    """A chart.

    Args:
        name: its name.
        repository: the project's repository on GitHub.
        tag: the tag.
        version: the chart's version.
        app_version: the program's version, which is the default tag of its images.
        files: where in the chart each file of the repository goes, or each folder with all that is in it.
        digest: SHA-256 over the SHA-256 and path of each of its files, as Go's `dirhash` has it.
        edits: what we change in them.
    """

    name: str
    repository: str
    tag: str
    version: str
    app_version: str
    files: Mapping[str, str]
    digest: str
    edits: tuple[Edit, ...] = ()

    @property
    def url(self) -> str:
        """Where GitHub has the repository at this tag."""
        return f"https://codeload.github.com/{self.repository}/tar.gz/refs/tags/{self.tag}"

    @property
    def path(self) -> Path:
        """Where the user's cache keeps the chart's files, in one archive."""
        return cache_root() / "published" / f"{self.digest}.tar"

    def folder(self) -> Path:
        """The chart, ready for Helm: the project's files, and a Chart.yaml of ours.

        Ours has the version, and no dependencies: none is used, and Helm would look for each.

        Raises:
            pulumi.RunError: the files can't be had, or have another digest.
        """
        files = {path: without_descriptions(content) for path, content in self._read().items()}
        files = {path: kept(content) for path, content in files.items()}
        for edit in self.edits:
            files |= {path: edit.apply(content) for path, content in files.items() if path.startswith(edit.files)}
        files["Chart.yaml"] = self._head()
        folder = cache_root() / "charts" / digest(files)
        if _tree(folder) != files:
            _write(folder, files)
        return folder

    def put(self, archive: Path) -> None:
        """Keep the files of an archive from elsewhere, with paths as in the repository.

        Raises:
            pulumi.RunError: they have another digest.
        """
        with archive.open("rb") as opened:
            self._keep(self._picked(opened, "r:", strip=0), str(archive))

    def _read(self) -> dict[str, bytes]:
        try:
            with self.path.open("rb") as opened, tarfile.open(fileobj=opened, mode="r:") as archive:
                files = {member.name: _content(archive, member) for member in archive if member.isfile()}
        except (OSError, tarfile.TarError):
            try:
                with download(self.url) as answer:
                    files = self._picked(answer, "r|gz", strip=1)
            except (OSError, http.client.HTTPException, tarfile.TarError) as error:
                raise unavailable(self.url, error) from None
            with contextlib.suppress(OSError):  # where nothing can be kept, the next run downloads it again
                self._keep(files, self.url)
        self._verify(files, str(self.path))
        return files

    def _picked(self, stream: IO[bytes], mode: str, strip: int) -> dict[str, bytes]:
        """The chart's files in an archive of the repository.

        Args:
            stream: the archive.
            mode: how `tarfile` reads it.
            strip: how many folders come before the repository's own.
        """
        picked = {}
        with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
            for member in archive:
                if member.isfile() and (
                    target := self._target(PurePosixPath(*PurePosixPath(member.name).parts[strip:]))
                ):
                    picked[target] = _content(archive, member)
        return picked

    def _target(self, path: PurePosixPath) -> str | None:
        if str(path) in self.files:
            return self.files[str(path)]
        for source, target in self.files.items():
            if path.is_relative_to(source):
                return str(PurePosixPath(target) / path.relative_to(source))
        return None

    def _keep(self, files: Mapping[str, bytes], source: str) -> None:
        self._verify(files, source)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for name in sorted(files):
                member = tarfile.TarInfo(name)
                member.size = len(files[name])
                archive.addfile(member, io.BytesIO(files[name]))
        write_private(self.path, packed.getvalue())

    def _verify(self, files: Mapping[str, bytes], source: str) -> None:
        if (actual := digest(files)) != self.digest:
            raise pulumi.RunError(
                f"{source}: the chart {self.name} has digest {actual} instead of {self.digest}; {OFFLINE}"
            )

    def _head(self) -> bytes:
        lines = (
            "apiVersion: v2",
            f"name: {self.name}",
            f"version: {self.version}",
            f'appVersion: "{self.app_version}"',
        )
        return "".join(f"{line}\n" for line in lines).encode()


def digest(files: Mapping[str, bytes]) -> str:
    """The digest of files by their paths."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def without_descriptions(content: bytes) -> bytes:
    """Leave out what the schemas of definitions say to people.

    Descriptions are most of a schema, and Pulumi would keep them in the stack's state, which is written at every step
    of an update. The API server checks objects in the same way without them.
    """
    return _DESCRIPTION.sub(b"", content) if b"kind: CustomResourceDefinition" in content else content


def kept(definitions: bytes) -> bytes:
    """Have definitions stay when their add-on goes: deleting one deletes every object of its kind in the cluster.

    A definition that is a template decides that by itself.
    """
    if b"kind: CustomResourceDefinition" not in definitions or b"{{" in definitions:
        return definitions
    return definitions.replace(_ANNOTATIONS, _ANNOTATIONS + b"    helm.sh/resource-policy: keep\n")


def definitions(folder: Path) -> list[str]:
    """The names of the definitions that a chart has in its folder, templates or not."""
    documents = (
        document
        for path in sorted(folder.rglob("*.yaml"))
        if b"kind: CustomResourceDefinition" in (content := path.read_bytes())
        for document in content.split(b"\n---")
        if b"kind: CustomResourceDefinition" in document
    )
    return [_NAME.findall(document)[0].decode() for document in documents]


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = archive.extractfile(member)
    return opened.read() if opened else b""


def _tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make the folder hold these files and no others; another process sees all of it or nothing."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        new = Path(name) / folder.name
        for path, content in files.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes(content)
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # another process was quicker, with the same
            new.replace(folder)
