"""Writes a revision's files, as Git lists and prints them, into a folder, and nothing outside of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from errors import UserError

_NOT_THE_PROGRAM = ("docs", "tests")
_MOST_FILES = 10_000
_MEGABYTE = 1 << 20
_LARGEST, _ALL = 8 * _MEGABYTE, 64 * _MEGABYTE
_HEADER = 128  # bytes, at most, of the line that Git prints before a file
_LINK, _SUBMODULE = b"120000", b"160000"


class UnreadableError(UserError):
    """A revision's files can't be read; the message says why."""


class File(NamedTuple):
    """A file of a revision.

    Attributes:
        path: relative to the project's folder.
        object: the ID of its content in Git.
        size: in bytes.
        link: whether it is a symbolic link; then the content is its target.
    """

    path: str
    object: bytes
    size: int
    link: bool


def listed(listing: bytes) -> list[File]:
    """Read the output of `git ls-tree -r -l -z`, without tests and documentation.

    Args:
        listing: of a revision.

    Raises:
        UnreadableError: it is too much, or a path leads out of the folder.
    """
    files: list[File] = []
    for entry in filter(None, listing.split(b"\0")):
        facts, _, name = entry.partition(b"\t")
        mode, _, object_, size = facts.split()
        path = os.fsdecode(name)
        if mode == _SUBMODULE or path.split("/")[0] in _NOT_THE_PROGRAM:
            continue
        if any(part in ("", ".", "..") for part in path.split("/")):
            raise UnreadableError(f"{path} leads out of the project's folder")
        if int(size) > _LARGEST:
            raise UnreadableError(f"{path} has {int(size):,} bytes; a file is allowed to have {_LARGEST:,}")
        files.append(File(path, object_, int(size), mode == _LINK))
    if len(files) > _MOST_FILES:
        raise UnreadableError(f"it has {len(files):,} files; a revision is allowed to have {_MOST_FILES:,}")
    if (total := sum(file.size for file in files)) > _ALL:
        raise UnreadableError(f"its files have {total // _MEGABYTE:,} MB; they are allowed to have 64 MB")
    return files


def room(files: Sequence[File]) -> int:
    """The most bytes that Git prints for these files."""
    return sum(file.size + _HEADER for file in files)


def write(files: Sequence[File], content: bytes, folder: Path) -> None:
    """Write files.

    Args:
        files: the files.
        content: the output of `git cat-file --batch` for them, in the same order.
        folder: an empty folder.

    Raises:
        UnreadableError: a file can't be written, or a link leads out of the folder or in circles.
    """
    start = 0
    links: list[tuple[File, str]] = []
    for file in files:
        start = content.index(b"\n", start) + 1
        inner, start = content[start : start + file.size], start + file.size + 1
        if file.link:
            links.append((file, os.fsdecode(inner)))
        else:
            with _reported(file):
                (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
                (folder / file.path).write_bytes(inner)
    # Links come last, so that no file is written through one.
    for file, target in links:
        with _reported(file):
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.parent.resolve() != path.parent:
                raise UnreadableError(f"{file.path} is inside a symbolic link")
            path.symlink_to(target)
    for file, _ in links:
        if not _stays(folder / file.path, folder):
            raise UnreadableError(
                f"{file.path} is a symbolic link that leads out of the project's folder or in circles"
            )


def _stays(link: Path, folder: Path) -> bool:
    """Whether a link's target, existing or not, is inside a folder."""
    try:
        target = os.path.realpath(link, strict=True)
    except FileNotFoundError:  # such as a page of the documentation, which is left out
        target = os.path.realpath(link)
    except OSError:
        return False
    return Path(target).is_relative_to(folder)


@contextmanager
def _reported(file: File) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a path"
        raise UnreadableError(f"{file.path} can't be written ({reason})") from None
