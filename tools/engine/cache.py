"""Where installed tools lie, and how two installers share that place."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from files import cache_root, lock
from tools.engine.pins import Tool


class Cache:
    """The folder of installed tools: `<root>/tools/<name>/<key>/<file>`.

    Args:
        root: the cache folder; default `cache_root()`.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or cache_root()

    def folder(self, tool: Tool) -> Path:
        """Where this tool lies once it is installed."""
        return self.root / "tools" / tool.name / tool.key()

    def installed(self, tool: Tool) -> dict[str, Path] | None:
        """The tool's files, or None. The folder appears by one rename, so it is whole if it is there."""
        folder = self.folder(tool)
        return {name: folder / name for name in tool.files} if folder.is_dir() else None

    def log(self, tool: Tool) -> Path:
        """The full log of the tool's last build."""
        return self.root / "logs" / f"{tool.name}-{tool.version}.log"

    def lock(self, tool: Tool, waiting: Callable[[], None]) -> contextlib.AbstractContextManager[None]:
        """One installation of a tool at a time, over all processes of this user."""
        return lock(self.root / "locks" / f"{tool.name}.lock", waiting)

    @contextlib.contextmanager
    def workspace(self, tool: Tool) -> Iterator[Path]:
        """A new folder on the cache's own disk, gone afterwards. Call it under the tool's lock.

        What an earlier installer of this tool left when it was killed is removed first.
        """
        parent = self.root / "work" / tool.name
        shutil.rmtree(parent, ignore_errors=True)
        parent.mkdir(parents=True)
        folder = Path(tempfile.mkdtemp(dir=parent))
        try:
            yield folder
        finally:
            shutil.rmtree(parent, ignore_errors=True)

    def publish(self, tool: Tool, staged: Path) -> dict[str, Path]:
        """Move a finished folder into its place, in one step."""
        folder = self.folder(tool)
        for name in tool.files:
            (staged / name).chmod(0o755)
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(folder)
        return {name: folder / name for name in tool.files}
