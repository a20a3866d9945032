"""The pins: which tools there are, at which version, and where each can come from."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from errors import UserError

PINS_FILE = Path(__file__).with_name("pins.toml")
MODULES = Path(__file__).with_name("modules")


@dataclass(frozen=True)
class ModuleFile:
    """A file in a Go module that the build downloads anyway."""

    module: str
    path: str


@dataclass(frozen=True)
class Build:
    """How files come out of the Go module registry.

    Args:
        module: a folder of modules/, with go.mod and go.sum.
        package: what is compiled; empty where files are only copied.
        output: the compiled program's name.
        variables: values for its string variables.
        embed: files of modules that are laid beside our own main before it is compiled.
        copy: files of modules that are part of the tool; of a folder, all its YAML files in one, or
            the whole of it where the target is called .tar.
    """

    module: str
    package: str = ""
    output: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    embed: dict[str, ModuleFile] = field(default_factory=dict)
    copy: dict[str, ModuleFile] = field(default_factory=dict)


@dataclass(frozen=True)
class Release:
    """One official download: a GitHub release asset, or a URL whose SHA-256 is given or in a .sha256 file beside it."""

    github: str = ""
    tag: str = ""
    asset: str = ""
    url: str = ""
    sha256: str = ""
    systems: list[str] = field(default_factory=lambda: ["linux", "darwin"])

    def location(self) -> str:
        """The download's URL on this machine's system and processor."""
        url = self.url or f"https://github.com/{self.github}/releases/download/{self.tag}/{self.asset}"
        system, arch = this_platform()
        url = re.sub(r"\{arch:(\w+)\}", lambda m: m[1] if arch == "amd64" else arch, url)
        return url.format(os=system, arch=arch)


@dataclass(frozen=True)
class OnPath:
    """Which copy on PATH is as good as the pinned one."""

    arguments: list[str]
    lowest: str
    below: str


@dataclass(frozen=True)
class Tool:
    """One tool at one version."""

    name: str
    version: str
    group: str
    files: tuple[str, ...]
    builds: tuple[Build, ...]
    release: Release | None
    path: OnPath | None
    pin: str  # its entry of the pins file and Go's flags, as canonical JSON

    def key(self) -> str:
        """The folder's name in the cache: the version, and a digest of the pin and of what it is built from.

        The digest is there because a changed build of the same version is another tool.
        """
        digest = hashlib.sha256(self.pin.encode())
        for module in sorted({build.module for build in self.builds}):
            for source in sorted((MODULES / module).rglob("*")):
                if source.is_file():
                    digest.update(source.relative_to(MODULES).as_posix().encode())
                    digest.update(source.read_bytes())
        return f"{self.version}-{'-'.join(this_platform())}-{digest.hexdigest()[:10]}"


@dataclass(frozen=True)
class Pins:
    """The whole pins file."""

    go_minimum: str
    go_wheel: str
    go_flags: tuple[str, ...]
    tools: tuple[Tool, ...]

    def of(self, groups: tuple[str, ...]) -> list[Tool]:
        """The tools of these groups, in the file's order.

        Raises:
            UserError: a group that no tool belongs to.
        """
        known = {tool.group for tool in self.tools}
        for group in groups:
            if group not in known:
                raise UserError(f"'{group}' is not a group of tools; there are {', '.join(sorted(known))}")
        return [tool for tool in self.tools if tool.group in groups]


def this_platform() -> tuple[str, str]:
    """This machine as Go names it, e.g. ("linux", "amd64")."""
    machine = platform.machine().lower()
    return platform.system().lower(), {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def version_tuple(text: str) -> tuple[int, ...]:
    """'v1.35.0' as (1, 35, 0), for comparison."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def read(path: Path = PINS_FILE) -> Pins:
    """Read the pins file."""
    raw = tomllib.loads(path.read_text())
    go = raw["go"]
    tools = tuple(_tool(name, spec, go["flags"]) for name, spec in raw["tool"].items())
    return Pins(go["minimum"], go["wheel"], tuple(go["flags"]), tools)


def _build(spec: dict[str, Any]) -> Build:
    files = {
        kind: {target: ModuleFile(**source) for target, source in spec.get(kind, {}).items()}
        for kind in ("embed", "copy")
    }
    return Build(**{**spec, **files})


def _tool(name: str, spec: dict[str, Any], go_flags: list[str]) -> Tool:
    return Tool(
        name,
        spec["version"],
        spec["group"],
        files=tuple(spec.get("files", (name,))),
        builds=tuple(_build(build) for build in spec["build"]),
        release=Release(**spec["release"]) if "release" in spec else None,
        path=OnPath(**spec["path"]) if "path" in spec else None,
        pin=json.dumps([spec, go_flags], sort_keys=True),
    )
