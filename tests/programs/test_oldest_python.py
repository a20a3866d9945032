"""The oldest Python that is promised, 3.11.2, which is Debian 12's own."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.previews import commit, edit
from tests.support.stacks import ROOT

CODE = sorted(path.name for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file())

ADDED_LATER = {
    "extraction_filter": "3.11.4",
    "fully_trusted_filter": "3.11.4",
    "tar_filter": "3.11.4",
    "data_filter": "3.11.4",
    "FilterError": "3.11.4",
    "verify_generated_headers": "3.11.10",
    "GetReparseDeferralEnabled": "3.11.9",
    "SetReparseDeferralEnabled": "3.11.9",
}
"""Names that came into the standard library with a later 3.11, as its documentation has them."""

ARGUMENTS_ADDED_LATER = {
    ("extract", "filter"): "3.11.4",
    ("extractall", "filter"): "3.11.4",
    ("unpack_archive", "filter"): "3.11.4",
    ("getaddresses", "strict"): "3.11.10",
    ("parseaddr", "strict"): "3.11.10",
}
"""Arguments of functions that did, by the function's name."""


def newer(source: str) -> Iterator[str]:
    """What a text of Python uses that 3.11.2 has not."""
    for node in ast.walk(ast.parse(source, feature_version=(3, 11))):
        if isinstance(node, ast.Attribute) and node.attr in ADDED_LATER:
            yield f"{node.attr} (line {node.lineno})"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            for keyword in node.keywords:
                if (called, keyword.arg or "") in ARGUMENTS_ADDED_LATER:
                    yield f"{called}({keyword.arg}=...) (line {node.lineno})"


def test_nothing_is_used_that_came_with_a_later_release_of_the_same_python() -> None:
    files = [file for name in CODE for file in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))]
    found = {str(file.relative_to(ROOT)): list(newer(file.read_text())) for file in files}

    assert len(files) > 100
    assert {name: uses for name, uses in found.items() if uses} == {}
    assert list(newer("files.extractall(made, filter='data')")) == ["extractall(filter=...) (line 1)"]
    assert list(newer("tarfile.data_filter(a, b)\nx.extractall(made)")) == ["data_filter (line 1)"]


def oldest() -> str | None:
    """A Python that has not what came with 3.11.4, where this machine has one."""
    for name in ("/usr/bin/python3.11", "/usr/bin/python3"):
        if path := shutil.which(name):
            asked = [path, "-c", "import sys; print((3, 11, 2) <= sys.version_info[:3] < (3, 11, 4))"]
            if subprocess.run(asked, capture_output=True, text=True, check=False).stdout == "True\n":
                return path
    return None


OLDEST = oldest()
IMPORT_ALL = """
import importlib, pathlib
for folder in ("components", "manifests", "ops", "policy", "review", "snapshot", "tools"):
    for file in sorted(pathlib.Path(folder).rglob("*.py")):
        if file.stem not in ("__main__", "worker"):
            importlib.import_module(".".join(file.with_suffix("").parts).removesuffix(".__init__"))
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """That Python, with the packages of this one."""
    environment = tmp_path / "oldest"
    subprocess.run([str(OLDEST), "-m", "venv", "--without-pip", str(environment)], check=True)
    [packages] = environment.glob("lib/python3.11/site-packages")
    (packages / "all.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin" / "python"


@pytest.mark.skipif(not OLDEST, reason="there is no Python before 3.11.4 on this machine")
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the packages here are those of another Python than 3.11")
def test_a_change_is_compared_and_every_module_imported_by_the_oldest_python(python: Path, copy: Path) -> None:
    commit(copy)
    edit(copy, {"Pulumi.dev.yaml": {"replicas: 1": "replicas: 3"}})
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def run(folder: Path, *arguments: str) -> str:
        command = [str(python), *arguments]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "spec.replicas: 1 -> 3" in run(copy, "-m", "ops", "diff")
    run(ROOT, "-c", IMPORT_ALL)
