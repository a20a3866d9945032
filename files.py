"""The user's cache folder, files and links that are written wholly or not at all, and locks between commands."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


def cache_root() -> Path:
    """The user's cache folder of the platform: $XDG_CACHE_HOME/smarthr360-platform, by default under ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "smarthr360-platform"


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file that only its owner can read; another process sees the old file or the new one, never a part.

    Args:
        path: The file; its folder is made (0700) where it is missing.
        content: What it is to hold.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes the file 0600; the rename puts it in place in one step.
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def link(path: Path, target: Path) -> None:
    """Make a symbolic link, or have it lead elsewhere, in one step; its folder is made (0700) where it is missing."""
    if path.is_symlink() and path.readlink() == target:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    aside.symlink_to(target)
    aside.replace(path)


@contextlib.contextmanager
def lock(path: Path, busy: Callable[[], object] = lambda: None, *, shared: bool = False) -> Iterator[None]:
    """Hold a lock, waiting for it as long as another command holds it.

    The kernel releases it when its holder ends, however that ends, so it is never left behind. Processes that are
    started meanwhile do not inherit it.

    Args:
        path: The lock file; it and its folder (0700) are made where they are missing.
        busy: Called once if another command holds the lock, before waiting for it; can raise in order not to wait.
        shared: Whether others can hold it at the same time, if they share it as well.
    """
    import fcntl  # only on the systems that have the embedded cluster; the program itself runs on every one

    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            busy()
            fcntl.flock(file, kind)
        yield
