"""Charts by the content of their files: where they come from, and that nobody can change what is installed."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pulumi
import pytest
import yaml

from components.platform import charts
from components.platform.charts import Chart, Edit, digest, without_descriptions
from tools.install_manifests import CHARTS

DEFINITION = b"""\
kind: CustomResourceDefinition
metadata:
  annotations:
    a: b
spec:
  description: what
    it is
"""

SOURCE = {
    "deploy/charts/thing/Chart.yaml": b"version: v0.0.0\ndependencies: [{name: other}]\n",
    "deploy/charts/thing/values.tmpl.yaml": b"replicas: 1\n",
    "deploy/charts/thing/templates/a.yaml": b"kind: ConfigMap\n",
    "deploy/charts/thing/templates/job.yaml": b'annotations:\n  "helm.sh/hook": pre-install\n  a: b\n',
    "deploy/crds/all.yaml": DEFINITION,
    "deploy/charts/thing-else/Chart.yaml": b"name: not ours\n",
    "README.md": b"read me\n",
}
PICKED = {
    "Chart.yaml": SOURCE["deploy/charts/thing/Chart.yaml"],
    "values.yaml": SOURCE["deploy/charts/thing/values.tmpl.yaml"],
    "templates/a.yaml": SOURCE["deploy/charts/thing/templates/a.yaml"],
    "templates/job.yaml": SOURCE["deploy/charts/thing/templates/job.yaml"],
    "crds/all.yaml": SOURCE["deploy/crds/all.yaml"],
}
FILES = {
    "deploy/charts/thing/values.tmpl.yaml": "values.yaml",
    "deploy/charts/thing": "",
    "deploy/crds/all.yaml": "crds/all.yaml",
}


def archive(path: Path, files: Mapping[str, bytes], folder: str = "", mode: str = "w") -> Path:
    with tarfile.open(path, mode) as packed:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(f"{folder}{name}")
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "smarthr360-platform"


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What GitHub has at the tag: a compressed archive with a folder around all."""
    path = tmp_path / "github.tar.gz"
    monkeypatch.setattr(Chart, "url", property(lambda _: path.as_uri()))
    return archive(path, SOURCE, "thing-1.2.3/", "w:gz")


@pytest.fixture
def chart() -> Chart:
    return Chart("thing", "someone/thing", "v1.2.3", "1.2.3", "v1.2.3", FILES, digest(PICKED))


def test_only_the_named_files_are_edited(chart: Chart, github: Path) -> None:
    unhooked = replace(chart, edits=(Edit("templates/job", rb'^ *"?helm\.sh/hook.*\n'),)).folder()

    assert (unhooked / "templates" / "job.yaml").read_bytes() == b"annotations:\n  a: b\n"
    assert (chart.folder() / "templates" / "job.yaml").read_bytes() == PICKED["templates/job.yaml"]
    assert github.exists()


def installed(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_chart_is_downloaded_once_and_has_its_version_and_no_dependency(chart: Chart, github: Path) -> None:
    folder = chart.folder()
    github.unlink()

    assert chart.folder() == folder
    assert yaml.safe_load((folder / "Chart.yaml").read_text()) == {
        "apiVersion": "v2",
        "name": "thing",
        "version": "1.2.3",
        "appVersion": "v1.2.3",
    }
    found = installed(folder)
    assert found.keys() == PICKED.keys()
    assert found["values.yaml"] == PICKED["values.yaml"]
    assert yaml.safe_load(found["crds/all.yaml"]) == {
        "kind": "CustomResourceDefinition",
        "metadata": {"annotations": {"helm.sh/resource-policy": "keep", "a": "b"}},
        "spec": None,
    }


def test_the_same_files_from_elsewhere_are_the_same_chart(chart: Chart, tmp_path: Path, github: Path) -> None:
    first = chart.folder()
    chart.path.unlink()
    github.unlink()
    chart.put(archive(tmp_path / "module.tar", {name: SOURCE[name] for name in reversed(SOURCE)}))

    assert chart.folder() == first


def test_other_files_are_refused_with_what_to_type(chart: Chart, tmp_path: Path, github: Path) -> None:
    changed = {**SOURCE, "deploy/charts/thing/templates/a.yaml": b"kind: Trap\n"}
    archive(github, changed, "thing-1.2.3/", "w:gz")
    with pytest.raises(pulumi.RunError, match=r"the chart thing has digest \w+ instead of \w+; type `make manifests`"):
        chart.folder()
    with pytest.raises(pulumi.RunError, match="instead of"):
        chart.put(archive(tmp_path / "module.tar", changed))
    assert not chart.path.exists()


def test_what_can_t_be_had_is_one_sentence(chart: Chart, github: Path) -> None:
    github.unlink()
    with pytest.raises(pulumi.RunError, match=r"can't be downloaded \(.*\); type `make manifests`") as caught:
        chart.folder()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("how", ["changed", "added", "deleted"])
def test_a_folder_that_somebody_changed_is_written_anew(chart: Chart, github: Path, how: str) -> None:
    folder = chart.folder()
    before = installed(folder)
    match how:
        case "changed":
            (folder / "templates" / "a.yaml").write_bytes(b"kind: Trap\n")
        case "added":
            (folder / "templates" / "b.yaml").write_bytes(b"kind: Trap\n")
        case "deleted":
            (folder / "values.yaml").unlink()

    assert installed(chart.folder()) == before
    assert github.exists()


def test_a_damaged_copy_is_downloaded_anew(chart: Chart, github: Path) -> None:
    folder = chart.folder()
    chart.path.write_bytes(b"half an archi")

    assert chart.folder() == folder
    assert github.exists()


def test_definitions_lose_their_texts_and_nothing_else() -> None:
    before = b"""\
kind: CustomResourceDefinition
spec:
  description: A plain
    text of two lines.
  columns:
  - description: kept, as it begins an item
    name: a
  schema:
    description: |-
      A block

        with a gap.
    properties:
      description:
        description: of the property called so
        type: string
      other:
        type: string
"""
    after = without_descriptions(before)

    assert yaml.safe_load(after) == {
        "kind": "CustomResourceDefinition",
        "spec": {
            "columns": [{"description": "kept, as it begins an item", "name": "a"}],
            "schema": {"properties": {"description": {"type": "string"}, "other": {"type": "string"}}},
        },
    }
    other = before.replace(b"CustomResourceDefinition", b"ConfigMap")
    assert without_descriptions(other) == other


def test_the_tools_have_every_chart_at_the_tag_that_is_installed() -> None:
    modules = Path(charts.__file__).parents[2] / "tools" / "engine" / "modules" / "manifests" / "go.mod"
    wanted = dict(line.split() for line in modules.read_text().splitlines() if line.startswith("\t"))
    for name, chart in CHARTS.items():
        found = [version for module, version in wanted.items() if module.endswith(chart.repository.split("/")[1])]
        assert found == [chart.tag], name
        assert name == f"{chart.name}.tar"
