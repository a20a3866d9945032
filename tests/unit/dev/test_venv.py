"""The virtual environment of a checkout: what is installed, what an interruption leaves, and where none can be made."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.stacks import ROOT
from tools.dev import venv


class Commands:
    """What would be run, and what pip would be given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0
        self.installed: list[str] = []
        self.fails: BaseException | None = None

    def run(self, command: list[str]) -> None:
        if command[1:3] == ["-m", "venv"]:
            (self.folder / ".venv").mkdir()
            self.made += 1
            return
        assert {"--require-hashes", "--no-compile"} < set(command)
        self.installed.append(Path(command[-1]).read_text())
        if self.fails:
            raise self.fails

    def packages(self) -> str:
        """What the last installation was given; forgets it, and what went before."""
        [pip, packages] = self.installed
        assert pip.startswith("pip==")
        self.installed.clear()
        return packages


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    for name in ("pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    commands = Commands(tmp_path)
    monkeypatch.setattr(venv, "ROOT", tmp_path)
    monkeypatch.setattr(venv, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(venv, "_run", commands.run)
    return commands


def bring(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["tools/dev/venv.py", *arguments])
    return venv.main()


def test_the_program_gets_no_cloud_s_sdk_unless_one_is_named(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bring(monkeypatch) == 0
    packages = commands.packages()
    assert "\npulumi-kubernetes==" in packages
    assert [sdk for sdk in ("aws", "gcp", "azure-native") if f"\npulumi-{sdk}==" in packages] == []

    assert bring(monkeypatch, "--cloud", "gke") == 0
    packages = commands.packages()
    assert [sdk for sdk in ("aws", "gcp", "azure-native") if f"\npulumi-{sdk}==" in packages] == ["gcp"]
    for arguments in ((), ("--cloud", "gke")):
        assert bring(monkeypatch, *arguments) == 0
    assert (commands.installed, commands.made) == ([], 1)


@pytest.mark.parametrize(
    "cluster",
    [
        "  smarthr360:cluster:\n    aks:\n      create: {}\n",
        "  smarthr360:cluster: { aks: { create: {} } }\n",
        "  cluster: {aks: {existing: x}}\n",
    ],
)
def test_a_stack_file_s_cloud_is_installed_by_itself(
    cluster: str, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    (commands.folder / "Pulumi.qa.yaml").write_text(f"config:\n{cluster}")
    assert venv.named_clouds(commands.folder) == {"aks"}
    assert bring(monkeypatch) == 0
    packages = commands.packages()
    assert "\npulumi-azure-native==" in packages
    assert "\npulumi-aws==" not in packages


def test_the_committed_stack_files_name_no_cloud() -> None:
    assert venv.named_clouds(ROOT) == set()


def test_the_tests_get_everything_and_then_nothing_is_missing(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bring(monkeypatch, "--dev") == 0
    packages = commands.packages()
    assert all(f"\n{name}==" in packages for name in ("pytest", "pulumi-aws", "pulumi-gcp", "pulumi-azure-native"))
    assert bring(monkeypatch, "--cloud", "eks") == 0
    assert commands.installed == []


def test_what_was_killed_half_way_is_made_anew_and_what_failed_is_not(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bring(monkeypatch) == 0
    commands.fails = subprocess.CalledProcessError(1, ["pip"], stderr="no route to host")
    assert bring(monkeypatch, "--dev") == 1
    commands.installed.clear()
    assert (bring(monkeypatch), commands.installed, commands.made) == (0, [], 1)

    commands.fails = KeyboardInterrupt()  # as a kill, it leaves no time to clean up
    assert bring(monkeypatch, "--dev") == 130
    commands.fails = None
    commands.installed.clear()
    assert bring(monkeypatch) == 0
    assert (bool(commands.packages()), commands.made) == (True, 2)


def test_requirements_that_are_others_now_are_installed(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bring(monkeypatch) == 0
    commands.packages()
    with (commands.folder / "requirements.txt").open("a") as file:
        file.write("another==1.0 \\\n    --hash=sha256:0\n")
    assert bring(monkeypatch) == 0
    assert "another==1.0" in commands.packages()
    assert commands.made == 1


def test_a_cloud_that_is_not_known_is_one_sentence(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bring(monkeypatch, "--cloud", "azure") == 1
    assert capsys.readouterr().err == 'error: "azure" is not a cloud; CLOUD is one of eks, gke, aks\n'
    assert commands.made == 0


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC])
def test_a_checkout_that_cannot_be_written_is_one_sentence(
    number: int, commands: Commands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = commands.folder / "requirements.txt"
    commands.fails = OSError(number, "as the system says it", str(path))

    assert bring(monkeypatch) == 1
    assert f"error: {path}: as the system says it; .venv is made in this checkout\n" in capsys.readouterr().err


def test_a_checkout_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(venv, "ROOT", tmp_path / "nowhere")

    assert bring(monkeypatch) == 1
    assert "nowhere/.venv.lock: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize(("package", "cloud"), [("pulumi_aws", "eks"), ("pulumi_gcp", "gke")])
def test_a_stack_whose_cloud_s_sdk_is_not_installed_says_what_to_type(package: str, cloud: str, tmp_path: Path) -> None:
    own = {"eks": {"region": "eu-west-3"}, "gke": {"project": "smarthr360", "region": "europe-west9"}}
    code = f"""
import sys, pathlib
sys.modules[{package!r}] = None
from tests.support.program import run_program
from tests.support.stacks import good_config
cluster = {{"cluster": {{{cloud!r}: {{"name": "smarthr360", **{own[cloud]!r}}}}}}}
run_program(good_config("dev") | cluster, pathlib.Path({str(tmp_path)!r}))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    said = f"RunError: the SDK of {cloud} is not installed; type `make venv CLOUD={cloud}`\n"
    assert done.stderr.endswith(said)
