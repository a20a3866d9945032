"""The order in which a tool is looked for: installed, on PATH, released, built."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tools.engine import pins
from tools.engine.build import GoBuilder
from tools.engine.cache import Cache
from tools.engine.pins import OnPath, Pins, Tool, version_tuple
from tools.engine.progress import Progress
from tools.engine.release import Downloads, ReleaseUnavailableError


def ensure(*groups: str) -> dict[str, Path]:
    """Install what these groups of tools lack, and return where each of their files is.

    Args:
        groups: "pulumi" (the engine, the language host, the Kubernetes provider), "cluster" (the embedded
            control plane and kubectl), "argo" (Argo CD's processes and its command line, a stand-in for Redis),
            "manifests" (what a release of Argo CD installs), "charts" (what add-ons are installed from), "scan",
            "templates" and "windows" (what the tests scan manifests, fill in templates and ask about sync windows
            with), "lint" and "audit" (what `make lint` reads workflows with, and `make audit` the history).

    Raises:
        UserError: an unknown group, or a tool that can't be had in any way.
    """
    known = pins.read()
    return Installer(known, Cache()).ensure(known.of(groups))


class Installer:
    """Finds or makes tools.

    Args:
        known: all pins.
        cache: where tools are installed.
    """

    def __init__(self, known: Pins, cache: Cache) -> None:
        self._cache = cache
        self._builder = GoBuilder(known, cache)
        self._downloads = Downloads(known.tools)
        self._unavailable: set[str] = set()

    def ensure(self, tools: list[Tool]) -> dict[str, Path]:
        """Install what is missing of these tools; the path of each of their files, by its name."""
        files: dict[str, Path] = {}
        for tool in tools:
            files |= self._cache.installed(tool) or _on_path(tool) or self._install(tool)
        return files

    def _install(self, tool: Tool) -> dict[str, Path]:
        progress = Progress(f"{tool.name} {tool.version}")
        with self._cache.lock(tool, lambda: progress.line("waiting for another installer of it")):
            if installed := self._cache.installed(tool):
                return installed
            with self._cache.workspace(tool) as work:
                staged = work / "files"
                staged.mkdir()
                how = self._download_or_build(tool, staged, progress)
                published = self._cache.publish(tool, staged)
        progress.line(f"{how} in {progress.elapsed()}")
        return published

    def _download_or_build(self, tool: Tool, staged: Path, progress: Progress) -> str:
        if tool.release is not None:
            try:
                self._downloads.fetch(tool, staged, progress)
            except ReleaseUnavailableError as reason:
                # One line per reason: an unreachable host is not news for every tool.
                if str(reason) not in self._unavailable:
                    self._unavailable.add(str(reason))
                    progress.line(f"building it, as its release can't be used: {reason}")
            else:
                return "downloaded and verified"
        self._builder.build(tool, staged, progress)
        return "built"


def _on_path(tool: Tool) -> dict[str, Path] | None:
    command = shutil.which(tool.name)
    if tool.path is None or command is None or not _accepted(command, tool.path):
        return None
    files = {name: Path(command).with_name(name) for name in tool.files}
    return files if all(file.is_file() for file in files.values()) else None


def _accepted(command: str, rule: OnPath) -> bool:
    try:
        output = subprocess.run(
            [command, *rule.arguments], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = re.search(r"\d+\.\d+\.\d+", output)
    if version is None:
        return False
    return version_tuple(rule.lowest) <= version_tuple(version[0]) < version_tuple(rule.below)
