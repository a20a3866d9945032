"""The engine installer with a real Go toolchain, on a module small enough to compile in a second."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from errors import UserError
from tools.engine import build, pins
from tools.engine.cache import Cache
from tools.engine.install import Installer
from tools.engine.pins import Build, Tool

MAIN = """package main

import "fmt"

var version string

func main() { fmt.Println("hello", version) }
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    modules = tmp_path / "modules"
    (modules / "hello" / "hello").mkdir(parents=True)
    (modules / "hello" / "go.mod").write_text("module example.com/hello\n\ngo 1.25.0\n")
    (modules / "hello" / "hello" / "main.go").write_text(MAIN)
    monkeypatch.setattr(pins, "MODULES", modules)
    monkeypatch.setattr(build, "MODULES", modules)
    made = Build("hello", "./hello", "hello", variables={"main.version": "1.2.3"})
    # The pin makes it another tool for each test, so that none finds the other's in the cache.
    pin = str(tmp_path)
    return Tool("hello", "1.2.3", "cluster", files=("hello",), builds=(made,), release=None, path=None, pin=pin)


def test_a_tool_is_built_with_its_version_and_without_a_path_of_this_machine(
    tool: Tool, cache: Cache, tmp_path: Path
) -> None:
    program = Installer(pins.read(), cache).ensure([tool])["hello"]

    assert subprocess.run([program], capture_output=True, text=True, check=True).stdout == "hello 1.2.3\n"
    assert str(tmp_path).encode() not in program.read_bytes()


def test_a_failed_build_says_which_tool_its_last_lines_and_where_the_log_is(
    tool: Tool, cache: Cache, tmp_path: Path
) -> None:
    main = tmp_path / "modules" / "hello" / "hello" / "main.go"
    main.write_text(MAIN.replace("fmt.Println", "fmt.Prontln"))

    with pytest.raises(UserError) as refused:
        Installer(pins.read(), cache).ensure([tool])

    said = str(refused.value)
    assert "building hello 1.2.3 failed" in said
    assert "undefined: fmt.Prontln" in said
    assert str(cache.log(tool)) in said
    assert "undefined: fmt.Prontln" in cache.log(tool).read_text()
    assert cache.installed(tool) is None

    main.write_text(MAIN)
    assert Installer(pins.read(), cache).ensure([tool])["hello"].is_file()


def test_a_module_that_go_sum_does_not_know_is_refused(tool: Tool, cache: Cache, tmp_path: Path) -> None:
    module = tmp_path / "modules" / "hello"
    (module / "go.mod").write_text("module example.com/hello\n\ngo 1.25.0\n\nrequire golang.org/x/term v0.37.0\n")
    (module / "hello" / "main.go").write_text(
        MAIN.replace('import "fmt"', 'import "fmt"\nimport _ "golang.org/x/term"')
    )

    with pytest.raises(UserError, match=r"missing go\.sum entry"):
        Installer(pins.read(), cache).ensure([tool])
